"""The Open311 client: a case is sent once whatever happens on the way, followed, and its end proposed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from yiwang.cases.models import Case, Report
from yiwang.cases.public import mark_sensitive
from yiwang.cases.tests.factories import SYSTEM, City, make_city, receive
from yiwang.intake.doors.open311 import carrying
from yiwang.intake.doors.open311.carrying import carry_transfers
from yiwang.intake.models import Channel, Transfer
from yiwang.intake.queries.channels import live_channel
from yiwang.intake.queries.transfers import remote_key_of
from yiwang.intake.services.registry import add_key, publish_channel, switch_channel
from yiwang.intake.services.transfers import (
    cancel_transfer,
    name_remote_id,
    resend_transfer,
    see_transfer,
    transfer_case,
)
from yiwang.intake.tests.open311_city import EDITOR, serve
from yiwang.intake.tests.open311_fake import FakeCity, fake_city
from yiwang.kernel.actor import Actor, system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.ledger.public import JournalEntry, check_ledger

SENDER = system_actor("test", "intake.transfer", "cases.view")
DEFINITION = """\
code: {code}
name: 邻市平台
kind: platform
door: open311
direction: out
owner: 邻市城管局
settings:
  remote:
    url: {url}
    title: 邻市
    jurisdiction_id: city.example
    format: {form}
    timeout: {timeout}
    poll_minutes: 30
    settle_minutes: 5
    services: {{R01: P0101}}
    default_service: "{service}"
    list_requests: {lists}
    attributes: {{our_number: "{{number}}"}}
    states: {{referred: unsolved}}
"""


@dataclass
class Clock:
    """A clock that tests move."""

    now: datetime = field(default_factory=timezone.now)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: int) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def fake() -> Iterator[FakeCity]:
    with fake_city() as running:
        yield running


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def connect(
    url: str, key: str, *, form: str = "xml", lists: bool = True, service: str = "100", timeout: int = 1
) -> Channel:
    text = DEFINITION.format(
        code="open311_neighbour", url=url, form=form, lists=str(lists).lower(), service=service,
        timeout=timeout,
    )  # fmt: skip
    channel = publish_channel(actor=EDITOR, at=timezone.now(), text=text)
    switch_channel(actor=EDITOR, at=timezone.now(), channel_id=channel.id, on=True)
    add_key(actor=EDITOR, at=timezone.now(), channel_id=channel.id, kind="theirs", given=key)
    return channel


def handed(city: City, channel: Channel, *, actor: Actor = SENDER, **given: object) -> Transfer:
    _report, case = receive(city, lon=118.79, lat=32.03, **given)
    return transfer_case(
        actor=actor, at=timezone.now(), case_id=case.id, channel_id=channel.id,
        description="三号楼门口垃圾成堆",
    )  # fmt: skip


def carried(transfer: Transfer, clock: Clock, *, times: int = 1, **by: int) -> Transfer:
    """The transfer after the process has looked at it so often, the clock moved on before each time."""
    for _ in range(times):
        clock.forward(**by)
        carry_transfers(clock=clock)
    return Transfer.objects.get(pk=transfer.pk)


def test_a_case_is_sent_followed_and_ended(city: City, fake: FakeCity) -> None:
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    sent = carried(transfer, clock)
    assert (sent.state, sent.remote_id, sent.description, sent.attempts) == ("open", "1", "", 1)
    (form,) = fake.taken
    assert form["jurisdiction_id"] == "city.example"
    assert form["service_code"] == "100"
    assert (form["lat"], form["long"]) == ("32.030000", "118.790000")
    case = Case.objects.get()
    assert form["description"] == f"三号楼门口垃圾成堆\n\n来文编号：{case.number} {transfer.reference}"
    assert form["attribute[our_number]"] == case.number
    assert not {"first_name", "last_name", "phone", "email"} & set(form)
    assert "1390000" not in json.dumps(form)
    fake.move(1, status="in_progress", agency_responsible="Highways", status_notes="crew sent")
    moved = carried(transfer, clock, minutes=31)
    assert (moved.state, moved.status, moved.agency, moved.notes) == (
        "open",
        "in_progress",
        "Highways",
        "crew sent",
    )
    fake.move(1, status="fixed - council")
    ended = carried(transfer, clock, minutes=31)
    assert (ended.state, ended.proposal, ended.ended_at) == ("closed", "solved", clock.now)
    assert [update.status for update in ended.updates.order_by("at")] == ["in_progress", "fixed - council"]
    assert fake.posts == 1
    kinds = JournalEntry.objects.filter(stream=case.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["intake.case_transferred", "intake.transfer_ended"]
    assert check_ledger().problems == []


def test_their_own_words_say_what_they_suggest(city: City, fake: FakeCity) -> None:
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    carried(transfer, clock)
    fake.move(1, status="referred")
    assert carried(transfer, clock, minutes=31).proposal == "unsolved"
    see_transfer(actor=SENDER, at=clock.now, transfer_id=transfer.id)
    with pytest.raises(Conflict):
        see_transfer(actor=SENDER, at=clock.now, transfer_id=transfer.id)
    fake.move(1, status="open")
    again = carried(transfer, clock, days=1, minutes=1)
    assert (again.state, again.seen_at, again.ended_at) == ("open", None, None)


def test_what_they_closed_is_looked_after_for_fifteen_days(city: City, fake: FakeCity) -> None:
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    carried(transfer, clock)
    fake.move(1, status="closed")
    assert carried(transfer, clock, minutes=31).next_at == clock.now + timedelta(days=1)
    assert carried(transfer, clock, times=16, days=1).next_at is None


def test_a_token_becomes_a_number_later(city: City, fake: FakeCity) -> None:
    fake.with_tokens = True
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    waiting = carried(transfer, clock)
    assert (waiting.state, waiting.token, waiting.remote_id) == ("numbering", "t1", "")
    assert carried(transfer, clock, minutes=2).state == "numbering"
    fake.number_tokens()
    found = carried(transfer, clock, minutes=5)
    assert (found.state, found.remote_id, fake.posts) == ("open", "1", 1)


@pytest.mark.parametrize("failure", ["hang", "drop", "500 stored"])
def test_a_request_whose_answer_is_lost_is_found_and_never_sent_twice(
    city: City, fake: FakeCity, failure: str
) -> None:
    fake.failures = [failure]
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    lost = carried(transfer, clock)
    assert (lost.state, lost.attempts) == ("unclear", 1)
    assert lost.last_error
    found = carried(transfer, clock, minutes=2)
    assert (found.state, found.remote_id) == ("open", "1")
    assert carried(transfer, clock, times=3, hours=1).state == "open"
    assert (fake.posts, len(fake.taken)) == (1, 1)


@pytest.mark.parametrize("failure", ["500", "502"])
def test_a_request_that_never_arrived_is_sent_again_after_two_looks(
    city: City, fake: FakeCity, failure: str
) -> None:
    fake.failures = [failure]
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    assert carried(transfer, clock).state == "unclear"
    assert carried(transfer, clock, minutes=2).state == "unclear"
    assert fake.posts == 1
    assert carried(transfer, clock, minutes=6).state == "open"
    assert (fake.posts, len(fake.taken)) == (2, 1)


def test_a_process_that_dies_while_sending_leaves_a_row_that_is_searched_first(
    city: City, fake: FakeCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()

    def die(step: object, attempt: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(carrying, "_settle_attempt", die)
        with pytest.raises(KeyboardInterrupt):
            carry_transfers(clock=clock)
    assert Transfer.objects.get().state == "sending"
    assert carried(transfer, clock, minutes=1).state == "sending"
    assert carried(transfer, clock, minutes=10).state == "open"
    assert (fake.posts, len(fake.taken)) == (1, 1)


def test_when_their_list_cannot_be_searched_a_person_is_asked(city: City, fake: FakeCity) -> None:
    fake.failures = ["500 stored"]
    transfer, clock = handed(city, connect(fake.url, fake.key, lists=False)), Clock()
    carried(transfer, clock)
    stuck = carried(transfer, clock, minutes=2)
    assert (stuck.state, stuck.next_at) == ("stuck", None)
    name_remote_id(actor=SENDER, at=clock.now, transfer_id=transfer.id, remote_id="1")
    assert carried(transfer, clock, minutes=1).status == "open"
    assert fake.posts == 1


def test_a_broken_list_ends_with_a_person_and_not_with_a_second_request(city: City, fake: FakeCity) -> None:
    fake.failures, fake.hides_lists = ["hang"], True
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    stuck = carried(transfer, clock, times=14, hours=7)
    assert (stuck.state, fake.posts) == ("stuck", 1)
    fake.hides_lists = False
    resend_transfer(actor=SENDER, at=clock.now, transfer_id=transfer.id)
    assert (carried(transfer, clock, minutes=1).state, fake.posts) == ("open", 2)


def test_a_peer_that_is_away_is_tried_again_with_growing_pauses(city: City, fake: FakeCity) -> None:
    with fake_city() as gone:
        url = gone.url
    transfer, clock = handed(city, connect(url, fake.key)), Clock()
    pauses = []
    for _ in range(4):
        away = carried(transfer, clock)
        assert (away.state, away.last_error) == ("waiting", "无法连接对方平台。")
        assert away.next_at is not None
        pauses.append((away.next_at - clock.now) // timedelta(minutes=1))
        clock.now = away.next_at
    assert pauses == [1, 2, 4, 8]


def test_a_busy_peer_is_asked_again_when_it_says(city: City, fake: FakeCity) -> None:
    fake.failures = ["429"]
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    busy = carried(transfer, clock)
    assert (busy.state, busy.next_at) == ("waiting", clock.now + timedelta(seconds=300))
    assert carried(transfer, clock, minutes=5).state == "open"


@pytest.mark.parametrize(("failure", "key", "said"), [
    ("400", "fms-key", "HTTP 400 400 Unrecognised attribute"), ("", "wrong", "HTTP 403 403 Invalid api_key"),
])  # fmt: skip
def test_a_refusal_is_shown_and_left_to_a_person(
    city: City, fake: FakeCity, failure: str, key: str, said: str
) -> None:
    fake.failures = [failure] if failure else []
    channel = connect(fake.url, key)
    transfer, clock = handed(city, channel), Clock()
    refused = carried(transfer, clock)
    assert (refused.state, refused.next_at, refused.last_error) == ("refused", None, said)
    add_key(actor=EDITOR, at=clock.now, channel_id=channel.id, kind="theirs", given=fake.key)
    resend_transfer(actor=SENDER, at=clock.now, transfer_id=transfer.id)
    assert carried(transfer, clock).state == "open"


def test_a_disabled_channel_sends_nothing(city: City, fake: FakeCity) -> None:
    channel = connect(fake.url, fake.key)
    transfer, clock = handed(city, channel), Clock()
    switch_channel(actor=EDITOR, at=clock.now, channel_id=channel.id, on=False, reason="检修")
    assert (carried(transfer, clock).state, fake.posts) == ("waiting", 0)
    switch_channel(actor=EDITOR, at=clock.now, channel_id=channel.id, on=True)
    assert (carried(transfer, clock, minutes=11).state, fake.posts) == ("open", 1)


def test_several_processes_never_take_up_the_same_row(city: City, fake: FakeCity) -> None:
    handed(city, connect(fake.url, fake.key))
    now = timezone.now()
    assert carrying._take(now) is not None
    assert carrying._take(now) is None


def test_a_case_that_must_not_be_known_outside_stays_here(city: City, fake: FakeCity) -> None:
    channel = connect(fake.url, fake.key)
    for given in (
        {"privacy": "confidential"},
        {"privacy": "anonymous"},
        {"kind": "tip_off"},
        {"is_sensitive": True},
    ):
        with pytest.raises(Conflict) as refused:
            handed(city, channel, **given)
        assert refused.value.code == "intake.must_not_leave"
    assert Transfer.objects.count() == 0


def test_a_case_that_became_sensitive_meanwhile_is_not_sent(city: City, fake: FakeCity) -> None:
    transfer, clock = handed(city, connect(fake.url, fake.key)), Clock()
    chief = city.actor("duty_chief", area="city")
    mark_sensitive(actor=chief, at=clock.now, case_id=transfer.case, is_sensitive=True, reason="涉稳")
    stayed = carried(transfer, clock)
    assert (stayed.state, stayed.description, fake.posts) == ("cancelled", "", 0)


def test_a_case_is_with_one_platform_once(city: City, fake: FakeCity) -> None:
    channel = connect(fake.url, fake.key)
    transfer = handed(city, channel)
    with pytest.raises(Conflict), transaction.atomic():
        transfer_case(
            actor=SENDER, at=timezone.now(), case_id=transfer.case, channel_id=channel.id, description="再发"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(channel=channel, case=transfer.case, reference="x", created_at=timezone.now())
    cancel_transfer(actor=SENDER, at=timezone.now(), transfer_id=transfer.id, reason="误转")
    again = transfer_case(
        actor=SENDER, at=timezone.now(), case_id=transfer.case, channel_id=channel.id, description="再发"
    )
    assert (carried(again, Clock()).state, Transfer.objects.get(pk=transfer.pk).state) == (
        "open",
        "cancelled",
    )


def test_what_they_have_cannot_be_cancelled(city: City, fake: FakeCity) -> None:
    transfer = handed(city, connect(fake.url, fake.key))
    carried(transfer, Clock())
    with pytest.raises(Conflict):
        cancel_transfer(actor=SENDER, at=timezone.now(), transfer_id=transfer.id, reason="误转")


def test_only_posts_that_may_transfer_in_that_place_do(city: City, fake: FakeCity) -> None:
    channel = connect(fake.url, fake.key)
    for actor in (SYSTEM, city.actor("seat_operator", area="city")):
        with pytest.raises(Refused):
            handed(city, channel, actor=actor)


def test_a_text_is_needed_and_a_service_for_the_class(city: City, fake: FakeCity) -> None:
    channel = connect(fake.url, fake.key, service="")
    _report, case = receive(city, lon=118.79, lat=32.03)

    def hand(text: str) -> Transfer:
        return transfer_case(
            actor=SENDER, at=timezone.now(), case_id=case.id, channel_id=channel.id, description=text
        )

    with pytest.raises(Invalid):
        hand("  ")
    with pytest.raises(Conflict) as refused:
        hand("垃圾成堆")
    assert refused.value.code == "intake.no_service"


def test_the_newest_key_of_the_other_city_is_used(city: City, fake: FakeCity) -> None:
    channel = connect(fake.url, fake.key)
    at = timezone.now()
    assert remote_key_of(live_channel(channel.code, at), at) == fake.key
    add_key(actor=EDITOR, at=at, channel_id=channel.id, kind="theirs", given="newer")
    later = at + timedelta(seconds=1)
    assert remote_key_of(live_channel(channel.code, later), later) == "newer"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_our_client_and_our_server_keep_the_contract_over_http(live_server: object, form: str) -> None:
    served = serve()
    channel = connect(f"{live_server}/open311/v2", served.key, form=form, service="P0101", timeout=30)
    transfer, clock = handed(served.city, channel), Clock()
    sent = carried(transfer, clock)
    theirs = Report.objects.get(channel="open311_app")
    assert (sent.state, sent.remote_id) == ("open", theirs.number)
    assert theirs.text.startswith("三号楼门口垃圾成堆")
    assert (theirs.lat, theirs.lon, theirs.contact) == (32.03, 118.79, None)
    moved = carried(transfer, clock, minutes=31)
    assert (moved.status, moved.notes, moved.state) == ("open", "待受理", "open")
    Transfer.objects.filter(pk=transfer.pk).update(
        state="unclear", remote_id="", tried_at=clock.now - timedelta(minutes=40), next_at=clock.now
    )
    found = carried(transfer, clock)
    assert (found.state, found.remote_id) == ("open", theirs.number)
    assert Report.objects.filter(channel="open311_app").count() == 1


@pytest.mark.django_db(transaction=True)
def test_three_processes_at_once_send_every_case_once(fake: FakeCity) -> None:
    city = make_city()
    channel = connect(fake.url, fake.key, timeout=20)
    for _ in range(6):
        handed(city, channel)
    clock = Clock(timezone.now() + timedelta(seconds=1))

    def work() -> int:
        try:
            return carry_transfers(clock=clock)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        counts = [job.result() for job in [pool.submit(work) for _ in range(3)]]
    assert (sum(counts), fake.posts, len(fake.taken)) == (6, 6, 6)
    assert set(Transfer.objects.values_list("state", flat=True)) == {"open"}


@pytest.mark.django_db(transaction=True)
def test_one_channel_may_serve_and_send(live_server: object) -> None:
    served = serve()
    remote = f"""\
  remote: {{url: "{live_server}/open311/v2", title: 本市, timeout: 30, default_service: P0101}}
"""
    text = served.channel.text.replace("door: open311\n", "door: open311\ndirection: both\n") + remote
    channel = publish_channel(actor=EDITOR, at=timezone.now(), text=text)
    add_key(actor=EDITOR, at=timezone.now(), channel_id=channel.id, kind="theirs", given=served.key)
    sent = carried(handed(served.city, channel), Clock())
    assert (sent.state, Report.objects.get(channel="open311_app").number) == ("open", sent.remote_id)
