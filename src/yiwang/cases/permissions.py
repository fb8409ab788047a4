"""Permissions 权限 of the loop: named predicates, on a case and on a list alike.

A case is inside a scope when its community is, or when one of the scope's units works on it. A sensitive
case is further kept to its access list and to holders of `cases.view_sensitive`. The unit complained of
never sees the case.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ..kernel.actor import Actor
from ..kernel.errors import Refused
from .models import Case, CaseAccess, Supervision
from .states import ANSWERED, AWAITED

_LABELS = {
    "cases.accept": "受理",
    "cases.verify": "核实",
    "cases.register": "立案",
    "cases.dispatch": "派遣",
    "cases.handle": "处置",
    "cases.review": "审核",
    "cases.recheck": "核查",
    "cases.close": "结案",
    "cases.answer": "直接答复",
    "cases.handle_on_the_spot": "自行处置",
    "cases.reject": "不予受理",
    "cases.void": "作废",
    "cases.merge": "合并",
    "cases.reopen": "重办",
    "cases.rework": "返工",
    "cases.receive": "登记诉求",
    "cases.urge": "催办",
    "cases.supervise": "督办",
    "cases.list": "挂牌督办",
    "cases.reveal_contact": "查看联系方式",
    "cases.export": "导出",
    "cases.view": "查看",
    "cases.view_sensitive": "管理敏感案件",
    "cases.ask_return": "申请退单、首问移交",
    "cases.refuse_unlisted": "清单外拒收",
    "cases.arbitrate": "争议裁定",
    "cases.apply": "提出延期等申请",
    "cases.endorse_application": "初审本单位申请",
    "cases.confirm_application": "复核申请",
    "cases.correct": "申请更正",
    "cases.approve_correction": "批准更正",
    "cases.request_erasure": "申请删除个人信息",
    "cases.confirm_site": "现场感知确认",
    "cases.control_risk": "控险",
    "cases.dispatch_first": "先派后核",
    "cases.pass_up": "上报流转",
    "cases.raise_level": "提级管理",
    "cases.rate": "回访",
}

#: What the unit that a late case was raised to may do with it, and one that owes an answer about it.
RAISED_ACTS = frozenset({"cases.view"})
#: States of a supervision that somebody still has to answer, or to settle.
OWED_STATES = frozenset({AWAITED, ANSWERED})


def working_units(case: Case, units: Iterable[UUID] = ()) -> set[UUID]:
    """Units whose scope reaches the case: its host and the given task units."""
    found = set(units)
    if case.host is not None:
        found.add(case.host)
    return found


def may(actor: Actor, act: str, case: Case, units: Iterable[UUID] = ()) -> bool:
    """Whether the actor may do `act` to this case.

    The unit it was raised to 超时升级 may see it, and so may one that owes an answer 督办 until that is
    settled.
    """
    working = working_units(case, units)
    if act in RAISED_ACTS and case.raised_to is not None:
        working.add(case.raised_to)
    if not actor.may(act, community=case.community, units=working) and not _owes_answer(actor, act, case):
        return False
    if case.complained_unit is not None and case.complained_unit in actor.scope("cases.view").units:
        return False
    return not case.is_sensitive or may_see_sensitive(actor, case)


def _owes_answer(actor: Actor, act: str, case: Case) -> bool:
    units = actor.scope(act).units if act in RAISED_ACTS else frozenset()
    if not units:
        return False
    owed = Supervision.objects.filter(case=case, state__in=OWED_STATES, units__overlap=sorted(units))
    return owed.exists()


def may_see_sensitive(actor: Actor, case: Case) -> bool:
    """Whether the actor is cleared for a sensitive case: by grant, by account or by unit."""
    if actor.kind in {"system", "resident"}:
        return True
    if actor.may("cases.view_sensitive", community=case.community):
        return True
    listed = CaseAccess.objects.filter(case=case)
    units = actor.scope("cases.view").units
    return any(row.account == actor.account_id or row.unit in units for row in listed)


def require(actor: Actor, act: str, case: Case, units: Iterable[UUID] = ()) -> None:
    """Raise `Refused` unless the actor may do `act` to the case."""
    if not may(actor, act, case, units):
        label = _LABELS.get(act, act)
        raise Refused(f"您没有在该区域或单位“{label}”的权限。", code="cases.refused", act=act)
