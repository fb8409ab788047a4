"""Pages of mappings 导入映射: publishing a mapping file, what it makes of a sample, its editions."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from ...interface.public import Column, Crumb
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, YiwangError, invalid
from ..models import Channel, Mapping
from ..queries import mapping_choices
from ..rules.specification import read_specification
from ..services.mappings import mapper_of, publish_mapping, shipped_mapping
from .access import holding
from .sampling import MOST_ROWS, SampleRow, sample_rows

#: Characters of a mapping file that the page takes.
_MOST = 400_000
_COLUMNS = (
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("版次"), numeric=True),
    Column(gettext_lazy("格式")),
    Column(gettext_lazy("来源渠道")),
    Column(gettext_lazy("生效时间")),
)
_EXAMPLE = "hotline_12345"


def _of_files() -> list[Mapping]:
    """The newest editions of mappings for files; a channel's own are on the channel's page."""
    owned = set(Channel.objects.values_list("code", flat=True))
    return [row for row in mapping_choices() if row.name not in owned]


@require_GET
@holding("intake.import")
def mappings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """导入映射."""
    return render(request, "intake/mappings.html", {"rows": _of_files(), "columns": _COLUMNS})


@require_GET
@holding("intake.import")
def edition(request: HttpRequest, actor: Actor, name: str, number: int) -> HttpResponse:
    """映射版次: the text of one edition, and the way to the others."""
    rows: QuerySet[Mapping] = Mapping.objects.filter(name=name)
    mapping = get_object_or_404(rows, edition=number)
    if Channel.objects.filter(code=name).exists():
        raise Http404
    context = {
        "mapping": mapping,
        "editions": rows.order_by("-edition")[:100],
        "newest": not rows.filter(edition__gt=number).exists(),
        "breadcrumbs": [
            Crumb(_("导入映射"), reverse("intake:mappings")),
            Crumb(_("{name} 第 {number} 版").format(name=name, number=number)),
        ],
    }
    return render(request, "intake/mapping.html", context)


@dataclass(slots=True)
class _Draft:
    """A mapping file on the page: its text, what is wrong with it, what it makes of the sample."""

    text: str
    problem: str = ""
    line: int = 0
    key: str = ""
    sample_problem: str = ""
    is_checked: bool = False
    rows: list[SampleRow] = field(default_factory=list)

    def tell(self, error: YiwangError) -> None:
        """Take an error over, with the place in the file that it names."""
        self.problem = error.message
        self.line, self.key = int(error.details.get("line", 0)), str(error.details.get("key", ""))

    @property
    def quoted(self) -> str:
        """The line that is wrong."""
        lines = self.text.splitlines()
        return lines[self.line - 1].strip()[:120] if 0 < self.line <= len(lines) else ""

    @property
    def wrong(self) -> int:
        """How many rows of the sample would be quarantined."""
        return sum(bool(row.remedy) for row in self.rows)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@holding("intake.import")
def publish(request: HttpRequest, actor: Actor) -> HttpResponse:
    """发布映射: upload or paste a mapping file, see what it makes of a sample file, publish it."""
    if request.method != "POST":
        return _draw(request, _Draft(_start(request.GET.get("from", ""))), 200)
    draft = _Draft(request.POST.get("text", "").replace("\r\n", "\n"))
    try:
        draft.text = _given(request, draft.text)
        _check(draft.text)
        if request.POST.get("what") != "publish":
            _try(request, draft)
            return _draw(request, draft, 422 if draft.sample_problem else 200)
        published = publish_mapping(actor=actor, at=timezone.now(), text=draft.text)
    except (Invalid, Conflict) as error:
        draft.tell(error)
        return _draw(request, draft, error.status)
    messages.success(request, _("映射已发布，导入文件时即可选用。"))
    return redirect("intake:mapping", published.name, published.edition)


def _start(name: str) -> str:
    """The newest edition of a mapping, or the shipped example."""
    known = Mapping.objects.filter(name=name).order_by("-edition").first() if name else None
    return known.text if known is not None else shipped_mapping(_EXAMPLE)


def _given(request: HttpRequest, pasted: str) -> str:
    """The uploaded file's text when there is one, else the pasted one."""
    upload = request.FILES.get("file")
    text = pasted
    if upload is not None:
        try:
            text = upload.read(4 * _MOST).decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise invalid("file", upload.name, _("映射文件须为 UTF-8 编码，请另存后重试。")) from None
    if not text.strip():
        raise invalid("text", "", _("请粘贴映射文件的内容，或选择一个文件。"))
    if len(text) > _MOST:
        raise invalid("text", "", _("内容过长，不能超过 40 万字。"))
    return text


def _check(text: str) -> None:
    """Everything that publishing would refuse, and names that belong to channels."""
    spec = read_specification(text)
    mapper_of(spec)
    if Channel.objects.filter(code=spec.name).exists():
        raise Invalid(
            _("“{name}”是渠道的映射，请到渠道目录修改，或换一个名称。").format(name=spec.name),
            line=1,
            key="name",
        )


def _try(request: HttpRequest, draft: _Draft) -> None:
    draft.is_checked = True
    sample = request.FILES.get("sample")
    if sample is None:
        return
    try:
        draft.rows = sample_rows(read_specification(draft.text), sample)
    except YiwangError as error:
        draft.sample_problem = error.message


def _draw(request: HttpRequest, draft: _Draft, status: int) -> HttpResponse:
    context = {
        "draft": draft,
        "most": MOST_ROWS,
        "breadcrumbs": [Crumb(_("导入映射"), reverse("intake:mappings")), Crumb(_("发布映射"))],
    }
    return render(request, "intake/mapping_publish.html", context, status=status)
