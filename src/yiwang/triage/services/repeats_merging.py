"""Merging repeats 合并与判定: by the platform where it is very sure, else by a person; remembered either way.

The merge itself is the act of `cases`, with its undo. What triage adds is the judgement of the pair: a pair
that somebody judged different, or whose merge was undone, is never proposed again and is learned from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from ...cases.public import Case, Merge, Privacy, case_for, may, merge_cases, task_units
from ...kernel.actor import Actor, system_actor
from ...kernel.errors import Conflict, NotFound, Refused, YiwangError, invalid
from ...ledger.public import Act, acting
from ..enums import PairVerdict
from ..models import RepeatPair
from ..queries.repeats import different_pairs, pair_of, signatures_of_cases
from ..rules.proposals import RepeatOutcome, RepeatProposal
from ..rules.repeats.features import NAMES, compare
from ..rules.repeats.scoring import shipped_weights
from .repeat_keys import KEPT_STATES

#: Who merges without a person; the name stands in the journal of both cases.
MERGER = system_actor("triage", "cases.merge")
_SPACE = UUID("5f0b2f0e-6a55-4d7c-9b39-7d2a4a1c7c11")
#: A merged case tells its reporter why; the reasons beyond these are in the pair's row.
_TOLD_REASONS = 4


def merge_found(*, case_id: UUID, proposal: RepeatProposal, at: datetime) -> bool:
    """Merge a case into the one its proposal names 自动合并; returns whether it was.

    Only for a proposal of outcome `merge`, within one district, before a recheck of either, and never for a
    sensitive, confidential or anonymous case or one that complains of a unit: those wait for a person. A
    refusal of `cases` leaves the case as it is.
    """
    if proposal.outcome != RepeatOutcome.MERGE or proposal.case_id is None:
        return False
    try:
        with acting(actor=MERGER, at=at) as act:
            into, one = _survivor(proposal.case_id), Case.objects.filter(pk=case_id).first()
            if one is None or into is None or into.id == case_id or not may_merge_alone(one, into):
                return False
            if different_pairs((case_id, into.id)):
                return False
            words = [reason.words for reason in proposal.reasons]
            told = "；".join(words[:_TOLD_REASONS])
            _judge(
                act, case_id, into.id, PairVerdict.SAME, score=proposal.confidence,
                reasons=words, features=features_between(case_id, into.id),
            )  # fmt: skip
            act.flush()
            merge_cases(
                actor=MERGER, at=at, survivor=into.id, absorbed=case_id,
                reason=f"系统判定为同一问题（把握 {proposal.confidence:.0%}）：{told}。",
            )  # fmt: skip
    except YiwangError:
        return False
    return True


def _survivor(case_id: UUID) -> Case | None:
    """The case, or the one it became part of meanwhile."""
    case = Case.objects.filter(pk=case_id).first()
    while case is not None and case.merged_into is not None:
        case = Case.objects.filter(pk=case.merged_into).first()
    return case


def may_merge_alone(one: Case, other: Case) -> bool:
    """Whether two cases lie in a scope where the platform may merge them without a person."""
    if one.district is not None and other.district is not None and one.district != other.district:
        return False
    return all(
        case.state in KEPT_STATES
        and not case.is_sensitive
        and case.privacy == Privacy.OPEN
        and case.complained_unit is None
        for case in (one, other)
    )


def merge_by_person(*, actor: Actor, at: datetime, case_id: UUID, other_id: UUID, reason: str = "") -> Case:
    """Merge two cases that look-up proposed 合并疑似重复: the younger into the older; returns the older.

    Raises:
        Refused, Conflict: as `cases.merge_cases`. NotFound: one of them is not to be seen.
    """
    for key in (case_id, other_id):
        case_for(actor, key)
    older, younger = pair_of(case_id, other_id)
    with acting(actor=actor, at=at) as act:
        _judge(act, older, younger, PairVerdict.SAME, features=features_between(older, younger))
        act.flush()
        return merge_cases(
            actor=actor, at=at, survivor=older, absorbed=younger, reason=reason.strip() or "查重：同一问题"
        )


def judge_different(*, actor: Actor, at: datetime, case_id: UUID, other_id: UUID) -> None:
    """Say that two cases are not one problem 判定不是同一问题; they are never proposed to each other again.

    Raises:
        Refused: the actor may not merge one of them. Invalid: the same case twice. Conflict: they are merged.
    """
    if case_id == other_id:
        raise invalid("other", other_id, "请选择另一个案件。")
    for key in (case_id, other_id):
        case = case_for(actor, key)
        if not may(actor, "cases.merge", case, task_units(case)):
            raise Refused("您没有在该区域或单位“合并”的权限。", code="cases.refused", act="cases.merge")
        if case.merged_into in {case_id, other_id}:
            raise Conflict("两案已经合并；如有误，请在被并入的案件上拆分还原。", code="triage.merged")
    with acting(actor=actor, at=at) as act:
        _judge(act, case_id, other_id, PairVerdict.DIFFERENT, features=features_between(case_id, other_id))


def remember_undo(*, absorbed: UUID, at: datetime) -> UUID:
    """A merge was undone 记住拆分: the pair differs from now on; returns the case it had been merged into.

    Raises:
        NotFound: no merge of the case was undone.
    """
    merge = Merge.objects.filter(absorbed=absorbed, undone_at__isnull=False).order_by("-undone_at").first()
    if merge is None:
        raise NotFound("没有拆分过这个案件。", code="triage.no_undo")
    undoer = Actor(account_id=merge.undone_by)
    with acting(actor=undoer, at=at) as act:
        _judge(act, absorbed, merge.survivor_id, PairVerdict.DIFFERENT, features={})
    return merge.survivor_id


def features_between(one: UUID, other: UUID) -> dict[str, float]:
    """The features of the two most similar reports of two open cases, by name; empty when one has no key."""
    kept = signatures_of_cases((one, other))
    rows = [compare(mine, kept[other]) for mine in kept.get(one, ()) if kept.get(other)]
    if not rows:
        return {}
    weights = shipped_weights()
    best = max((row for found in rows for row in found), key=lambda row: float(weights.scores(row[None])[0]))
    return {name: round(float(value), 4) for name, value in zip(NAMES, best, strict=True) if value}


def _judge(
    act: Act,
    one: UUID,
    other: UUID,
    verdict: PairVerdict,
    *,
    features: Mapping[str, float],
    score: float | None = None,
    reasons: Sequence[str] = (),
) -> None:
    """Write the judgement of a pair, over an earlier one; its features and score stay when none are given."""
    first, second = pair_of(one, other)
    key = uuid5(_SPACE, f"{first}{second}")
    known = act.fetch(RepeatPair, id=key)
    row = known[0] if known else act.insert(RepeatPair(id=key, first=first, second=second))
    row.verdict, row.by, row.at = verdict, act.actor.account_id, act.at
    if features:
        row.features = dict(features)
    if score is not None:
        row.score, row.reasons = score, list(reasons)
    act.update(row, "verdict", "by", "at", "features", "score", "reasons")
    act.record(
        row, "triage.pair_judged",
        {"first": first, "second": second, "verdict": verdict.value, "score": round(row.score * 10_000)},
    )  # fmt: skip
