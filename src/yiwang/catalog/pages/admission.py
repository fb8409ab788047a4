"""Pages of the admitted lists 准入清单: a list as of a day, one row, applying, deciding, export."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, Fact, expected_version, show_problems, staff, tone_of
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused, StaleVersion, YiwangError
from ...kernel.states import Transition
from ...orgs.public import unit_index
from ..enums import AdmissionList
from ..forms import named_areas
from ..models import AdmittedMatter
from ..permissions import may_edit, may_for_areas
from ..queries.admission_lists import (
    MatterView,
    listed_page,
    listed_rows,
    matter_for,
    matter_view,
    state_words,
    waiting_page,
)
from ..queries.index import shanghai_day
from ..services.admission import (
    admit_matter,
    apply_admission,
    refuse_admission,
    review_admission,
    take_back_matter,
    withdraw_application,
)
from ..states import ADMISSION, ADMIT, APPLY, EXEMPT, REVIEW
from .admission_forms import ApplicationForm, ListFilterForm, QueueFilterForm, TakeBackForm, WordsForm

_COLUMNS = (
    Column(gettext_lazy("编号")),
    Column(gettext_lazy("事项名称")),
    Column(gettext_lazy("事项分类")),
    Column(gettext_lazy("适用区域")),
    Column(gettext_lazy("主管部门")),
    Column(gettext_lazy("频次")),
    Column(gettext_lazy("有效期")),
)
_QUEUE_COLUMNS = (
    Column(gettext_lazy("编号")),
    Column(gettext_lazy("事项名称")),
    Column(gettext_lazy("清单")),
    Column(gettext_lazy("主管部门")),
    Column(gettext_lazy("申请时间")),
    Column(gettext_lazy("状态")),
)
_HEADINGS = (
    gettext_lazy("编号"),
    gettext_lazy("事项名称"),
    gettext_lazy("清单"),
    gettext_lazy("事项分类"),
    gettext_lazy("适用区域"),
    gettext_lazy("主管部门"),
    gettext_lazy("依据"),
    gettext_lazy("频次"),
    gettext_lazy("期限"),
    gettext_lazy("经费"),
    gettext_lazy("培训"),
    gettext_lazy("预计用时（分钟）"),
    gettext_lazy("生效日期"),
    gettext_lazy("失效日期"),
    gettext_lazy("示例"),
)
_Act = Callable[..., AdmittedMatter]
_WITHOUT_WORDS: dict[str, _Act] = {"admit": admit_matter, "withdraw": withdraw_application}


@require_GET
@staff()
def lists(request: HttpRequest, actor: Actor) -> HttpResponse:
    """准入清单: one list as of a day, open to everybody with a post."""
    kind = _kind(request)
    form = ListFilterForm(request.GET or None, initial={"day": shanghai_day(timezone.now())})
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    day = given.get("day") or shanghai_day(timezone.now())
    page, rows = listed_page(
        kind=kind,
        day=day,
        words=given.get("words", ""),
        unit_id=given.get("unit"),
        past=given.get("past", False),
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "form": form,
        "keep": {"list": kind},
        "kind": kind,
        "kinds": AdmissionList.choices,
        "day": day,
        "page": page,
        "rows": rows,
        "columns": _COLUMNS,
        "may_apply": actor.may_anywhere(APPLY),
        "may_decide": any(actor.may_anywhere(act) for act in (APPLY, REVIEW, ADMIT)),
        "may_edit": may_edit(actor),
        "units": unit_index().by_code.values(),
    }
    return render(request, "catalog/admission/lists.html", context)


class _Line:
    """What `csv` writes to: hands each line back."""

    def write(self, text: str) -> str:
        return text


@require_GET
@staff()
def export(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """导出清单: the list of a day as CSV for spreadsheets."""
    form = ListFilterForm(request.GET)
    day = (form.cleaned_data["day"] if form.is_valid() else None) or shanghai_day(timezone.now())
    kind = _kind(request)
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow([str(heading) for heading in _HEADINGS])
        for view in listed_rows(kind=kind, day=day):
            yield writer.writerow(_cells(view))

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{kind}-{day}.csv"'
    return answer


@require_GET
@staff()
def matter(request: HttpRequest, actor: Actor, matter_id: UUID) -> HttpResponse:
    """One row: what it says, how it was decided, and what may be done."""
    return _show(request, actor, matter_id)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(APPLY)
def apply(request: HttpRequest, actor: Actor) -> HttpResponse:
    """申请准入."""
    at = timezone.now()
    initial = {"list_kind": _kind(request), "lead_id": unit_index().name(actor.unit_id)}
    form = ApplicationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = apply_admission(actor=actor, at=at, terms=form.terms())
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已提交申请，等待审核。"))
            return redirect("catalog:admitted", row.id)
    context = {
        "form": form,
        "heading": _("申请准入"),
        "submit": _("提交申请"),
        "back": reverse("catalog:admission"),
        "units": unit_index().by_code.values(),
        "areas": named_areas(),
        "breadcrumbs": [Crumb(_("准入清单"), reverse("catalog:admission")), Crumb(_("申请准入"))],
    }
    return render(request, "catalog/admission/form.html", context, status=422 if form.errors else 200)


@require_GET
@staff(APPLY, REVIEW, ADMIT, EXEMPT)
def queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """准入申请: what waits for review or admission, and what became of the others."""
    form = QueueFilterForm(request.GET or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page, rows = waiting_page(
        at=timezone.now(), state=given.get("state", ""), cursor=request.GET.get("cursor", "")
    )
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "columns": _QUEUE_COLUMNS,
        "lifecycle": ADMISSION,
        "may_apply": actor.may_anywhere(APPLY),
    }
    return render(request, "catalog/admission/queue.html", context)


@require_POST
@staff(APPLY, REVIEW, ADMIT)
def act(request: HttpRequest, actor: Actor, matter_id: UUID, action: str) -> HttpResponse:
    """Review, admit, refuse, withdraw or take back."""
    given: dict[str, Any] = {
        "actor": actor, "at": timezone.now(), "matter_id": matter_id, "expected": expected_version(request),
    }  # fmt: skip
    form = _form_of(action, request)
    if form is not None and not form.is_valid():
        return _show(request, actor, matter_id, bound=(action, form))
    try:
        _carry_out(action, form, given)
    except (StaleVersion, NotFound, Refused):
        raise
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        label = next(row.label for row in ADMISSION.transitions if row.action == action)
        messages.success(request, _("已{act}。").format(act=_(label)))
    return redirect("catalog:admitted", matter_id)


def _carry_out(action: str, form: WordsForm | None, given: dict[str, Any]) -> None:
    if form is None:
        if action not in _WITHOUT_WORDS:
            raise NotFound("没有这个操作。")
        _WITHOUT_WORDS[action](**given)
        return
    words = form.cleaned_data["reason"]
    if action == "review":
        review_admission(**given, opinion=words)
    elif action == "take_back":
        take_back_matter(**given, reason=words, on=form.cleaned_data["on"])
    else:
        refuse_admission(**given, reason=words)


def _form_of(action: str, request: HttpRequest | None = None) -> WordsForm | None:
    """The form of an act that needs words; None for the others."""
    known = {"review": WordsForm, "refuse_review": WordsForm, "refuse": WordsForm, "take_back": TakeBackForm}
    made = known.get(action)
    if made is None:
        return None
    return made(request.POST if request is not None else None, auto_id=f"{action}_%s")


def _show(
    request: HttpRequest, actor: Actor, matter_id: UUID, bound: tuple[str, WordsForm] | None = None
) -> HttpResponse:
    row = matter_for(matter_id)
    view = matter_view(row, shanghai_day(timezone.now()))
    offers = [
        (step, bound[1] if bound and bound[0] == step.action else _form_of(step.action))
        for step in ADMISSION.open_from(row.state)
        if _may(actor, row, step)
    ]
    context = {
        "view": view,
        "matter": row,
        "state_words": _(state_words(view)),
        "tone": "good" if view.holds else tone_of(row.state),
        "facts": _facts(view),
        "steps": _steps(row),
        "offers": offers,
        "breadcrumbs": [
            Crumb(_("准入清单"), f"{reverse('catalog:admission')}?list={row.list_kind}"),
            Crumb(f"{row.code} {row.name}"),
        ],
    }
    return render(request, "catalog/admission/matter.html", context, status=422 if bound else 200)


def _may(actor: Actor, row: AdmittedMatter, step: Transition) -> bool:
    """Whether the act is offered; who had a hand in an earlier step is not offered the next."""
    if step.permission == APPLY:
        return actor.account_id is not None and actor.account_id == row.applied_by
    earlier = {row.applied_by} if step.permission == REVIEW else {row.applied_by, row.reviewed_by}
    own = actor.account_id is not None and actor.account_id in earlier and step.action != "take_back"
    return not own and may_for_areas(actor, step.permission, row.area_ids, timezone.now())


def _facts(view: MatterView) -> list[Fact]:
    row = view.row
    until = row.valid_to or _("长期")
    return [
        Fact(_("清单"), _(view.list_name)),
        Fact(_("事项分类"), view.classes),
        Fact(_("适用区域"), view.areas or _("全市")),
        Fact(_("主管部门"), view.lead),
        Fact(_("依据"), row.basis),
        Fact(_("频次"), row.frequency),
        Fact(_("期限"), view.limit),
        Fact(_("经费"), row.funding),
        Fact(_("培训"), row.training),
        Fact(_("预计用时（分钟）"), row.minutes or ""),
        Fact(_("生效日期"), row.valid_from),
        Fact(_("失效日期"), until),
    ]


def _steps(row: AdmittedMatter) -> list[tuple[str, Any, str]]:
    """What was decided, in order: label, instant, words; never by whom by name."""
    found = [] if row.is_example else [(_("申请"), row.applied_at, "")]
    if row.reviewed_at:
        found.append((_("审核通过"), row.reviewed_at, row.opinion))
    if row.decided_at and row.refusal:
        found.append((_("未准入"), row.decided_at, row.refusal))
    elif row.decided_at:
        label = _("载入准入清单示例") if row.is_example else _("批准准入")
        found.append((label, row.decided_at, ""))
    if row.recalled_at:
        found.append((_("收回事项"), row.recalled_at, row.recall_reason))
    return found


def _cells(view: MatterView) -> list[object]:
    row = view.row
    return [
        row.code, row.name, view.list_name, view.classes, view.areas or _("全市"), view.lead, row.basis,
        row.frequency, view.limit, row.funding, row.training, row.minutes or "", row.valid_from,
        row.valid_to or "", _("是") if row.is_example else _("否"),
    ]  # fmt: skip


def _kind(request: HttpRequest) -> str:
    asked = request.GET.get("list", "")
    return asked if asked in AdmissionList.values else str(AdmissionList.GRID)
