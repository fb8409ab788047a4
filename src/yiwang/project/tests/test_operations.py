"""The operations page says what stands still, and sets it going again by acts that are journaled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yiwang.cases.tests.factories import City, make_city
from yiwang.clocks.models import CalendarWarning, Timer
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, NotFound
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import Heartbeat, Intervention, JournalEntry, OutboxEvent
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import PostKind
from yiwang.project.operations import MOST, age_text, counted, look, size_text
from yiwang.project.retrying import retry_job

pytestmark = pytest.mark.django_db
OPERATOR = system_actor("test", "ledger.operate")


@pytest.fixture
def city() -> City:
    city = make_city()
    grants = {"leader": ("ledger.observe", "ledger.operate"), "supervisor": ("ledger.observe",)}
    for code, acts in grants.items():
        PostKind.objects.filter(code=code).update(grants=[{"act": a, "scope": "everywhere"} for a in acts])
    bump_now("post_kinds")
    return city


def browser(city: City, kind: str) -> Client:
    client = Client()
    client.force_login(city.login(kind, area="city"))
    return client


def stuck_event(attempts: int = 7) -> OutboxEvent:
    return OutboxEvent.objects.create(
        stream=uuid7(), lane=1, kind="cases.closed", body="{}", attempts=attempts,
        retry_at=timezone.now() + timedelta(minutes=9), last_error="ValueError: 收件服务不可用",
    )  # fmt: skip


def failed_job(queueing_lock: str | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts, queueing_lock) "
            "VALUES ('default', 'ledger.purge', 'failed', 5, %s) RETURNING id",
            [queueing_lock],
        )
        return int(cursor.fetchone()[0])


def test_the_page_shows_what_stands_still(city: City) -> None:
    event, job = stuck_event(), failed_job()
    now = timezone.now()
    Timer.objects.create(
        due_at=now - timedelta(hours=3), run_at=now - timedelta(seconds=1), subject=uuid7(),
        kind="cases.overdue", generation=1, attempts=4, last_error="KeyError: 7",
    )  # fmt: skip
    CalendarWarning.objects.create(year=2031, first_at=now, last_at=now)
    text = browser(city, "leader").get(reverse("operations")).content.decode()
    for shown in (
        "卡住",
        "收件服务不可用",
        "ledger.purge",
        "KeyError: 7",
        "最多迟 3 小时",
        "2031",
        "没有运行",
    ):
        assert shown in text, shown
    assert reverse("operations_event_retry", args=[event.id]) in text
    assert reverse("operations_job_retry", args=[job]) in text


def test_a_process_that_was_replaced_is_left_out_and_a_part_without_any_is_named(city: City) -> None:
    now = timezone.now()
    for part, name, minutes in (("clock", "old:1", 9), ("clock", "new:2", 0), ("relay", "gone:3", 9)):
        Heartbeat.objects.create(
            part=part, process=name, started_at=now - timedelta(hours=1),
            seen_at=now - timedelta(minutes=minutes),
        )  # fmt: skip
    text = browser(city, "leader").get(reverse("operations")).content.decode()
    assert "old:1" not in text
    for shown in ("new:2", "gone:3", "失去心跳", "没有运行"):
        assert shown in text, shown


def test_who_only_observes_sees_no_buttons_and_may_not_press_them(city: City) -> None:
    event, job = stuck_event(), failed_job()
    client = browser(city, "supervisor")
    page = client.get(reverse("operations"))
    assert page.status_code == 200
    assert "retry" not in page.content.decode()
    assert client.post(reverse("operations_event_retry", args=[event.id])).status_code == 403
    assert client.post(reverse("operations_job_retry", args=[job])).status_code == 403
    assert not Intervention.objects.exists()


def test_everybody_else_is_refused_and_visitors_go_to_the_login(city: City) -> None:
    assert browser(city, "dispatcher").get(reverse("operations")).status_code == 403
    assert Client().get(reverse("operations")).status_code == 302


def test_buttons_set_things_going_and_the_page_says_who_did_what(city: City) -> None:
    event, job = stuck_event(), failed_job()
    client = browser(city, "leader")
    for url in (
        reverse("operations_event_retry", args=[event.id]),
        reverse("operations_job_retry", args=[job]),
    ):
        assert client.post(url, follow=True).status_code == 200
    event.refresh_from_db()
    assert event.retry_at is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs WHERE id = %s", [job])
        assert cursor.fetchone() == ("todo",)
    account = city.accounts["leader"].id
    kinds = JournalEntry.objects.filter(actor=account).values_list("kind", flat=True)
    assert sorted(kinds) == ["ledger.event_retried", "ledger.job_retried"]
    assert "重试任务" in client.get(reverse("operations")).content.decode()


def test_a_job_that_is_gone_or_waits_already_is_not_retried() -> None:
    at = timezone.now()
    with pytest.raises(NotFound):
        retry_job(actor=OPERATOR, at=at, job_id=4711)
    job = failed_job(queueing_lock="ledger.purge")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock) "
            "VALUES ('default', 'ledger.purge', 'todo', 'ledger.purge')"
        )
    with pytest.raises(Conflict, match="已在等候"):
        retry_job(actor=OPERATOR, at=at, job_id=job)
    assert not Intervention.objects.exists()


@pytest.mark.parametrize("events", [1, 3])
def test_the_page_costs_the_same_however_much_waits(
    city: City, django_assert_num_queries, events: int
) -> None:
    for _ in range(events):
        stuck_event()
        failed_job()
    look(timezone.now())  # the calendar is kept from then on
    with django_assert_num_queries(12):
        look(timezone.now())


def test_the_page_is_drawn_within_its_budget(city: City, django_assert_max_num_queries) -> None:
    client = browser(city, "leader")
    client.get(reverse("operations"))
    with django_assert_max_num_queries(18):
        client.get(reverse("operations"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (age_text(-3), "0 秒"), (age_text(59), "59 秒"), (age_text(60), "1 分钟"),
        (age_text(7300), "2 小时"), (age_text(200_000), "2 天"),
        (size_text(900), "900 B"), (size_text(1536), "1.5 KB"), (size_text(3 << 40), "3.0 TB"),
        (counted(12), "12"), (counted(MOST), "10,000+"),
    ],
)  # fmt: skip
def test_figures_read_well(text: str, expected: str) -> None:
    assert text == expected
