"""Acts on admitted matters 准入事项: apply, review, admit or refuse, withdraw, take back.

Nothing is edited once it is admitted: what changes is taken back and applied for anew, so that every dispatch
is explained by the list of its day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, invalid, invalid_fields
from ...kernel.limits import limit_problem
from ...kernel.states import transition
from ...ledger.public import Act, acting, bump
from ...orgs.public import area_index, unit_index
from ..enums import AdmissionList
from ..events import AdmissionMoved
from ..models import AdmittedMatter
from ..permissions import demand_apply, demand_for_areas
from ..queries.admission import ADMISSION as CACHE
from ..queries.admission import is_inspection
from ..queries.index import catalog_index, shanghai_day
from ..rules.admission import INSPECTION_BASIS, AdmissionFacts, speaks_of_inspection
from ..states import ADMISSION, ADMIT, APPLIED, REVIEW

_MOST = {"code": 24, "name": 80, "basis": 2000, "frequency": 60, "funding": 200, "training": 200}
_WORDS = {
    "code": "编号",
    "name": "事项名称",
    "basis": "依据",
    "frequency": "频次",
    "funding": "经费",
    "training": "培训",
}
_NEEDED = ("code", "name", "basis", "frequency", "funding")


@dataclass(frozen=True, slots=True)
class AdmissionTerms:
    """What a department applies for 准入申请内容, as entered.

    Attributes:
        class_ids: the classes covered, each with the classes below it; at least one.
        area_ids: areas of either tree; none for the whole city.
        limit: amount and unit; None leaves it to the class.
        minutes: what one such task takes, by estimate.
        valid_from: None for the day on which it is admitted.
    """

    list_kind: str
    code: str
    name: str
    class_ids: Sequence[UUID]
    lead_id: UUID
    basis: str
    frequency: str
    funding: str
    training: str = ""
    area_ids: Sequence[UUID] = field(default=())
    limit: tuple[Decimal, str] | None = None
    minutes: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def apply_admission(*, actor: Actor, at: datetime, terms: AdmissionTerms) -> AdmittedMatter:
    """Apply 申请准入, for a department that one works for.

    Raises:
        Refused: without `catalog.apply_admission` for the department.
        Invalid: names every field that is wrong; an administrative inspection is refused for the grid's list.
    """
    demand_apply(actor, terms.lead_id, at)
    problems = [FieldProblem(name, str(value), remedy) for name, value, remedy in _problems(terms, at)]
    if problems:
        raise invalid_fields(problems)
    row = AdmittedMatter(
        list_kind=terms.list_kind,
        **{name: getattr(terms, name).strip() for name in _MOST},
        class_ids=list(dict.fromkeys(terms.class_ids)),
        area_ids=list(dict.fromkeys(terms.area_ids)),
        lead_unit_id=terms.lead_id,
        limit_amount=terms.limit[0] if terms.limit else None,
        limit_unit=terms.limit[1] if terms.limit else "",
        minutes=terms.minutes,
        state=APPLIED,
        valid_from=terms.valid_from or shanghai_day(at),
        valid_to=terms.valid_to,
        applied_by=actor.account_id,
        applied_at=at,
    )
    with acting(actor=actor, at=at) as act:
        act.insert(row)
        act.record(row, "catalog.admission_applied", _body(row))
        act.announce(AdmissionMoved(matter_id=row.id, at=at, action="apply", state=row.state))
    return row


def review_admission(
    *, actor: Actor, at: datetime, matter_id: UUID, opinion: str, expected: int | None = None
) -> AdmittedMatter:
    """Review 审核通过: basis, frequency, limit, funding and training stand up; by another than who applied.

    Raises:
        Refused, NotFound, StaleVersion; Conflict by state or person; Invalid without an opinion.
    """
    with acting(actor=actor, at=at) as act:
        row = _turn(act, matter_id, "review", REVIEW, expected=expected, words=opinion, name="opinion")
        row.reviewed_by, row.reviewed_at, row.opinion = actor.account_id, at, opinion.strip()
        act.update(row, "reviewed_by", "reviewed_at", "opinion")
    return row


def admit_matter(
    *, actor: Actor, at: datetime, matter_id: UUID, expected: int | None = None
) -> AdmittedMatter:
    """Admit 批准准入, by a third person: the row holds from its day on, but never from a day that has passed.

    Raises:
        Refused, NotFound, StaleVersion.
        Conflict: by state or person; the code is taken on one of its days; its last day has passed; a class
            has become an administrative inspection since.
    """
    with _told_apart(), acting(actor=actor, at=at) as act:
        row = _turn(act, matter_id, "admit", ADMIT, expected=expected)
        row.valid_from = max(row.valid_from, shanghai_day(at))
        if row.valid_to is not None and row.valid_to <= row.valid_from:
            raise Conflict(
                f"申请的失效日期 {row.valid_to} 已到，不能批准。请由主管部门重新申请。",
                code="catalog.admission_past",
            )
        if row.list_kind == AdmissionList.GRID and _inspects(row.name, row.class_ids, at):
            raise Conflict(_inspection_words(), code="catalog.admission_inspection")
        row.decided_by, row.decided_at = actor.account_id, at
        act.update(row, "decided_by", "decided_at", "valid_from")
        bump(act, CACHE)
    return row


def refuse_admission(
    *, actor: Actor, at: datetime, matter_id: UUID, reason: str, expected: int | None = None
) -> AdmittedMatter:
    """Refuse 审核不通过 or 不予准入, in words; a refused application stays readable.

    Raises:
        Refused, NotFound, StaleVersion; Conflict by state or person; Invalid without a reason.
    """
    with acting(actor=actor, at=at) as act:
        waits = act.lock(AdmittedMatter, matter_id, expected=expected).state == APPLIED
        action, permission = ("refuse_review", REVIEW) if waits else ("refuse", ADMIT)
        row = _turn(act, matter_id, action, permission, expected=expected, words=reason)
        row.decided_by, row.decided_at, row.refusal = actor.account_id, at, reason.strip()
        act.update(row, "decided_by", "decided_at", "refusal")
    return row


def withdraw_application(
    *, actor: Actor, at: datetime, matter_id: UUID, expected: int | None = None
) -> AdmittedMatter:
    """Withdraw 撤回申请, by whoever applied, before it is decided.

    Raises:
        Refused, NotFound, StaleVersion; Conflict by state or person.
    """
    with acting(actor=actor, at=at) as act:
        return _turn(act, matter_id, "withdraw", None, expected=expected)


def take_back_matter(
    *,
    actor: Actor,
    at: datetime,
    matter_id: UUID,
    reason: str,
    on: date | None = None,
    expected: int | None = None,
) -> AdmittedMatter:
    """Take a matter back 收回事项 with a reason: from `on` (today by default) it is on the list no more.

    Tasks that were dispatched before stay as they are, and are explained by the list of their day.

    Raises:
        Refused, NotFound, StaleVersion, Conflict; Invalid without a reason, or for a day that has passed.
    """
    day = on or shanghai_day(at)
    if day < shanghai_day(at):
        raise invalid("on", day, "收回日期不得早于今天，已派的任务按当时的清单解释。")
    with acting(actor=actor, at=at) as act:
        row = _turn(act, matter_id, "take_back", ADMIT, expected=expected, words=reason)
        last = max(day, row.valid_from)
        row.valid_to = last if row.valid_to is None else min(row.valid_to, last)
        row.recalled_by, row.recalled_at, row.recall_reason = actor.account_id, at, reason.strip()
        act.update(row, "valid_to", "recalled_by", "recalled_at", "recall_reason")
        bump(act, CACHE)
    return row


def _turn(
    act: Act,
    matter_id: UUID,
    action: str,
    permission: str | None,
    *,
    expected: int | None,
    words: str | None = None,
    name: str = "reason",
) -> AdmittedMatter:
    """Permission, lock, guards, the new state, journal and event; what else changes is the caller's."""
    row = act.lock(AdmittedMatter, matter_id, expected=expected)
    if permission is None:
        demand_apply(act.actor, _lead_of(row), act.at)
    else:
        demand_for_areas(act.actor, permission, row.area_ids, act.at)
    facts = AdmissionFacts(act.actor.account_id, row.applied_by, row.reviewed_by)
    step = transition(ADMISSION, row.state, action, facts)
    if step.reason and not 0 < len((words or "").strip()) <= 500:
        raise invalid(name, (words or "")[:20], "请填写意见或理由，不超过 500 字。")
    row.state = str(step.target)
    act.update(row, "state")
    act.record(row, f"catalog.admission_{action}", {"state": row.state, "list": row.list_kind})
    act.announce(AdmissionMoved(matter_id=row.id, at=act.at, action=action, state=row.state))
    return row


def _lead_of(row: AdmittedMatter) -> UUID:
    if row.lead_unit_id is None:
        raise Conflict("示例事项没有申请，不能撤回。", code="catalog.admission_example")
    return row.lead_unit_id


def _problems(terms: AdmissionTerms, at: datetime) -> Iterator[tuple[str, object, str]]:
    for name, most in _MOST.items():
        text = getattr(terms, name).strip()
        if (name in _NEEDED and not text) or len(text) > most:
            yield name, text[:20], f"请填写{_WORDS[name]}，不超过 {most} 字。"
    if terms.list_kind not in AdmissionList.values:
        yield "list_kind", terms.list_kind, "请选择清单。"
    yield from _class_problems(terms, at)
    areas = area_index().by_id
    for area in terms.area_ids:
        if area not in areas:
            yield "area_ids", area, "请选择已登记的区域。"
    if terms.lead_id not in unit_index().by_id:
        yield "lead_id", terms.lead_id, "请选择已登记的单位。"
    remedy = limit_problem(*terms.limit) if terms.limit else None
    if remedy is not None:
        yield "limit", terms.limit, remedy
    if terms.minutes is not None and not 0 < terms.minutes <= 24 * 60:
        yield "minutes", terms.minutes, "预计用时为 1 至 1440 分钟。"
    if terms.valid_to is not None and terms.valid_to <= (terms.valid_from or shanghai_day(at)):
        yield "valid_to", terms.valid_to, "失效日期须晚于生效日期。"


def _class_problems(terms: AdmissionTerms, at: datetime) -> Iterator[tuple[str, object, str]]:
    known = catalog_index(at).class_by_id
    if not terms.class_ids:
        yield "class_ids", "", "请至少写明一个事项分类。"
    for key in terms.class_ids:
        if key not in known:
            yield "class_ids", key, "请选择事项目录中的分类。"
    if terms.list_kind == AdmissionList.GRID and _inspects(terms.name, terms.class_ids, at):
        yield "class_ids", terms.name[:20], _inspection_words()


def _inspects(name: str, class_ids: Sequence[UUID], at: datetime) -> bool:
    return speaks_of_inspection(name) or any(is_inspection(key, at) for key in class_ids)


def _inspection_words() -> str:
    return f"行政检查不得列入网格事项（{INSPECTION_BASIS}），请改由有执法资格的部门承担。"


def _body(row: AdmittedMatter) -> dict[str, object]:
    return {
        "state": row.state,
        "list": row.list_kind,
        "code": row.code,
        "classes": row.class_ids,
        "areas": row.area_ids,
        "lead": row.lead_unit_id,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn the refusal of the exclusion constraint into words."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(
            "该清单在这些日期内已有同一编号的事项，请先收回原事项，或退回由主管部门另编编号。",
            code="catalog.admission_taken",
        ) from error
