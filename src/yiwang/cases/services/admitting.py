"""Admitting 非准不入: a task goes to grid or community level only when its matter is on the list, or exempt.

The lists stand in `catalog`; here they are asked at every dispatch, the answer is kept beside the task, and a
community may refuse what is on neither of its lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from ...catalog.public import (
    Admission,
    AdmissionLevel,
    AdmissionVerdict,
    ExemptionNode,
    admission,
    catalog_index,
    level_of_unit,
    list_names,
    use_exemption,
)
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import TaskRole
from ..events import MatterRefused
from ..models import AdmissionCheck, Case, Task, UnlistedRefusal
from ..states import CLOSED, DISPATCHING, HANDLING
from .leaving import lapse_questions, leave_task, refuse_final
from .moving import acting_on, facts_of, move, note, open_tasks, permitted, set_fields

REFUSE = "cases.refuse_unlisted"


class NotAdmitted(Refused):
    """The matter is on no list in force for the unit's level 清单外事项 (409); says what may be done."""

    status = 409
    code = "cases.not_admitted"


class InspectionForbidden(NotAdmitted):
    """An administrative inspection was to go to a grid 行政检查不得派给网格 (409); nothing exempts it."""

    code = "cases.inspection_forbidden"


def admission_for(case: Case, level: str, at: datetime) -> Admission:
    """What the lists say of the case for units of a level, where it lies."""
    return admission(level, case.matter_class, case.grid or case.community, at=at)


def level_of(unit: UUID) -> str | None:
    """The level at which a unit stands; None for one that no list guards, or that is unknown."""
    node = unit_index().by_id.get(unit)
    return level_of_unit(node.kind) if node is not None else None


def admit_units(act: Act, case: Case, units: Sequence[UUID]) -> None:
    """Check 准入校验 every unit that gets a task, keep why it may, count and journal uses of exemptions.

    Rework goes back to the units that were admitted when the task was first given, so the lists are not asked
    again; an inspection is refused then too. Who granted an exemption does not dispatch under it himself.

    Raises:
        NotAdmitted: names matter, list and remedy.
        InspectionForbidden: an administrative inspection for a grid, whatever list or exemption.
    """
    is_rework = case.state not in (DISPATCHING, HANDLING, CLOSED)
    uses: Counter[UUID] = Counter()
    for unit in units:
        level = level_of(unit)
        if level is None:
            continue
        found = admission_for(case, level, act.at)
        if is_rework and found.verdict != AdmissionVerdict.FORBIDDEN:
            continue
        if not found.allows:
            _refuse(found, unit)
        exemption = found.exemption if found.verdict == AdmissionVerdict.EXEMPT else None
        if case.state != CLOSED:
            _refuse_own_exemption(act, exemption)
        act.insert(
            AdmissionCheck(
                case=case, round=case.round, unit=unit, level=level, verdict=found.verdict,
                matter=found.matter.id if found.matter else None,
                exemption=exemption.id if exemption else None, words=found.words, at=act.at,
            )
        )  # fmt: skip
        if exemption is not None:
            uses[exemption.id] += 1
            body = {"state": case.state, "exemption": exemption.id, "unit": unit, "level": level}
            act.record(case, "cases.exemption_used", body)
    for key, times in uses.items():
        use_exemption(act, key, times=times)


def may_have(case: Case, units: Sequence[UUID], at: datetime) -> bool:
    """Whether every unit may be given a task of the case now, by the lists of its level."""
    levels = {level for unit in units if (level := level_of(unit)) is not None}
    return all(admission_for(case, level, at).allows for level in levels)


def demand_listed(cases: Iterable[Case], units: Iterable[UUID], at: datetime) -> None:
    """Refuse to call units for cases that are on none of their lists 非准不入, where no task is given.

    Raises:
        NotAdmitted: names unit, matter, list and remedy; `InspectionForbidden` for an inspection of a firm.
    """
    guarded = [(unit, level) for unit in units if (level := level_of(unit)) is not None]
    for case in cases if guarded else ():
        for unit, level in guarded:
            found = admission_for(case, level, at)
            if not found.allows:
                _refuse(found, unit)


def refuse_inspection(case: Case, units: Sequence[UUID], at: datetime) -> None:
    """Refuse what would leave an administrative inspection with a grid that is at work already.

    Raises:
        InspectionForbidden: names the unit; its task must be taken back first.
    """
    for unit in units:
        level = level_of(unit)
        found = admission_for(case, level, at) if level is not None else None
        if found is not None and found.verdict == AdmissionVerdict.FORBIDDEN:
            _refuse(found, unit)


def _refuse_own_exemption(act: Act, exemption: ExemptionNode | None) -> None:
    if exemption is None or exemption.granted_by is None or act.actor.account_id != exemption.granted_by:
        return
    raise NotAdmitted(
        f"应急豁免“{exemption.title}”由您本人批准，批准人不能自己按该豁免派遣，请由他人派遣。",
        exemption=str(exemption.id),
    )


def _refuse(found: Admission, unit: UUID) -> None:
    kind = InspectionForbidden if found.verdict == AdmissionVerdict.FORBIDDEN else NotAdmitted
    name = unit_index().name(unit)
    raise kind(f"不能派给{name}：{found.words}。", unit=str(unit), level=found.level)


def refuse_unlisted(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    words: str = "",
    unit: UUID | None = None,
    expected: int | None = None,
) -> Case:
    """Refuse 清单外拒收 a task whose matter is on neither list of the communities.

    The host's refusal takes the case back to dispatch, its promise kept; a co-unit's ends only its own task.
    It needs no approval, is no return (退单) and is counted; the dispatcher may answer with an exemption.

    Args:
        words: what the community adds; kept beside the journal.
        unit: whose task, when the actor works for several.

    Raises:
        Refused: no waiting task of a community that the actor works for; StaleVersion.
        Conflict: signed for already, the matter is listed or exempt (names the row), the city has no list of
            its own there, or a ruling is made or being made.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        refuse_final(case)
        task = _task_to_refuse(act, case, actor, unit)
        found = admission_for(case, AdmissionLevel.COMMUNITY, at)
        facts = facts_of(case, actor=actor, at=at, listed_as=found.no_refusal)
        row = permitted(case, "refuse_unlisted", actor=actor, facts=facts, units=[task.unit])
        leave_task(act, task, "refuse_unlisted")
        lapse_questions(act, case, [task])
        body = {"task": task.id, "unit": task.unit, "role": task.role}
        if task.role == TaskRole.HOST:
            set_fields(act, case, host=None, returned_at=at)
            move(act, case, row, body=body, reason=words)
        else:
            note(act, case, "cases.co_unit_refused_unlisted", {"state": case.state, **body}, words)
        act.insert(
            UnlistedRefusal(
                case=case, task=task, unit=task.unit, matter_class=case.matter_class,
                words=refusal_words(case), by=actor.account_id, at=at,
            )
        )  # fmt: skip
        act.announce(MatterRefused(case_id=case.id, at=at, unit_id=task.unit))
    return case


def refusal_words(case: Case) -> str:
    """Why a community refuses: the matter is on neither of its lists."""
    name = catalog_index().full_name(case.matter_class) if case.matter_class else "未分类事项"
    return f"“{name}”不在现行的{list_names(AdmissionLevel.COMMUNITY)}内"


def _task_to_refuse(act: Act, case: Case, actor: Actor, unit: UUID | None) -> Task:
    waiting = [task for task in open_tasks(act, case) if level_of(task.unit) == AdmissionLevel.COMMUNITY]
    if not waiting:
        raise NotFound("该案件没有派给社区的待办任务。")
    own = [task for task in waiting if unit in {None, task.unit} and actor.may(REFUSE, units=[task.unit])]
    if not own:
        raise Refused("该案件没有派给您所在社区的任务。", code="cases.refused", act=REFUSE)
    return min(own, key=lambda task: task.role != TaskRole.HOST)
