"""Pages of the quarantine: who reports is hidden until revealed, and what can be done is what is offered."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.intake.enums import DeviceState
from yiwang.intake.models import Device, QuarantineEntry
from yiwang.intake.queries import channel_index
from yiwang.intake.services.devices.strangers import quarantine, stranger_identity
from yiwang.intake.services.handling import handle_now
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.tests.channels import opened
from yiwang.intake.tests.test_pages import ACTS, log_in
from yiwang.ledger.public import JournalEntry

pytestmark = pytest.mark.django_db
__all__ = ["log_in"]
TEXT = """\
code: elders
name: 老人来电
kind: hotline
door: push
owner: 某部门
mapping:
  fields: {source_number: no, text: content, address: name, contact_phone: phone}
  required: [source_number, text]
"""
CLEAR = {
    "no": "A-1", "content": "", "name": "梅园一号", "phone": "13900001234", "联系人姓名": "张三",
    "caller": {"title": "李四", "tel": "025-84001234"}, "count": 3,
    "remark": "回电 +86 138-0000-1234，证件 320111199001011234",
}  # fmt: skip


def entry_of(body: dict[str, object] | str) -> QuarantineEntry:
    """The quarantine entry that a message of the channel becomes."""
    channel = opened(TEXT, timezone.now())
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    ids = receive_raw(channel=channel, bodies=[text], at=timezone.now()).ids
    handle_now(channel=channel, ids=ids, at=timezone.now())
    return QuarantineEntry.objects.get()


def test_who_reports_is_hidden_wherever_a_message_says_it(log_in) -> None:
    client = log_in(*ACTS)
    page = client.get(f"/intake/quarantine/{entry_of(CLEAR).id}/").content.decode()
    for secret in ("13900001234", "张三", "李四", "84001234", "0000-1234", "320111199001011234"):
        assert secret not in page, secret
    assert all(shown in page for shown in ("A-1", "联系人姓名", "梅园一号", "回电 ****，证件 ****"))
    assert "reveal/" not in page, "whoever may not see reporters is offered nothing"


def test_revealing_takes_the_act_and_a_purpose_and_stays_in_the_record(log_in) -> None:
    entry = entry_of(CLEAR) if log_in("cases.view") else None
    assert entry is not None
    address = f"/intake/quarantine/{entry.id}/reveal/"
    assert log_in(*ACTS).post(address, {"purpose": "contact"}).status_code == 403
    client = log_in(*ACTS, "cases.reveal_contact")
    assert client.post(address, {"purpose": ""}).status_code == 422
    assert not JournalEntry.objects.filter(kind="intake.entry_revealed").exists()
    answer = client.post(address, {"purpose": "contact"})
    page = answer.content.decode()
    assert all(said in page for said in ("13900001234", "张三", "李四", "025-84001234", "联系诉求人"))
    assert "no-store" in answer.headers["Cache-Control"]
    assert 'name="version" value="1"' in page, "the entry can be corrected from the page that shows it"
    again = client.get(f"/intake/quarantine/{entry.id}/").content.decode()
    assert ("张三" in again, "联系诉求人" in again) == (False, True)


def test_an_unreadable_body_is_replayed_or_dropped_not_corrected(log_in) -> None:
    client = log_in(*ACTS, "intake.channels")
    entry = entry_of("no=1&content=<")
    page = client.get(f"/intake/quarantine/{entry.id}/").content.decode()
    assert entry.reason == "unreadable"
    assert ('name="field"' in page, "/intake/channels/elders/edit/" in page) == (False, True)
    assert "/intake/quarantine/replay/" in page
    client.post(f"/intake/quarantine/{entry.id}/drop/", {"version": 0, "reason": "beyond_repair"})
    assert "无法还原" in client.get(f"/intake/quarantine/{entry.id}/").content.decode()


def test_an_unknown_device_is_registered_not_corrected(log_in, client: Client) -> None:
    log_in(*ACTS, "intake.devices")
    channel = opened(TEXT, timezone.now())
    Device.objects.create(
        channel="elders", code="W 7", state=DeviceState.UNREGISTERED, found_at=timezone.now(),
        changed_at=timezone.now(),
    )  # fmt: skip
    why = ("unknown_device", "device", "W 7", "请登记这台设备。")
    quarantine(channel_index().by_code[channel.code], stranger_identity("W 7"), "{}", why, timezone.now())
    page = client.get(f"/intake/quarantine/{QuarantineEntry.objects.get().id}/").content.decode()
    assert 'name="field"' not in page
    assert "/intake/devices/new/?channel=elders&amp;code=W+7" in page
