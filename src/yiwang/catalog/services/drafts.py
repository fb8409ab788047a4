"""Acts on drafts of the responsibility list 权责变更草案: compile, submit, publish all rows in one act."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...kernel.states import transition
from ...ledger.public import Act, acting, bump
from ...orgs.public import area_index
from ..enums import ChangeKind
from ..models import DraftChange, PublishingRule, ResponsibilityDraft, ResponsibilityRow, Scheme
from ..permissions import demand_edit, demand_publish
from ..queries.drafts import draft_changes, drafted_rows, publishing_rule
from ..queries.index import catalog_index, shanghai_day
from ..queries.responsibility import RESPONSIBILITIES, responsibility_node
from ..rules.publishing import DraftFacts
from ..states import RESPONSIBILITY_DRAFT
from .responsibility import ResponsibilityTerms, check_terms, end_row, insert_row

#: More changes than these are a new list and come by import.
MOST_CHANGES = 2000


def create_draft(*, actor: Actor, at: datetime, title: str, takes_effect: date) -> ResponsibilityDraft:
    """Begin a draft (编制权责变更草案).

    Raises:
        Refused: when the actor may not edit the catalog.
        Invalid: no title, or a day that has passed.
    """
    demand_edit(actor)
    _check_head(title, takes_effect, at)
    with acting(actor=actor, at=at) as act:
        draft = act.insert(
            ResponsibilityDraft(
                title=title.strip(),
                takes_effect=takes_effect,
                created_by=actor.account_id,
                created_at=at,
                author_ids=[actor.account_id] if actor.account_id else [],
            )
        )
        act.record(draft, "catalog.draft_created", {"takes_effect": takes_effect})
    return draft


def revise_draft(
    *,
    actor: Actor,
    at: datetime,
    draft_id: UUID,
    title: str,
    takes_effect: date,
    expected: int | None = None,
) -> ResponsibilityDraft:
    """Change a draft's title or day (修改草案).

    Raises:
        as `create_draft`; NotFound, StaleVersion, Conflict when it is no longer being compiled.
    """
    demand_edit(actor)
    _check_head(title, takes_effect, at)
    with acting(actor=actor, at=at) as act:
        draft = _revising(act, draft_id, expected)
        draft.title, draft.takes_effect = title.strip(), takes_effect
        act.update(draft, "title", "takes_effect")
        act.record(draft, "catalog.draft_revised", {"takes_effect": takes_effect})
    return draft


def add_change(
    *,
    actor: Actor,
    at: datetime,
    draft_id: UUID,
    terms: ResponsibilityTerms | None,
    row_id: UUID | None = None,
    origin: UUID | None = None,
    expected: int | None = None,
) -> DraftChange:
    """Put a change into a draft (加入变更).

    Args:
        terms: the row to add; None ends `row_id` without another. Its days are those of the draft.
        row_id: the row that ends; None for an addition.
        origin: the precedent that it comes from.

    Raises:
        Refused, NotFound, StaleVersion: as everywhere.
        Conflict: the draft is no longer being compiled, or holds a change of that row already.
        Invalid: when the parts of the row do not fit together.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        draft = _revising(act, draft_id, expected)
        known = act.fetch(DraftChange, lock=False, draft=draft.id)
        _check_room(known, row_id)
        row = act.fetch(ResponsibilityRow, lock=False, id=row_id) if row_id else []
        if row_id and not row:
            raise invalid("row_id", row_id, "没有这一行权责清单。")
        change = DraftChange(
            draft=draft, kind=_kind(terms, row_id), row_id=row_id, origin=origin,
            row_version=row[0].version if row else None,
        )  # fmt: skip
        if terms is not None:
            _fill(change, terms, draft.takes_effect, at)
        act.insert(change)
        act.record(draft, "catalog.draft_change_added", _body(change))
    return change


def remove_change(
    *, actor: Actor, at: datetime, draft_id: UUID, change_id: UUID, expected: int | None = None
) -> ResponsibilityDraft:
    """Take a change out of a draft (移除变更).

    Raises:
        Refused, NotFound, StaleVersion, Conflict: as `add_change`.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        draft = _revising(act, draft_id, expected)
        if not act.fetch(DraftChange, id=change_id, draft=draft.id):
            raise Conflict("这项变更已不在草案中。", code="catalog.change_gone")
        act.also('DELETE FROM "catalog_draftchange" WHERE "id" = %s', [change_id])
        act.record(draft, "catalog.draft_change_removed", {"change": change_id})
    return draft


def submit_draft(
    *, actor: Actor, at: datetime, draft_id: UUID, expected: int | None = None
) -> ResponsibilityDraft:
    """Submit a draft (提请发布) for whoever may publish; it can no longer be changed.

    Raises:
        Refused, NotFound, StaleVersion; Conflict when it is empty, or holds what cannot be published.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        draft = act.lock(ResponsibilityDraft, draft_id, expected=expected)
        _refuse_problems(draft, draft_changes(draft.id), at)
        _turn(act, draft, "submit")
        _note_author(act, draft)
        draft.submitted_by, draft.submitted_at, draft.refusal = actor.account_id, at, ""
        act.update(draft, "submitted_by", "submitted_at", "refusal")
        act.record(draft, "catalog.draft_submitted", {"state": draft.state})
    return draft


def send_draft_back(
    *, actor: Actor, at: datetime, draft_id: UUID, reason: str, expected: int | None = None
) -> ResponsibilityDraft:
    """Send a draft back (退回) with a reason; it may be changed and submitted again.

    Raises:
        Refused, NotFound, StaleVersion, Conflict; Invalid when no reason is given.
    """
    demand_publish(actor)
    reason = reason.strip()
    if not 0 < len(reason) <= 200:
        raise invalid("reason", reason[:20], "请填写理由，不超过 200 字。")
    with acting(actor=actor, at=at) as act:
        draft = act.lock(ResponsibilityDraft, draft_id, expected=expected)
        _turn(act, draft, "send_back")
        draft.decided_by, draft.decided_at, draft.refusal = actor.account_id, at, reason
        act.update(draft, "decided_by", "decided_at", "refusal")
        act.record(draft, "catalog.draft_sent_back", {"state": draft.state})
    return draft


def drop_draft(
    *, actor: Actor, at: datetime, draft_id: UUID, expected: int | None = None
) -> ResponsibilityDraft:
    """Give a draft up (放弃草案); it stays readable.

    Raises:
        Refused, NotFound, StaleVersion, Conflict: as everywhere.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        draft = act.lock(ResponsibilityDraft, draft_id, expected=expected)
        _turn(act, draft, "drop")
        draft.decided_by, draft.decided_at = actor.account_id, at
        act.update(draft, "decided_by", "decided_at")
        act.record(draft, "catalog.draft_dropped", {"state": draft.state})
    return draft


def publish_draft(
    *, actor: Actor, at: datetime, draft_id: UUID, expected: int | None = None
) -> ResponsibilityDraft:
    """Publish a draft (发布权责变更): all rows in one act, from its day on, each journaled.

    Another person than its authors publishes, unless the city has set otherwise (`save_publishing_rule`).

    Raises:
        Refused: without `catalog.publish`.
        NotFound, StaleVersion.
        Conflict: it is not submitted, or the actor had a hand in it; its day has passed; a row has changed
            since, or would tie.
    """
    demand_publish(actor)
    with acting(actor=actor, at=at) as act:
        draft = act.lock(ResponsibilityDraft, draft_id, expected=expected)
        changes = draft_changes(draft.id)
        for scheme in sorted({s for c in changes for s in _schemes(c)}, key=str):
            act.lock(Scheme, scheme)
        _refuse_problems(draft, changes, at)
        rule = publishing_rule()
        _turn(act, draft, "publish", _facts(draft, actor, rule))
        ended = {c.row_id: act.lock(ResponsibilityRow, c.row_id) for c in changes if c.row_id}
        for row in ended.values():
            end_row(act, row, draft.takes_effect)
        act.flush()
        index = catalog_index(at)
        for change in changes:
            if change.kind != ChangeKind.END:
                terms = _terms(change, draft.takes_effect)
                insert_row(act, terms, index, replaces=change.row_id, draft=draft.id)
        draft.decided_by, draft.decided_at, draft.changes_made = actor.account_id, at, len(changes)
        act.update(draft, "decided_by", "decided_at", "changes_made")
        body = {"state": draft.state, "changes": len(changes), "second_person": rule.second_person}
        act.record(draft, "catalog.draft_published", body)
        bump(act, RESPONSIBILITIES)
    return draft


def save_publishing_rule(
    *, actor: Actor, at: datetime, second_person: bool, basis: str = "", expected: int | None = None
) -> PublishingRule:
    """Set whether a draft is published by another person than its authors 设定权责变更发布规则, city-wide.

    Raises:
        Refused: without `catalog.publish`; StaleVersion.
        Invalid: one person is let publish his own draft without a basis for it.
    """
    demand_publish(actor)
    basis = basis.strip()
    if len(basis) > 500 or (not second_person and not basis):
        raise invalid("basis", basis[:20], "允许本人发布的，请写明依据，不超过 500 字。")
    with acting(actor=actor, at=at) as act:
        known = act.fetch(PublishingRule, only=True)
        row = known[0] if known else act.insert(PublishingRule())
        if known and expected is not None:
            act.lock(PublishingRule, row.id, expected=expected)
        row.second_person, row.basis = second_person, basis
        act.update(row, "second_person", "basis")
        act.record(row, "catalog.publishing_rule_saved", {"second_person": second_person})
    return row


def _revising(act: Act, draft_id: UUID, expected: int | None) -> ResponsibilityDraft:
    draft = act.lock(ResponsibilityDraft, draft_id, expected=expected)
    transition(RESPONSIBILITY_DRAFT, draft.state, "revise")
    _note_author(act, draft)
    return draft


def _facts(draft: ResponsibilityDraft, actor: Actor, rule: PublishingRule) -> DraftFacts:
    return DraftFacts(actor.account_id, frozenset(draft.author_ids), rule.second_person)


def _note_author(act: Act, draft: ResponsibilityDraft) -> None:
    author = act.actor.account_id
    if author is not None and author not in draft.author_ids:
        draft.author_ids = [*draft.author_ids, author]
        act.update(draft, "author_ids")


def _turn(act: Act, draft: ResponsibilityDraft, action: str, facts: DraftFacts | None = None) -> None:
    draft.state = str(transition(RESPONSIBILITY_DRAFT, draft.state, action, facts).target)
    act.update(draft, "state")


def _check_head(title: str, takes_effect: date, at: datetime) -> None:
    if not 0 < len(title.strip()) <= 80:
        raise invalid("title", title[:20], "请填写名称，不超过 80 字。")
    if takes_effect < shanghai_day(at):
        raise invalid("takes_effect", takes_effect, "生效日期不得早于今天，已办的案件按当时的清单解释。")


def _check_room(known: list[DraftChange], row_id: UUID | None) -> None:
    if len(known) >= MOST_CHANGES:
        raise Conflict(f"一份草案最多 {MOST_CHANGES} 项变更。", code="catalog.draft_full")
    if row_id is not None and any(change.row_id == row_id for change in known):
        raise Conflict("草案中已有对这一行的变更，请先移除。", code="catalog.change_twice")


def _kind(terms: ResponsibilityTerms | None, row_id: UUID | None) -> str:
    if terms is None and row_id is None:
        raise invalid("terms", "", "请写明要新增的行，或要终止的行。")
    if terms is None:
        return ChangeKind.END
    return ChangeKind.ADD if row_id is None else ChangeKind.REPLACE


def _fill(change: DraftChange, terms: ResponsibilityTerms, first: date, at: datetime) -> None:
    index = catalog_index(at)
    check_terms(terms, first, index)
    condition = index.condition(terms.condition_id) if terms.condition_id else None
    change.scheme_id = terms.scheme_id
    change.matter_class_id = condition.class_id if condition else terms.class_id
    change.area_id, change.condition_id = terms.area_id, terms.condition_id
    change.host_unit_id = terms.host_id
    change.co_unit_ids = list(dict.fromkeys(terms.co_unit_ids))
    if terms.limit is not None:
        change.limit_amount, change.limit_unit = terms.limit
    change.basis = terms.basis.strip()


def _terms(change: DraftChange, first: date) -> ResponsibilityTerms:
    assert change.scheme_id is not None
    assert change.host_unit_id is not None
    limit = (change.limit_amount, change.limit_unit) if change.limit_amount is not None else None
    return ResponsibilityTerms(
        scheme_id=change.scheme_id,
        host_id=change.host_unit_id,
        class_id=change.matter_class_id,
        area_id=change.area_id,
        condition_id=change.condition_id,
        co_unit_ids=change.co_unit_ids,
        basis=change.basis,
        valid_from=first,
        limit=limit,
    )


def _body(change: DraftChange) -> dict[str, object]:
    return {
        "change": change.id,
        "kind": change.kind,
        "row": change.row_id,
        "class": change.matter_class_id,
        "area": change.area_id,
        "condition": change.condition_id,
        "host": change.host_unit_id,
        "origin": change.origin,
    }


def _schemes(change: DraftChange) -> set[UUID]:
    found = {change.scheme_id, change.row.scheme_id if change.row else None}
    return {key for key in found if key is not None}


def _refuse_problems(draft: ResponsibilityDraft, changes: list[DraftChange], at: datetime) -> None:
    """Refuse an empty draft, a day that has passed, and changes that do not fit the list as stored."""
    if not changes:
        raise Conflict("草案中还没有变更。", code="catalog.draft_empty")
    if draft.takes_effect < shanghai_day(at):
        raise Conflict(f"生效日期 {draft.takes_effect} 已过，请退回修改。", code="catalog.draft_past")
    schemes = {scheme for change in changes for scheme in _schemes(change)}
    rows = ResponsibilityRow.objects.select_related("matter_class", "condition").order_by("id")
    found = drafted_rows(
        [responsibility_node(row) for row in rows.filter(scheme__in=schemes)],
        changes,
        draft.takes_effect,
        index=catalog_index(at),
        areas=area_index(draft.takes_effect),
    )
    if found.problems:
        told = [found.problems[c.id] for c in changes if c.id in found.problems]
        raise Conflict(
            "草案不能发布：" + "；".join(t.rstrip("。") for t in told[:5]) + "。",
            code="catalog.draft_refused",
            problems=len(told),
        )
