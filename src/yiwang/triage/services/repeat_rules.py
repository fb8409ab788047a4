"""Setting the rules of repeats 查重规则: dated, by class or for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ...catalog.public import catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, Refused, invalid, invalid_fields
from ...kernel.working_time import SHANGHAI
from ...ledger.public import Act, acting, bump
from ..models import RepeatRule
from ..queries.repeat_rules import REPEAT_RULES

ACT = "triage.configure"
LEAST_SUGGESTION, LEAST_MERGE, LONGEST_WINDOW = 0.05, 0.5, 365


@dataclass(frozen=True, slots=True)
class RepeatTerms:
    """What a rule says 规则内容: shares of certainty, days, and the class it holds for (None for all)."""

    merge_at: float
    suggest_at: float
    merges: bool
    window_days: int
    valid_from: date
    matter_class: UUID | None = None


def set_repeat_rule(*, actor: Actor, at: datetime, terms: RepeatTerms) -> RepeatRule:
    """Set a rule 设定查重规则 from a day on; the one in force for the same class ends on that day.

    Raises:
        Refused: without `triage.configure`. Invalid: names each wrong field. Conflict: one begins that day.
    """
    _demand(actor)
    problems = _problems(terms, at)
    if problems:
        raise invalid_fields(problems)
    with acting(actor=actor, at=at) as act:
        same = list(RepeatRule.objects.select_for_update().filter(matter_class=terms.matter_class))
        if any(row.valid_from == terms.valid_from for row in same):
            raise Conflict("同一类别已有当天生效的规则，请改用其他生效日。", code="triage.repeat_rule_once")
        for row in same:
            if row.valid_from < terms.valid_from and (row.valid_to or date.max) > terms.valid_from:
                _end(act, row, terms.valid_from)
        later = [row.valid_from for row in same if row.valid_from > terms.valid_from]
        made = act.insert(
            RepeatRule(
                matter_class=terms.matter_class, merge_at=terms.merge_at, suggest_at=terms.suggest_at,
                merges=terms.merges, window_days=terms.window_days, valid_from=terms.valid_from,
                valid_to=min(later, default=None),
            )
        )  # fmt: skip
        body = {
            "class": terms.matter_class, "merge_at": round(1000 * terms.merge_at), "merges": terms.merges,
            "suggest_at": round(1000 * terms.suggest_at), "window_days": terms.window_days,
            "valid_from": terms.valid_from,
        }  # fmt: skip
        act.record(made, "triage.repeat_rule_set", body)
        bump(act, REPEAT_RULES)
    return made


def end_repeat_rule(*, actor: Actor, at: datetime, rule_id: UUID, valid_to: date) -> RepeatRule:
    """End a rule 停用查重规则; from that day on the one above it, or the shipped one, holds.

    Raises:
        Refused; NotFound; Conflict: it has an end. Invalid: a day that is past or before its first.
    """
    _demand(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(RepeatRule, rule_id)
        if row.valid_to is not None:
            raise Conflict(f"该规则已于 {row.valid_to} 停用。", code="triage.repeat_rule_ended")
        if valid_to < max(_today(at), row.valid_from):
            raise invalid("valid_to", valid_to, "停用日不得早于今天，也不得早于生效日。")
        _end(act, row, valid_to)
        bump(act, REPEAT_RULES)
    return row


def _end(act: Act, row: RepeatRule, day: date) -> None:
    row.valid_to = day
    act.update(row, "valid_to")
    act.record(row, "triage.repeat_rule_ended", {"valid_to": day})


def _problems(terms: RepeatTerms, at: datetime) -> list[FieldProblem]:
    found = []
    if terms.matter_class is not None and terms.matter_class not in catalog_index(at).class_by_id:
        found.append(
            FieldProblem("matter_class", str(terms.matter_class), "没有这个事项类别，请从事项目录中选择。")
        )
    if not LEAST_MERGE <= terms.merge_at <= 1:
        found.append(FieldProblem("merge_at", str(terms.merge_at), "自动合并的把握须在 50% 到 100% 之间。"))
    if not LEAST_SUGGESTION <= terms.suggest_at <= terms.merge_at:
        found.append(
            FieldProblem(
                "suggest_at", str(terms.suggest_at), "提示的把握须在 5% 以上，且不高于自动合并的把握。"
            )
        )
    if not 1 <= terms.window_days <= LONGEST_WINDOW:
        found.append(FieldProblem("window_days", str(terms.window_days), "比对天数须在 1 到 365 之间。"))
    if terms.valid_from < _today(at):
        found.append(FieldProblem("valid_from", str(terms.valid_from), "生效日不得早于今天。"))
    return found


def _today(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def _demand(actor: Actor) -> None:
    if not actor.may_anywhere(ACT):
        raise Refused("您没有设定查重规则的权限。", code="triage.refused", act=ACT)
