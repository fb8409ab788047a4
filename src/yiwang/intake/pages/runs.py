"""Pages of import runs 导入: the list with its counts, and the upload of a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ...interface.public import Column, registered_channels, show_problems
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ..forms import UploadForm
from ..models import Mapping
from ..queries import file_mappings, runs_page
from ..services.uploading import upload_file
from .access import holding

_COLUMNS = (
    Column(gettext_lazy("文件")),
    Column(gettext_lazy("映射")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("读取"), numeric=True),
    Column(gettext_lazy("入库"), numeric=True),
    Column(gettext_lazy("未变"), numeric=True),
    Column(gettext_lazy("隔离"), numeric=True),
    Column(gettext_lazy("开始时间")),
)


@require_GET
@holding("intake.import")
def runs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """导入批次."""
    page, names = runs_page(cursor=request.GET.get("cursor", "")), registered_channels()
    for row in page.rows:
        row.mapping_name = names.get(row.mapping.name, row.mapping.name)  # type: ignore[attr-defined]
    return render(request, "intake/runs.html", {"page": page, "rows": page.rows, "columns": _COLUMNS})


@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.import")
def upload(request: HttpRequest, actor: Actor) -> HttpResponse:
    """导入文件: the file is kept and read in the background."""
    mappings = file_mappings()
    posted = request.method == "POST"
    form = UploadForm(*((request.POST, request.FILES) if posted else ()), mappings=mappings)
    if posted and form.is_valid():
        mapping = Mapping.objects.get(pk=form.cleaned_data["mapping"])
        try:
            upload_file(actor=actor, at=timezone.now(), mapping=mapping, upload=form.cleaned_data["file"])
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("文件已收下，正在后台导入；本页显示进度。"))
            return redirect("intake:runs")
    return render(request, "intake/upload.html", {"form": form}, status=422 if form.errors else 200)
