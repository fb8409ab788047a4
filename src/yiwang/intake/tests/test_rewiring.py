"""A channel that is connected in another way leaves keys and progress behind."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from yiwang.cases.tests.factories import make_city
from yiwang.intake.models import AlertFeed, PullCursor, RawMessage
from yiwang.intake.queries.channels import channel_index
from yiwang.intake.rules.definition import read_definition
from yiwang.intake.rules.rewiring import Rewiring, rewiring
from yiwang.intake.services.pulling import poll
from yiwang.intake.services.registry import add_key, publish_channel
from yiwang.ledger.public import JournalEntry

from .channels import OPERATOR, opened
from .test_pull import AT, TEXT, Source

pytestmark = pytest.mark.django_db
PUSHED = TEXT[: TEXT.index("settings:")].replace("door: pull", "door: push") + TEXT[TEXT.index("mapping:") :]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (TEXT, Rewiring()),
        (TEXT.replace("every_seconds: 60", "every_seconds: 5"), Rewiring()),
        (TEXT.replace("limit=2", "limit=9"), Rewiring(progress=True)),
        (TEXT.replace('start: "0"', 'start: "5"'), Rewiring(progress=True)),
        (PUSHED, Rewiring(keys=True, progress=True)),
    ],
)
def test_another_address_starts_over_and_another_door_ends_the_keys(now: str, expected: Rewiring) -> None:
    assert rewiring(read_definition(TEXT), read_definition(now)) == expected


def pulled(text: str, source: Source, minutes: int = 0) -> int:
    publish_channel(actor=OPERATOR, at=AT + timedelta(minutes=minutes), text=text)
    channel = channel_index().by_code["polled"]
    with httpx.Client(transport=httpx.MockTransport(source)) as client:
        return poll(channel=channel, at=AT + timedelta(minutes=minutes), client=client)


def test_a_new_address_is_read_from_its_start_without_the_old_mark() -> None:
    make_city()
    opened(TEXT, AT)
    assert pulled(TEXT, Source(3)) == 3
    assert PullCursor.objects.get().cursor == "3"
    moved = Source(4)
    assert pulled(TEXT.replace("source.example", "moved.example"), moved, 1) == 1
    assert str(moved.asked[0].url).endswith("after=0&limit=2")
    assert "If-None-Match" not in moved.asked[0].headers
    assert RawMessage.objects.count() == 4, "messages that were in already change nothing"
    assert JournalEntry.objects.filter(kind="intake.channel_started_over").count() == 1
    assert pulled(TEXT.replace("source.example", "moved.example"), Source(4), 2) == 0
    assert PullCursor.objects.get().cursor == "4", "the same definition again forgets nothing"


def test_an_answer_of_the_old_address_does_not_move_the_new_cursor() -> None:
    make_city()
    opened(TEXT, AT)
    assert pulled(TEXT, Source(2)) == 2

    def answer(request: httpx.Request) -> httpx.Response:
        publish_channel(actor=OPERATOR, at=AT, text=TEXT.replace("source.example", "moved.example"))
        return httpx.Response(200, json={"data": {"items": [{"no": "9", "content": "迟到"}], "next": "9"}})

    channel = channel_index().by_code["polled"]
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        assert poll(channel=channel, at=AT, client=client) == 0
    assert PullCursor.objects.get().cursor == "0"


def test_keys_of_the_old_door_hold_no_more() -> None:
    make_city()
    live = opened(TEXT, AT)
    key, _secret = add_key(actor=OPERATOR, at=AT, channel_id=live.id, kind="theirs", given="their-token")
    AlertFeed.objects.create(channel_id=live.id, state="x")
    later = AT + timedelta(minutes=1)
    publish_channel(actor=OPERATOR, at=later, text=PUSHED)
    assert channel_index().by_code["polled"].key("theirs", later) is None
    ended = JournalEntry.objects.get(kind="intake.key_ended")
    assert key.name in ended.body
    assert AlertFeed.objects.get().state == ""
