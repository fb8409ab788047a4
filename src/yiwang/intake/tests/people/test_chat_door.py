"""Group chats: a marked message becomes a report of the community, all others leave no trace."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from yiwang.cases.public import Case, FollowUp, Report
from yiwang.cases.tests.factories import City
from yiwang.intake.models import ChannelHour, RawMessage
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.services.handling import handle_waiting

from .conftest import Open

QUOTE = {"msgId": "m-7", "nickname": "三栋住户", "content": "楼道灯坏了一周", "time": "2026-03-02 20:11:00"}
SECRET = "我家的私事与旁人无关"


@pytest.fixture
def post(
    city: City, client: Client, open_channel: Open, token: Callable[[LiveChannel], str]
) -> Callable[..., Any]:
    code = city.areas["east_1_a"].code
    channel = open_channel(
        "wechat_grid_group", ("320111002001", code), ("[wx_grid_03]", "[wx_grid_03, wx_04]")
    )
    secret = token(channel)

    def posting(*messages: dict[str, Any]) -> Any:
        return client.post(
            f"/api/v1/channels/wechat_grid_group/chat?key={secret}",
            json.dumps({"messages": messages}), content_type="application/json",
        )  # fmt: skip

    return posting


def message(content: str, *, sender: str = "wx_grid_03", **more: Any) -> dict[str, Any]:
    return {"roomId": "R-1087", "from": sender, "content": content, **more}


def test_a_marked_message_is_a_report_in_the_groups_community(post: Callable[..., Any], city: City) -> None:
    assert post(message("上报 物业不管", quote=QUOTE)).json() == {"errcode": 0}
    assert handle_waiting().accepted == 1
    report, case = Report.objects.get(), Case.objects.get()
    assert report.text == "楼道灯坏了一周\n（网格员补充：物业不管）"
    assert case.community == city.area("east_1_a")
    assert report.received_at.isoformat() == "2026-03-02T12:11:00+00:00"


def test_what_nobody_marked_leaves_no_trace_but_a_count(
    post: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        post(message(SECRET, sender="wx_neighbour"), message(f"{SECRET}，上报", sender="wx_neighbour"))
        post(message(SECRET, quote={**QUOTE, "content": SECRET}))
    assert not RawMessage.objects.exists()
    assert sum(ChannelHour.objects.values_list("ignored", flat=True)) == 3
    assert SECRET not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{SECRET}%"])
            assert cursor.fetchone()[0] == 0, table


def test_a_message_marked_twice_by_two_workers_is_one_report(post: Callable[..., Any]) -> None:
    post(message("上报", quote=QUOTE))
    post(message("上报", sender="wx_04", quote=QUOTE), message("[举手]", quote=QUOTE))
    handle_waiting()
    assert Report.objects.count() == 1
    assert not FollowUp.objects.exists()


def test_a_later_mark_with_a_note_is_a_follow_up(post: Callable[..., Any]) -> None:
    post(message("上报", quote=QUOTE))
    post(message("上报 现在整栋都黑了", sender="wx_04", quote=QUOTE))
    handle_waiting()
    assert Report.objects.count() == 1
    assert "现在整栋都黑了" in FollowUp.objects.get().text
