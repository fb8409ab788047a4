"""Sources that answer badly: slow, with rubbish, or not at all; no other source waits for them."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.models import WriteBack
from yiwang.intake.rules.definition import read_definition
from yiwang.intake.rules.words import words_of
from yiwang.intake.services import writing_back
from yiwang.intake.services.registry import add_key
from yiwang.intake.services.writing_back import Change, note_change, send_due
from yiwang.kernel.errors import Invalid

from .channels import OPERATOR, PUSHED, opened
from .test_writing_back import TOLD, Source, case_of, channel

pytestmark = pytest.mark.django_db(transaction=True)
FAR = "http://far.example/x"


@pytest.fixture
def city() -> City:
    return make_city()


def told(code: str, number: str, *changes: str) -> WriteBack:
    live = channel(code)
    case = case_of(live, number)
    for name in changes or ("accepted",):
        note_change(Change(name, case.id, timezone.now(), {}))
    return WriteBack.objects.filter(channel_id=live.id).order_by("happened_at")[0]


def test_an_answer_that_cannot_be_stored_is_cleaned(city: City) -> None:
    row = told("demo_source", "A1")
    with httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(500, content=b"\0\xff"))
    ) as client:
        send_due(at=timezone.now(), client=client)
    row.refresh_from_db()
    assert row.state == "waiting"
    assert row.answer.startswith("500")


def test_a_message_that_breaks_the_sender_keeps_no_other_waiting(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = told("bad_source", "A1"), told("good_source", "B1")
    real = writing_back.message_of

    def breaking(row: WriteBack, *given: object) -> object:
        if row.id == bad.id:
            raise httpx.InvalidURL("too long")
        return real(row, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(writing_back, "message_of", breaking)
    Source().send()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("given_up", "sent")


def test_an_answer_is_read_no_further_than_it_is_kept(city: City) -> None:
    read: list[int] = []

    class Endless(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            for number in range(10_000):
                read.append(number)
                yield b"x" * 1_000

    row = told("demo_source", "A1")
    answer = httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless()))
    with httpx.Client(transport=answer) as client:
        send_due(at=timezone.now(), client=client)
    row.refresh_from_db()
    assert row.state == "sent"
    assert len(read) < 10


def test_a_source_out_of_reach_is_tried_once_a_round(city: City) -> None:
    live = channel("demo_source")
    for number in ("A1", "A2", "A3"):
        case = case_of(live, number)
        note_change(Change("accepted", case.id, timezone.now(), {}))
    other = told("good_source", "B1")
    down = Source()
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        if "/A" in request.url.path:
            raise httpx.ReadTimeout("slow")
        return down(request)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        send_due(at=timezone.now(), client=client)
    other.refresh_from_db()
    assert other.state == "sent"
    assert len([path for path in seen if "/A" in path]) == 1
    waiting = WriteBack.objects.filter(channel_id=live.id)
    assert {row.state for row in waiting} == {"waiting"}
    assert all(row.due_at < timezone.now() + timedelta(seconds=60) for row in waiting)


def test_a_sender_that_was_slow_does_not_send_what_another_has_taken_over(city: City) -> None:
    live = channel("demo_source")
    for number in ("A1", "A2"):
        case = case_of(live, number)
        note_change(Change("accepted", case.id, timezone.now(), {}))
    quick = Source()
    slow: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        slow.append(request.url.path)
        if len(slow) == 1:
            quick.send(after=120)
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        send_due(at=timezone.now(), client=client)
    assert len(slow) == 1
    assert len(quick.got) == 2
    assert set(WriteBack.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize("header", ['{X-Source: "一网"}', '{"X Y": a}', '{X-Source: "a\\nb"}'])
def test_headers_that_cannot_be_sent_are_refused_at_once(header: str) -> None:
    text = PUSHED.format(code="demo_source", rank=5, burst=100) + TOLD + f"  headers: {header}\n"
    with pytest.raises(Invalid, match="headers"):
        words_of(read_definition(text))


def test_only_the_named_reports_are_told_in_a_trial(city: City) -> None:
    first, second = told("one_source", "A1"), told("two_source", "B1")
    with httpx.Client(transport=httpx.MockTransport(Source())) as client:
        assert send_due(at=timezone.now(), client=client, only=second.report) == 1
    first.refresh_from_db()
    assert first.state == "waiting"


def test_the_contract_is_not_disturbed_by_what_waits_to_be_told(city: City) -> None:
    from yiwang.intake.doors.contract import try_channel

    waiting = told("demo_source", "A1")
    text = PUSHED.format(code="tried_source", rank=5, burst=100) + TOLD
    sample = 'sample: |\n  {"number": "S1", "content": "路灯不亮已经三天"}\n'
    live = opened(text + sample, timezone.now())
    add_key(actor=OPERATOR, at=timezone.now(), channel_id=live.id, kind="hmac")
    steps = {step.step: step for step in try_channel(text + sample, at=timezone.now())}
    assert steps["write_back"].outcome == "passed", steps["write_back"].reason
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == ("waiting", 0)
