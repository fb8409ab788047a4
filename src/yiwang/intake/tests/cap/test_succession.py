"""Update and Cancel: the same messages in any order end in the same state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.cap.messages import Reference
from yiwang.intake.rules.cap.succession import Key, Mention, ending_of, is_meant

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def key(name: str, hours: float = 0, sender: str = "s") -> Key:
    return Key(name, sender, NOON + timedelta(hours=hours))


def mention(by: Key, target: Key, kind: str = "Update", status: str = "Actual") -> Mention:
    return Mention(by, kind, status, Reference(target.identifier, target.sender, target.sent))


A, U, C = key("a"), key("u", 1), key("c", 2)


def test_the_first_that_names_it_ends_an_alert() -> None:
    both = [mention(C, A, "Cancel"), mention(U, A)]
    found = ending_of(A, "Actual", both)
    assert found is not None
    assert (found.by, found.msg_type) == (U, "Update")
    assert ending_of(U, "Actual", both) is None


def test_an_exercise_ends_no_real_alert_and_nothing_ends_itself_or_what_is_later() -> None:
    assert ending_of(A, "Actual", [mention(U, A, status="Exercise")]) is None
    assert ending_of(A, "Actual", [mention(A, A)]) is None
    assert ending_of(C, "Actual", [mention(A, C, "Cancel")]) is None


def test_a_reference_may_say_less_but_never_otherwise() -> None:
    assert is_meant(A, Reference("a"))
    assert is_meant(A, Reference("a", "s"))
    assert not is_meant(A, Reference("a", "t"))
    assert not is_meant(A, Reference("a", "s", NOON + timedelta(seconds=1)))
    assert not is_meant(A, Reference("b", "s", NOON))


@given(
    st.permutations(
        [mention(U, A), mention(C, A, "Cancel"), mention(C, U, "Cancel"), mention(key("z", 1), A)]
    )
)
def test_the_order_of_mentions_does_not_matter(mentions: list[Mention]) -> None:
    first, second = ending_of(A, "Actual", mentions), ending_of(U, "Actual", mentions)
    assert first is not None
    assert second is not None
    assert (first.by.identifier, second.by.identifier) == ("u", "c")
