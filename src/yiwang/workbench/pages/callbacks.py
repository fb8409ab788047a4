"""Call-back pages 回访: the queue, and one call with its script; usable on a phone."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ...cases import public as cases
from ...interface.public import is_fragment, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import Invalid, YiwangError
from .. import names
from ..forms.callbacks import MessageForm, MissedForm, ReachedForm
from ..queries.callbacks import TABS, answers_of, attempts_of, callback_for, callback_page, script
from .problems import sentence_of

_LABELS = {
    "due": gettext_lazy("现在联系"),
    "later": gettext_lazy("稍后联系"),
    "unreached": gettext_lazy("无效联系"),
    "done": gettext_lazy("已回访"),
}


_Form = ReachedForm | MissedForm | MessageForm


@require_GET
@staff("cases.rate")
def callbacks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """回访: a tab by how it stands, the soonest due first; htmx asks for the list alone."""
    at = timezone.now()
    named = request.GET.get("tab", "")
    tab = named if named in TABS else TABS[0]
    page = callback_page(actor, tab, at=at, cursor=request.GET.get("cursor", ""))
    rows = [
        (row, names.place_line(row.case), names.short_class_name(row.case.matter_class)) for row in page.rows
    ]
    tabs = [(key, _LABELS[key]) for key in TABS]
    context = {"tab": tab, "tabs": tabs, "page": page, "rows": rows, "now": at}
    template = "workbench/parts/callback_list.html" if is_fragment(request) else "workbench/callbacks.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.rate")
def callback(request: HttpRequest, actor: Actor, callback_id: UUID) -> HttpResponse:
    """一条回访: the script, what came of the call, the text of a message."""
    row = callback_for(actor, callback_id)
    at = timezone.now()
    kind = request.POST.get("form", "")
    data = request.POST if request.method == "POST" else None
    link = request.build_absolute_uri(cases.tracking_path(row.report))
    reached = ReachedForm(data if kind == "reached" else None, questions=script(at))
    missed = MissedForm(data if kind == "missed" else None)
    message = MessageForm(data if kind == "message" else None, initial={"words": _message(row)})
    forms: dict[str, _Form] = {"reached": reached, "missed": missed, "message": message}
    form = forms.get(kind)
    status = 200
    if form is not None:
        status = 422
        if form.is_valid():
            try:
                said = _run(form, row, actor)
            except YiwangError as problem:
                status = problem.status
                if isinstance(problem, Invalid):
                    show_problems(form, problem)
                else:
                    form.add_error(None, sentence_of(problem))
            else:
                messages.success(request, said)
                return redirect("workbench:callbacks")
    context = {
        "row": row, "case": row.case, "reached": reached, "missed": missed, "message": message, "link": link,
        "attempts": attempts_of(row), "answers": answers_of(row), "place": names.place_line(row.case),
        "host": names.unit_name(row.case.host), "sends": cases.sends_messages(at),
        "lifecycle": cases.CASE, "now": at,
        "masked": cases.masked_contact(row.report),
        "breadcrumbs": [(_("回访"), "/callbacks/"), (row.case.number, "")],
    }  # fmt: skip
    return render(request, "workbench/callback.html", context, status=status)


def _message(row: cases.Callback) -> str:
    """The text that is proposed for a message; the link stands beside it, as it is a secret."""
    return _("您反映的“%(title)s”（编号 %(number)s）已办结。请点击查询链接，告诉我们问题是否解决。") % {
        "title": row.case.title,
        "number": row.report.number,
    }


def _run(form: _Form, row: cases.Callback, actor: Actor) -> str:
    """Carry one form out; what to tell the caller."""
    at = timezone.now()
    if isinstance(form, ReachedForm):
        form.run(actor=actor, at=at, callback_id=row.id)
        row.case.refresh_from_db()
        if row.case.state != "closed":
            return _("已记录：问题未解决，案件已退回重新办理。")
        return _("已记录回访结果。")
    if isinstance(form, MissedForm):
        done = cases.try_callback(actor=actor, at=at, callback_id=row.id, **form.cleaned_data)
        if done.state == cases.CallbackState.UNREACHED:
            return _("已记为无效联系。")
        when = timezone.localtime(done.next_at).strftime("%m-%d %H:%M")
        return _("已记录，%(when)s 再次联系。") % {"when": when}
    cases.record_message(actor=actor, at=at, callback_id=row.id, words=form.cleaned_data["words"])
    if attempts_of(row)[-1].row.result == cases.AttemptResult.QUEUED:
        return _("短信已排入发送，约一分钟内发出（免打扰时段顺延）。")
    return _("短信文本已记录。系统没有接通短信发送，请用本单位的短信平台发出。")
