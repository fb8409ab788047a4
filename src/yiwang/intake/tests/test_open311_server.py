"""The Open311 server: every resource in both forms, who may see what, and errors in the standard form."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.models import Case, Report
from yiwang.cases.public import accept_case, answer_directly, dispatch_case, mark_sensitive
from yiwang.cases.tests.factories import SYSTEM
from yiwang.intake.doors.open311 import taking
from yiwang.intake.errors import TooMany
from yiwang.intake.models import ChannelHour, QuarantineEntry, RawMessage, ServiceRequest
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.registry import switch_channel
from yiwang.intake.tests.open311_city import EDITOR, ROOT, Served, errors, filled, post, serve, tree_of
from yiwang.ledger.public import unseal


@pytest.fixture
def served(db: None) -> Served:
    return serve()


def sent(client: Client, served: Served, **changes: str) -> str:
    (answer,) = post(client, filled(served, **changes)).json()
    return str(answer["service_request_id"])


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"{ROOT}/requests.json?{query}")
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()
    return rows


@pytest.mark.usefixtures("served")
def test_discovery_names_the_endpoint_and_its_forms(client: Client) -> None:
    found = client.get(f"{ROOT}/discovery.json").json()
    assert found["contact"] == "市数据局 025-00000000"
    assert found["key_service"] == "来函申请"
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert (endpoint["url"], endpoint["type"]) == ("http://testserver/open311/v2", "production")
    assert endpoint["formats"] == ["text/xml", "application/json"]
    root = tree_of(client.get(f"{ROOT}/discovery.xml"))
    assert root.tag == "discovery"
    assert [e.text for e in root.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]


@pytest.mark.usefixtures("served")
def test_services_are_classes_of_the_catalog_by_name(client: Client) -> None:
    found = client.get(f"{ROOT}/services.json?jurisdiction_id=city.example").json()
    assert found == [
        {
            "service_code": "E0201", "service_name": "暴露垃圾", "description": "暴露垃圾", "metadata": True,
            "type": "realtime", "keywords": "垃圾,脏乱", "group": "",
        },
        {
            "service_code": "P0101", "service_name": "上水井盖", "description": "缺失、破损、移位",
            "metadata": False, "type": "realtime", "keywords": "", "group": "",
        },
    ]  # fmt: skip
    root = tree_of(client.get(f"{ROOT}/services.xml"))
    assert [(s.findtext("service_code"), s.findtext("metadata")) for s in root] == [
        ("E0201", "true"), ("P0101", "false"),
    ]  # fmt: skip


@pytest.mark.usefixtures("served")
def test_a_definition_lists_its_attributes_in_order(client: Client) -> None:
    found = client.get(f"{ROOT}/services/E0201.json").json()
    assert found["service_code"] == "E0201"
    assert [(a["code"], a["order"], a["variable"], a["required"]) for a in found["attributes"]] == [
        ("kind", 1, True, True), ("note", 2, False, False),
    ]  # fmt: skip
    assert found["attributes"][0]["values"] == [
        {"key": "a", "name": "生活垃圾"},
        {"key": "b", "name": "建筑垃圾"},
    ]
    root = tree_of(client.get(f"{ROOT}/services/E0201.xml"))
    assert root.tag == "service_definition"
    assert [v.findtext("key") for v in root.findall("attributes/attribute/values/value")] == ["a", "b"]
    assert client.get(f"{ROOT}/services/P0101.json").json() == {"service_code": "P0101", "attributes": []}


def test_a_request_is_stored_raw_and_becomes_a_report_at_once(client: Client, served: Served) -> None:
    (answer,) = post(client, filled(served)).json()
    report = Report.objects.get()
    assert answer == {
        "service_request_id": report.number, "service_notice": "我们会在规定时限内办理。",
        "account_id": "123456",
    }  # fmt: skip
    assert report.text == "门口垃圾成堆，三天没有清理，请打 13811112222 联系\n垃圾种类：建筑垃圾"
    assert (report.lon, report.lat) == (118.7912043, 32.0376524078)
    assert (report.channel, report.address) == ("open311_app", "梅园社区三号楼")
    case = Case.objects.get()
    assert (case.matter_class, case.community) == (
        served.city.classes["event"].id, served.city.area("east_1_a"),
    )  # fmt: skip
    raw = RawMessage.objects.get()
    message = json.loads(unseal(bytes(raw.payload), context=raw.id.bytes))
    assert (message["name"], message["phone"], message["email"]) == (
        "王小明", "13900001234", "smit333@sfgov.example",
    )  # fmt: skip
    assert message["attachments"] == [{"url": "https://pictures.example/2212426634.jpg"}]
    assert "tt222111" not in json.dumps(message)
    assert raw.state == "accepted"


def test_xml_answers_a_post_like_the_specification_shows(client: Client, served: Served) -> None:
    root = tree_of(post(client, filled(served), "xml"))
    assert [child.tag for child in root] == ["request"]
    assert root.findtext("request/service_request_id") == Report.objects.get().number


def test_a_multipart_post_brings_its_pictures(client: Client, served: Served) -> None:
    picture = BytesIO(b"\xff\xd8\xff picture")
    picture.name = "照片.jpg"
    answer = client.post(f"{ROOT}/requests.json", {**filled(served, media_url=""), "media": picture})
    assert answer.status_code == 200, answer.content
    raw = RawMessage.objects.get()
    message = json.loads(unseal(bytes(raw.payload), context=raw.id.bytes))
    assert message["attachments"] == [{"name": "照片.jpg", "base64": "/9j/IHBpY3R1cmU="}]


def test_what_cannot_be_handled_yet_is_answered_with_a_token(client: Client, served: Served) -> None:
    with mock.patch.object(taking, "handle_now", side_effect=RuntimeError):
        (answer,) = post(client, filled(served)).json()
    token = answer["token"]
    assert "service_request_id" not in answer
    waiting = client.get(f"{ROOT}/tokens/{token}.json").json()
    assert waiting == [{"service_request_id": None, "token": token}]
    handle_waiting()
    number = Report.objects.get().number
    assert client.get(f"{ROOT}/tokens/{token}.json").json() == [
        {"service_request_id": number, "token": token}
    ]
    root = tree_of(client.get(f"{ROOT}/tokens/{token}.xml?jurisdiction_id=city.example"))
    assert root.findtext("request/service_request_id") == number


def test_a_quarantined_request_is_answered_with_a_token(client: Client, served: Served) -> None:
    (answer,) = post(client, filled(served, **{"attribute[privacy]": "nonsense"})).json()
    assert set(answer) == {"token", "service_notice", "account_id"}
    assert QuarantineEntry.objects.get().field == "privacy"


def test_the_same_idempotency_key_never_makes_a_second_report(client: Client, served: Served) -> None:
    key = {"Idempotency-Key": "YW-1"}
    first, again = (post(client, filled(served), **key).json() for _ in range(2))
    assert first == again
    other = post(client, filled(served), **{"Idempotency-Key": "YW-2"}).json()
    assert other != first
    assert (Report.objects.count(), ServiceRequest.objects.count()) == (2, 2)


def test_of_two_equal_attempts_at_once_the_second_gives_the_answer_of_the_first(
    client: Client, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = post(client, filled(served), **{"Idempotency-Key": "YW-1"}).json()
    seen = iter([None])
    known = taking.taken_by
    monkeypatch.setattr(taking, "taken_by", lambda token: next(seen, known(token)))
    assert post(client, filled(served), **{"Idempotency-Key": "YW-1"}).json() == first
    assert (Report.objects.count(), RawMessage.objects.count()) == (1, 1)


def test_refused_posts_are_counted_for_the_health_of_the_channel(client: Client, served: Served) -> None:
    post(client, filled(served, lat="x"))
    post(client, filled(served))
    hours = ChannelHour.objects.filter(channel="open311_app")
    assert [sum(getattr(hour, name) for hour in hours) for name in ("refused", "received", "accepted")] == [
        1,
        1,
        1,
    ]


def test_without_such_a_key_two_equal_requests_are_two_reports(client: Client, served: Served) -> None:
    assert sent(client, served) != sent(client, served)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"api_key": ""}, 403, "缺少 api_key，请先向本平台申请。"),
        ({"api_key": "wrong"}, 403, "api_key 无效或已失效。"),
        ({"api_key": "密钥"}, 403, "api_key 无效或已失效。"),
        ({"jurisdiction_id": "elsewhere.example"}, 404, "没有这个 jurisdiction_id：elsewhere.example。"),
        ({"service_code": ""}, 400, "缺少 service_code，请从 services 中选择。"),
        ({"service_code": "E9999"}, 404, "没有这个 service_code：E9999。"),
        ({"attribute[kind]": ""}, 400, "attribute[kind]：请填写“垃圾种类”。"),
        ({"lat": "x"}, 400, "lat：请填写 WGS84 十进制度数，范围 -90 至 90。"),
        ({"lat": "", "long": "", "address_string": "", "address_id": "1"}, 400,
         "address_id：没有这个编号，请填写 12 位社区代码，或改用 lat 和 long。"),
    ],
)  # fmt: skip
def test_a_post_is_refused_in_the_form_of_the_specification(
    client: Client, served: Served, changes: dict[str, str], status: int, said: str
) -> None:
    for kind in ("json", "xml"):
        answer = post(client, filled(served, **changes), kind)
        assert (answer.status_code, errors(answer)) == (status, [(str(status), said)])
    assert RawMessage.objects.count() == 0


def test_several_mistakes_are_named_at_once(client: Client, served: Served) -> None:
    answer = post(client, filled(served, **{"lat": "x", "attribute[kind]": "z"}))
    assert [text.partition("：")[0] for _code, text in errors(answer)] == ["lat", "attribute[kind]"]


def test_an_ended_key_or_a_closed_channel_serves_nobody(client: Client, served: Served) -> None:
    switch_channel(actor=EDITOR, at=timezone.now(), channel_id=served.channel.id, on=False, reason="检修")
    answer = client.get(f"{ROOT}/services.json")
    assert (answer.status_code, errors(answer)) == (400, [("400", "Open311 服务未启用，请联系对接管理员。")])


def test_over_the_quota_the_answer_says_when_to_come_again(client: Client, served: Served) -> None:
    too_many = TooMany("超出配额", retry_after=7)
    with mock.patch.object(taking, "receive_raw", side_effect=too_many):
        answer = post(client, filled(served), "xml")
    assert (answer.status_code, answer["Retry-After"], errors(answer)) == (429, "7", [("429", "超出配额")])


def test_a_request_is_shown_with_its_state_by_unit_and_post(client: Client, served: Served) -> None:
    number = sent(client, served)
    case = Case.objects.get()
    (row,) = client.get(f"{ROOT}/requests/{number}.json?api_key={served.key}").json()
    assert (row["status"], row["status_notes"], row["service_name"]) == ("open", "待受理", "暴露垃圾")
    assert (row["lat"], row["address"], row["address_id"]) == (
        32.0376524078,
        "梅园社区三号楼",
        "320111001001",
    )
    assert row["agency_responsible"] is None
    now = timezone.now()
    accept_case(actor=SYSTEM, at=now, case_id=case.id)
    dispatcher = served.city.actor("dispatcher", area="city")
    dispatch_case(actor=dispatcher, at=now, case_id=case.id, host=served.city.unit("cleaning"))
    (row,) = client.get(f"{ROOT}/requests/{number}.json?api_key={served.key}").json()
    assert (row["status"], row["status_notes"]) == ("open", "处置中（宁城市城运中心 派遣员）")
    assert row["agency_responsible"] == "东区环卫所"
    assert row["expected_datetime"].endswith("+08:00")
    assert row["requested_datetime"].endswith("+08:00")
    assert row["media_url"] is None
    root = tree_of(client.get(f"{ROOT}/requests/{number}.xml?api_key={served.key}"))
    assert root.findtext("request/agency_responsible") == "东区环卫所"
    assert "dispatcher" not in json.dumps(row, ensure_ascii=False)


def test_a_closed_request_says_how_it_ended_and_when(client: Client, served: Served) -> None:
    number = sent(client, served)
    case = Case.objects.get()
    answer_directly(actor=SYSTEM, at=timezone.now(), case_id=case.id, answer="已安排清运。")
    (row,) = listed(client, f"api_key={served.key}&status=closed")
    assert (row["service_request_id"], row["status_notes"]) == (number, "已结案：已答复")
    case.refresh_from_db()
    assert case.closed_at is not None
    assert row["updated_datetime"] == timezone.localtime(case.closed_at).isoformat(timespec="seconds")
    assert listed(client, f"api_key={served.key}&status=open") == []


def test_a_key_sees_only_the_reports_of_its_own_channel(client: Client, served: Served) -> None:
    other = serve(served.city, code="open311_other", jurisdiction="other.example")
    mine = sent(client, served)
    theirs = sent(client, other, jurisdiction_id="other.example")
    assert [row["service_request_id"] for row in listed(client, f"api_key={served.key}")] == [mine]
    assert (
        listed(client, f"api_key={served.key}&service_request_id={mine},{theirs}")[0]["service_request_id"]
        == mine
    )
    assert len(listed(client, f"api_key={served.key}&service_request_id={mine},{theirs}")) == 1
    hidden = client.get(f"{ROOT}/requests/{theirs}.json?api_key={served.key}")
    assert (hidden.status_code, errors(hidden)) == (
        404,
        [("404", f"没有这个 service_request_id：{theirs}。")],
    )


def test_two_jurisdictions_must_be_told_apart(client: Client, served: Served) -> None:
    serve(served.city, code="open311_other", jurisdiction="other.example")
    answer = client.get(f"{ROOT}/services.xml")
    assert (answer.status_code, errors(answer)) == (
        400, [("400", "本服务有多个辖区，请提供 jurisdiction_id。")],
    )  # fmt: skip
    assert client.get(f"{ROOT}/services.xml?jurisdiction_id=other.example").status_code == 200


def test_without_a_key_a_channel_that_is_not_public_shows_no_request(client: Client, served: Served) -> None:
    number = sent(client, served)
    for address in (f"{ROOT}/requests.json", f"{ROOT}/requests/{number}.json"):
        answer = client.get(address)
        assert (answer.status_code, errors(answer)) == (403, [("403", "查询诉求需要 api_key。")])


@pytest.mark.django_db
def test_everybody_sees_a_public_channel_without_what_is_personal(client: Client) -> None:
    served = serve(public=True)
    number = sent(client, served)
    (row,) = listed(client)
    assert (row["service_request_id"], row["lat"], row["long"]) == (number, 32.038, 118.791)
    assert (row["description"], row["address"]) == (None, "梅园社区，东一街道，东区")
    assert "1390000" not in json.dumps(row)


@pytest.mark.django_db
def test_published_texts_carry_no_long_numbers(client: Client) -> None:
    served = serve(public=True, descriptions=True)
    sent(client, served)
    (row,) = listed(client)
    assert row["description"] == "门口垃圾成堆，三天没有清理，请打 **** 联系\n垃圾种类：建筑垃圾"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "extra",
    [
        {"attribute[privacy]": "confidential"},
        {"attribute[privacy]": "anonymous"},
        {"attribute[kind]": "tip_off"},
    ],
)
def test_hidden_reports_are_in_no_public_list_and_show_their_own_channel_only_a_state(
    client: Client, extra: dict[str, str]
) -> None:
    served = serve(public=True, descriptions=True)
    seen = sent(client, served)
    hidden = sent(client, served, service_code="P0101", **{"attribute[kind]": "", **extra})
    assert [row["service_request_id"] for row in listed(client)] == [seen]
    assert client.get(f"{ROOT}/requests/{hidden}.json").status_code == 404
    (row,) = client.get(f"{ROOT}/requests/{hidden}.json?api_key={served.key}").json()
    assert [row[name] for name in ("description", "address", "address_id", "lat", "long")] == [None] * 5
    assert row["status"] == "open"


@pytest.mark.django_db
def test_a_sensitive_case_leaves_the_public_list(client: Client) -> None:
    served = serve(public=True)
    sent(client, served)
    chief = served.city.actor("duty_chief", area="city")
    mark_sensitive(
        actor=chief, at=timezone.now(), case_id=Case.objects.get().id, is_sensitive=True, reason="涉稳"
    )
    assert listed(client) == []


def test_lists_are_filtered_paged_and_newest_first(client: Client, served: Served) -> None:
    numbers = [sent(client, served, description=f"第{n}件") for n in range(3)]
    now = timezone.now()
    for days, number in enumerate(numbers):
        request = ServiceRequest.objects.order_by("id")[days]
        ServiceRequest.objects.filter(pk=request.pk).update(received_at=now - timedelta(days=40 * days))
        assert taking.taken_by(request.token) == taking.Taken(request.token, request.message, number)
    key = f"api_key={served.key}"

    def found(query: str) -> list[str]:
        return [row["service_request_id"] for row in listed(client, f"{key}&{query}")]

    assert found("") == numbers
    assert found("page_size=1&page=2") == [numbers[1]]
    assert found("page_size=2&page=2") == [numbers[2]]
    old = (now - timedelta(days=81)).strftime("%Y-%m-%dT%H:%M:%SZ")
    recent = (now - timedelta(days=39)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found(f"start_date={recent}") == [numbers[0]]
    assert found(f"start_date={old}&end_date={recent}") == numbers[1:]
    assert found("service_code=P0101") == []
    assert found("service_code=P0101,E0201&status=open") == numbers
    assert found(f"service_request_id={numbers[2]},{numbers[0]}&status=closed") == [numbers[0], numbers[2]]
    ahead = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (found(f"updated_after={ahead}"), found(f"updated_before={ahead}")) == ([], numbers)


def test_a_list_costs_the_same_queries_for_one_and_for_three(
    client: Client, served: Served, django_assert_num_queries: Any
) -> None:
    sent(client, served)
    listed(client, f"api_key={served.key}")
    with django_assert_num_queries(4):
        listed(client, f"api_key={served.key}")
    sent(client, served)
    sent(client, served)
    with django_assert_num_queries(4):
        listed(client, f"api_key={served.key}")


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/requests.json?status=done", 403),
        ("get", "/tokens/abc.xml", 404),
        ("get", "/tokens/abcdefghijklmnopqrstuvwxyz.json", 404),
        ("get", "/services/%00.json", 404),
        ("get", "/requests/%00.xml", 403),
        ("get", "/requests.html", 404),
        ("get", "/", 404),
        ("get", "/nothing.json", 404),
        ("put", "/requests.json", 400),
        ("delete", "/services.xml", 400),
        ("post", "/services.json", 400),
    ],
)
def test_every_failure_below_the_root_has_the_form_of_the_specification(
    client: Client, method: str, path: str, status: int
) -> None:
    answer = getattr(client, method)(f"{ROOT}{path}")
    assert answer.status_code == status
    assert [code for code, _text in errors(answer)] == [str(status)]
