"""Pages of write-backs: the list by channel and state, one in its words, sending again one or many."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yiwang.cases.public import ReportLink
from yiwang.intake.models import WriteBack
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.registry import add_key, publish_channel
from yiwang.intake.services.writing_back import Change, note_change, send_due

from .channels import OPERATOR, opened
from .test_channel_pages import TEXT, LogIn, page
from .test_writing_back import TOLD

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(log_in: LogIn) -> LiveChannel:
    """A channel that is told of changes, with a report that was accepted."""
    at = timezone.now()
    live = opened(TEXT + TOLD, at)
    add_key(actor=OPERATOR, at=at, channel_id=live.id, kind="hmac")
    receive_raw(channel=live, bodies=[json.dumps({"number": "A1", "content": "灯"})], at=at)
    handle_waiting()
    case = ReportLink.objects.get().case_id
    note_change(Change("accepted", case, at, {}))
    note_change(Change("dispatched", case, at + timedelta(seconds=1), {"unit": "东区城管局"}))
    return live


def refuse_all() -> None:
    """Let the source refuse what is due."""
    with httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(404, text="没有这个工单"))
    ) as http:
        for second in (2, 3):
            send_due(at=timezone.now() + timedelta(seconds=second), client=http)


def test_what_was_given_up_is_listed_and_sent_again_singly_and_in_bulk(
    log_in: LogIn, told: LiveChannel
) -> None:
    refuse_all()
    assert set(WriteBack.objects.values_list("state", flat=True)) == {"given_up"}
    client = log_in("intake.exchange")
    text = page(client, "/intake/write-backs/")
    assert text.count("没有这个工单") == 2
    one, two = WriteBack.objects.order_by("happened_at")
    alone = page(client, f"/intake/write-backs/{two.id}/")
    assert "已派东区城管局" in alone
    assert "http://source.example/orders/A1" in alone
    client.post(f"/intake/write-backs/{one.id}/resend/", {"version": one.version})
    one.refresh_from_db()
    assert (one.state, one.attempts) == ("waiting", 0)
    assert "重新发送回写" in page(client, f"/intake/write-backs/{one.id}/")
    client.post("/intake/write-backs/resend/", {"row": [str(one.id), str(two.id)]})
    assert set(WriteBack.objects.values_list("state", flat=True)) == {"waiting"}
    refuse_all()
    client.post("/intake/write-backs/resend/", {"all": "yes", "channel": told.code})
    assert set(WriteBack.objects.values_list("state", flat=True)) == {"waiting"}
    assert client.post("/intake/write-backs/resend/", {"row": ["x"]}).status_code == 422


def test_write_backs_are_listed_by_channel_and_state_page_by_page(log_in: LogIn, told: LiveChannel) -> None:
    at = timezone.now()
    report, case = WriteBack.objects.values_list("report", "case").first() or (None, None)
    assert report is not None
    assert case is not None
    WriteBack.objects.all().delete()
    WriteBack.objects.bulk_create(
        WriteBack(
            channel_id=told.id, report=report, case=case, change="closed", state="sent", due_at=at,
            happened_at=at + timedelta(seconds=number), created_at=at + timedelta(seconds=number),
            facts={"source_number": f"N{number:03}"},
        )
        for number in range(60)
    )  # fmt: skip
    client = log_in("intake.exchange")
    assert "请选择一个渠道" in page(client, "/intake/write-backs/?state=sent")
    client.get(f"/intake/write-backs/?channel={told.code}")
    with CaptureQueriesContext(connection) as queries:
        first = page(client, f"/intake/write-backs/?channel={told.code}&state=sent")
    assert len(queries) <= 8
    assert ("N059" in first, "N009" in first) == (True, False)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = page(client, "/intake/write-backs/" + following[1].replace("&amp;", "&"))
    assert ("N059" in second, "N009" in second) == (False, True)
    assert not re.search(r"count\(", " ".join(query["sql"] for query in queries), re.IGNORECASE)


def test_a_change_that_is_no_longer_told_says_so(log_in: LogIn, told: LiveChannel) -> None:
    publish_channel(actor=OPERATOR, at=timezone.now(), text=TEXT)
    row = WriteBack.objects.first()
    assert row is not None
    assert "现在不回写这种变化" in page(log_in("intake.exchange"), f"/intake/write-backs/{row.id}/")
