"""People in posts: separation of the three administrators, deputies, handing over, who may do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.accounts.public import deactivate_account
from yiwang.kernel.actor import Actor, Scope
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry
from yiwang.orgs.errors import AlreadyHeld, ExclusivePosts, OutsideScope, SelfAssignment
from yiwang.orgs.models import Holding
from yiwang.orgs.public import (
    assign_post,
    close_post,
    deputise,
    end_holding,
    hand_over,
    open_post,
    resolve_actor,
)
from yiwang.orgs.rules.holdings import DeputyRequest, HeldPost, Period, clashes, deputy_refusal

from .factories import AT, SYSTEM, communities, give, load_city, make_account, make_post, make_unit

DAY = timedelta(days=1)
THREE = {
    "system_admin": {"security_admin", "audit_admin"},
    "security_admin": {"system_admin", "audit_admin"},
    "audit_admin": {"system_admin", "security_admin"},
}
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("held", sorted(THREE))
@pytest.mark.parametrize("wanted", sorted(THREE))
def test_no_account_holds_two_of_the_three_administrators(held: str, wanted: str) -> None:
    load_city()
    unit = make_unit("U")
    account = make_account("wang")
    give(account, make_post(held, unit))
    post = make_post(wanted, unit)
    if held == wanted:
        assert give(account, post).post_id == post.id
    else:
        with pytest.raises(ExclusivePosts):
            give(account, post)


def test_an_administrator_may_become_another_one_when_the_first_post_has_ended() -> None:
    load_city()
    unit, account = make_unit("U"), make_account("wang")
    give(account, make_post("audit_admin", unit), days=1)
    system = make_post("system_admin", unit)
    with pytest.raises(ExclusivePosts):
        give(account, system, starts_at=AT + DAY - timedelta(seconds=1))
    assert give(account, system, starts_at=AT + DAY).starts_at == AT + DAY


def test_not_even_a_deputy_or_a_successor_gets_round_the_separation() -> None:
    load_city()
    unit, account, other = make_unit("U"), make_account("wang"), make_account("li")
    give(account, make_post("audit_admin", unit))
    holding = give(other, make_post("system_admin", unit))
    with pytest.raises(ExclusivePosts):
        deputise(
            actor=SYSTEM, at=AT, holding_id=holding.id, account_id=account.id, starts_at=AT, ends_at=AT + DAY,
            reason="出差",
        )  # fmt: skip
    with pytest.raises(ExclusivePosts):
        hand_over(actor=SYSTEM, at=AT + DAY, holding_id=holding.id, account_id=account.id)
    assert Holding.objects.get(account=other).ends_at is None


@given(
    st.lists(
        st.tuples(st.sampled_from([*THREE, "leader"]), st.integers(0, 9), st.integers(1, 5)), max_size=6
    ),
    st.sampled_from(sorted(THREE)),
    st.integers(0, 9),
    st.integers(1, 5),
)
def test_clashes_are_exactly_the_days_on_which_two_administrators_would_meet(
    held: list[tuple[str, int, int]], wanted: str, start: int, days: int
) -> None:
    base = datetime(2026, 1, 1, tzinfo=UTC)

    def made(kind: str, begin: int, length: int) -> HeldPost:
        return HeldPost(kind, Period(base + begin * DAY, base + (begin + length) * DAY))

    found = clashes(made(wanted, start, days), [made(*h) for h in held], THREE)
    expected = {
        kind
        for kind, begin, length in held
        if kind in THREE[wanted] and set(range(begin, begin + length)) & set(range(start, start + days))
    }
    assert found == sorted(expected)


def test_the_same_post_cannot_be_held_twice_at_a_time() -> None:
    load_city()
    account, post = make_account("wang"), make_post("leader", make_unit("U"))
    give(account, post, days=1)
    with pytest.raises(AlreadyHeld):
        give(account, post)
    give(account, post, starts_at=AT + DAY)
    assert Holding.objects.count() == 2


def test_an_inactive_account_and_a_closed_post_take_nobody() -> None:
    load_city()
    account, unit = make_account("wang"), make_unit("U")
    post = make_post("leader", unit)
    close_post(actor=SYSTEM, at=AT, post_id=post.id)
    with pytest.raises(Conflict, match="已撤销"):
        give(account, post)
    deactivate_account(actor=SYSTEM, at=AT, account_id=account.id)
    with pytest.raises(Conflict, match="已停用"):
        give(account, make_post("leader", unit))


def test_a_deputy_acts_for_the_period_and_the_holder_keeps_the_post() -> None:
    load_city()
    holder, deputy = make_account("wang"), make_account("li")
    holding = give(holder, make_post("dispatcher", make_unit("U", area_code="320101")))
    deputise(
        actor=SYSTEM, at=AT, holding_id=holding.id, account_id=deputy.id, starts_at=AT + DAY,
        ends_at=AT + 3 * DAY, reason="年休假",
    )  # fmt: skip
    days = [AT, AT + DAY, AT + 2 * DAY, AT + 3 * DAY]
    assert [resolve_actor(deputy.id, at).may_anywhere("cases.dispatch") for at in days] == [
        False,
        True,
        True,
        False,
    ]
    assert all(resolve_actor(holder.id, at).may_anywhere("cases.dispatch") for at in days)
    assert resolve_actor(deputy.id, AT + DAY).scope("cases.dispatch").communities == communities("320101")


def wish(**changes: object) -> DeputyRequest:
    facts: dict[str, object] = {
        "holder": uuid7(),
        "deputy": uuid7(),
        "holding_is_deputy": False,
        "holding": Period(AT, AT + 10 * DAY),
        "starts_at": AT + DAY,
        "ends_at": AT + 2 * DAY,
        "reason": "病假",
    }
    return DeputyRequest(**{**facts, **changes})  # type: ignore[arg-type]


SOMEBODY = uuid7()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"starts_at": AT, "ends_at": AT + 10 * DAY}, None),
        ({"holding": Period(AT), "ends_at": AT + 900 * DAY}, None),
        ({"others": (Period(AT, AT + DAY), Period(AT + 2 * DAY, AT + 3 * DAY))}, None),
        ({"holding_is_deputy": True}, "holding"),
        ({"holder": SOMEBODY, "deputy": SOMEBODY}, "account"),
        ({"reason": "  "}, "reason"),
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": AT + DAY}, "ends_at"),
        ({"ends_at": AT + 10 * DAY + timedelta(seconds=1)}, "ends_at"),
        ({"starts_at": AT - timedelta(seconds=1)}, "ends_at"),
        ({"others": (Period(AT, AT + DAY + timedelta(seconds=1)),)}, "starts_at"),
    ],
)
def test_a_deputy_needs_a_reason_an_end_and_a_place_inside_the_holding(
    changes: dict[str, object], field: str | None
) -> None:
    refusal = deputy_refusal(wish(**changes))
    assert (refusal[0] if refusal else None) == field


def test_the_holder_names_a_deputy_of_the_same_unit_and_nobody_else() -> None:
    load_city()
    holder, colleague, stranger = (make_account(n) for n in ("wang", "li", "zhao"))
    unit = make_unit("U", area_code="320101")
    holding = give(holder, make_post("dispatcher", unit))
    give(colleague, make_post("handler", unit))
    give(stranger, make_post("handler", make_unit("V", area_code="320101")))
    himself = resolve_actor(holder.id, AT)
    terms = {"holding_id": holding.id, "starts_at": AT, "ends_at": AT + DAY, "reason": "外出"}
    with pytest.raises(Refused):
        deputise(actor=himself, at=AT, account_id=stranger.id, **terms)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        deputise(actor=resolve_actor(stranger.id, AT), at=AT, account_id=colleague.id, **terms)  # type: ignore[arg-type]
    deputy = deputise(actor=himself, at=AT, account_id=colleague.id, **terms)  # type: ignore[arg-type]
    end_holding(actor=himself, at=AT + timedelta(hours=1), holding_id=deputy.id)
    assert Holding.objects.get(id=deputy.id).ends_at == AT + timedelta(hours=1)


def test_handing_over_ends_the_holder_and_his_deputies_in_the_same_instant() -> None:
    load_city()
    holder, deputy, successor = (make_account(n) for n in ("wang", "li", "zhao"))
    post = make_post("dispatcher", make_unit("U", area_code="320101"))
    holding = give(holder, post)
    for begin in (0, 5):
        deputise(
            actor=SYSTEM, at=AT, holding_id=holding.id, account_id=deputy.id, starts_at=AT + begin * DAY,
            ends_at=AT + (begin + 3) * DAY, reason="培训",
        )  # fmt: skip
    now = AT + DAY
    new = hand_over(actor=SYSTEM, at=now, holding_id=holding.id, account_id=successor.id)
    rows = set(Holding.objects.values_list("account__username", "starts_at", "ends_at"))
    assert rows == {("wang", AT, now), ("li", AT, now), ("zhao", now, None)}
    assert [resolve_actor(a.id, now).may_anywhere("cases.view") for a in (holder, deputy, successor)] == [
        False,
        False,
        True,
    ]
    kinds = JournalEntry.objects.filter(stream=post.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["orgs.post_assigned", "orgs.post_handed_over"]
    assert new.kind == "regular"


def test_a_post_may_be_handed_over_to_its_deputy() -> None:
    load_city()
    holder, deputy = make_account("wang"), make_account("li")
    holding = give(holder, make_post("dispatcher", make_unit("U", area_code="320101")))
    deputise(
        actor=SYSTEM, at=AT, holding_id=holding.id, account_id=deputy.id, starts_at=AT, ends_at=AT + 3 * DAY,
        reason="培训",
    )  # fmt: skip
    hand_over(actor=SYSTEM, at=AT + DAY, holding_id=holding.id, account_id=deputy.id)
    kinds = Holding.objects.filter(account=deputy).order_by("starts_at").values_list("kind", "ends_at")
    assert list(kinds) == [("deputy", AT + DAY), ("regular", None)]
    with pytest.raises(Conflict):
        hand_over(actor=SYSTEM, at=AT + DAY, holding_id=holding.id, account_id=make_account("zhao").id)


def test_ending_a_holding_that_has_not_begun_removes_it_but_not_its_journal() -> None:
    load_city()
    post = make_post("leader", make_unit("U"))
    holding = give(make_account("wang"), post, starts_at=AT + DAY)
    end_holding(actor=SYSTEM, at=AT, holding_id=holding.id)
    assert not Holding.objects.exists()
    kinds = JournalEntry.objects.filter(stream=post.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["orgs.post_opened", "orgs.post_assigned", "orgs.holding_ended"]
    with pytest.raises(Invalid):
        assign_post(actor=SYSTEM, at=AT, post_id=post.id, account_id=uuid7(), starts_at=AT, ends_at=AT)


def admin_of(code: str) -> Actor:
    """Somebody who edits and assigns in one district."""
    scope = Scope(communities=communities(code))
    return Actor(account_id=uuid7(), grants={"orgs.assign": scope, "orgs.edit": scope})


def test_an_administrator_of_a_district_governs_its_posts_and_no_others() -> None:
    load_city()
    account = make_account("wang")
    inside = make_post("dispatcher", make_unit("U", area_code="320101"))
    outside = make_post("dispatcher", make_unit("V", area_code="320102"))
    reaching_out = make_post("dispatcher", make_unit("W", area_code="320101"), area_code="3201")
    admin = admin_of("320101")
    for post in (outside, reaching_out):
        with pytest.raises(OutsideScope):
            assign_post(actor=admin, at=AT, post_id=post.id, account_id=account.id)
    assign_post(actor=admin, at=AT, post_id=inside.id, account_id=account.id)
    assert Holding.objects.get().post_id == inside.id


def test_who_governs_a_district_makes_no_administrator_of_the_city() -> None:
    load_city()
    unit = make_unit("U", area_code="320101")
    post = make_post("system_admin", unit)
    with pytest.raises(OutsideScope):
        assign_post(actor=admin_of("320101"), at=AT, post_id=post.id, account_id=make_account("wang").id)
    with pytest.raises(OutsideScope):
        open_post(actor=admin_of("320101"), at=AT, kind_code="security_admin", unit_id=unit.id)


def test_nobody_gives_a_post_to_himself() -> None:
    load_city()
    admin = make_account("wang")
    unit = make_unit("U", area_code="3201")
    give(admin, make_post("security_admin", unit))
    holding = give(make_account("li"), make_post("leader", unit))
    actor = resolve_actor(admin.id, AT)
    with pytest.raises(SelfAssignment):
        assign_post(actor=actor, at=AT, post_id=make_post("leader", unit).id, account_id=admin.id)
    with pytest.raises(SelfAssignment):
        hand_over(actor=actor, at=AT, holding_id=holding.id, account_id=admin.id)
    with pytest.raises(SelfAssignment):
        deputise(
            actor=actor, at=AT, holding_id=holding.id, account_id=admin.id, starts_at=AT, ends_at=AT + DAY,
            reason="想要",
        )  # fmt: skip
