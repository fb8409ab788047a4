"""Rules of Open311: instants, forms, filters, documents, answers and what an attempt comes to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.open311.answers import Unreadable, read_errors, read_requests
from yiwang.intake.rules.open311.documents import document, error_list
from yiwang.intake.rules.open311.filters import SPAN, read_filter
from yiwang.intake.rules.open311.sending import (
    attempt_of,
    delay_after,
    form_of,
    may_send_again,
    next_look,
    search_query,
)
from yiwang.intake.rules.open311.settings import Open311Settings, Remote, Service, read_settings
from yiwang.intake.rules.open311.submission import message_of, read_submission, text_of
from yiwang.intake.rules.open311.w3c import instant_from, w3c, w3c_utc
from yiwang.kernel.errors import Invalid, invalid

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
SETTINGS: dict[str, Any] = {
    "jurisdiction_id": "city.example",
    "scheme": "city_management",
    "services": [
        {
            "code": "E0201",
            "keywords": ["垃圾", "脏乱"],
            "attributes": [
                {"code": "depth", "datatype": "number", "required": "true",
                 "description": "积水深度（厘米）"},
                {"code": "when", "datatype": "datetime", "description": "何时开始"},
                {"code": "kind", "datatype": "singlevaluelist", "description": "种类",
                 "values": {"a": "生活垃圾", "b": "建筑垃圾"}},
                {"code": "near", "datatype": "multivaluelist", "description": "附近有",
                 "values": [{"key": "s", "name": "学校"}, {"key": "h", "name": "医院"}]},
                {"code": "line", "datatype": "string", "description": "一行"},
                {"code": "note", "variable": "false", "description": "紧急情况请拨打 119"},
            ],
        },
        {"code": "P0101"},
    ],
}  # fmt: skip


def wrong(*path: str, value: object = "", remedy: str) -> NoReturn:
    raise invalid(".".join(path), value, remedy)


def settings(**changes: Any) -> Open311Settings:
    return read_settings({**SETTINGS, **changes}, wrong)


def service(number: int = 0) -> Service:
    return settings().services[number]


def form(**given: Any) -> dict[str, list[str]]:
    fields: dict[str, Any] = {"lat": "32.06", "long": "118.79", "attribute[depth]": "30", **given}
    return {name: value if isinstance(value, list) else [value] for name, value in fields.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1994-11-05T08:15:30-05:00", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("1994-11-05T13:15:30Z", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 1, 16, tzinfo=UTC)),
        ("2026-03-02T09:30:00 08:00", NOW),
        ("2026-03-02T09:30:00", NOW),
        ("2026-03-02 09:30:00.250+0800", NOW + timedelta(milliseconds=250)),
    ],
)
def test_an_instant_is_read_as_the_w3c_note_writes_it(text: str, expected: datetime) -> None:
    assert instant_from(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "now", "0001-01-01T00:00:00Z", "2026-02-30", "2026-13-01T00:00:00Z", "20260302", "\uff12026-03-02"],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant_from(text)


def test_instants_are_written_with_their_offset() -> None:
    assert (w3c(NOW), w3c_utc(NOW)) == ("2026-03-02T09:30:00+08:00", "2026-03-02T01:30:00Z")


def test_a_whole_submission_becomes_a_message_in_our_words() -> None:
    given = form(
        address_string="梅园社区三号楼", description="门口垃圾成堆\r\n三天了",
        first_name="小明", last_name="王",
        phone="13900001234", email="a@b.cn", device_id="tt222111", account_id="42",
        media_url="https://pictures.example/1.jpg", **{
            "attribute[kind]": "b", "attribute[near][]": ["s", "h"], "attribute[fixmystreet_id]": "77",
        },
    )  # fmt: skip
    submission, problems = read_submission(given, service())
    assert problems == []
    message = message_of(submission, service(), service_name="暴露垃圾", token="T1")
    assert message == {
        "token": "T1", "service_code": "E0201", "service_name": "暴露垃圾",
        "text": "门口垃圾成堆\n三天了\n积水深度（厘米）：30\n种类：建筑垃圾\n附近有：学校、医院",
        "description": "门口垃圾成堆\n三天了", "lat": 32.06, "long": 118.79, "address": "梅园社区三号楼",
        "name": "王小明", "phone": "13900001234", "email": "a@b.cn",
        "attributes": {"depth": ["30"], "kind": ["b"], "near": ["s", "h"]},
        "extra": {"fixmystreet_id": ["77"]}, "attachments": [{"url": "https://pictures.example/1.jpg"}],
    }  # fmt: skip


def test_without_a_description_the_service_name_stands_in() -> None:
    submission, problems = read_submission(form(), service(1))
    assert (problems, text_of(submission, service(1), "上水井盖")) == ([], "上水井盖")
    assert read_submission(form(first_name="john", last_name="smith"), service(1))[0].name == "john smith"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lat": ""}, "lat、long：纬度和经度须同时提供。"),
        ({"lat": "", "long": ""}, "请提供位置：lat 和 long，或 address_string，或 address_id。"),
        ({"lat": "91"}, "lat：请填写 WGS84 十进制度数，范围 -90 至 90。"),
        ({"lat": "nan"}, "lat：请填写 WGS84 十进制度数，范围 -90 至 90。"),
        ({"long": "1_18"}, "long：请填写 WGS84 十进制度数，范围 -180 至 180。"),
        ({"attribute[depth]": ""}, "attribute[depth]：请填写“积水深度（厘米）”。"),
        ({"attribute[depth]": "deep"}, "attribute[depth]：请填写数字。"),
        ({"attribute[depth]": ["1", "2"]}, "attribute[depth]：只能填写一个值。"),
        ({"attribute[kind]": "c"}, "attribute[kind]：只能是 a、b 之一。"),
        ({"attribute[near]": ["s", "h", "s"]}, "attribute[near]：所选值过多或重复。"),
        ({"attribute[line]": "a\nb"}, "attribute[line]：不能换行。"),
        (
            {"attribute[when]": "昨天"},
            "attribute[when]：请填写 W3C 格式的时间，例如 2026-03-02T09:30:00+08:00。",
        ),
        ({"description": "长" * 4001}, "description：不能超过 4000 个字符。"),
        ({"media_url": "javascript:alert(1)"}, "media_url：请填写 http 或 https 开头的完整地址。"),
    ],
)
def test_each_wrong_field_is_named(changes: dict[str, Any], said: str) -> None:
    assert read_submission(form(**changes), service())[1] == [(400, said)]


@given(
    st.dictionaries(
        st.sampled_from(
            ["lat", "long", "address_string", "description", "attribute[depth]", "attribute[when]",
             "attribute[", "attribute[near][]", "attribute[]", "media_url", "\x00", "attribute[a][9]"]
        ),
        st.lists(st.text(max_size=40), max_size=4),
    )
)  # fmt: skip
def test_no_form_breaks_the_reader_and_what_it_passes_can_be_stored(fields: dict[str, list[str]]) -> None:
    submission, problems = read_submission(fields, service())
    if not problems:
        text = json.dumps(message_of(submission, service(), service_name="x", token="T"), ensure_ascii=False)
        assert "\x00" not in text.encode("utf-8").decode()


def test_the_default_span_is_the_last_ninety_days() -> None:
    asked, problems = read_filter({}, NOW)
    assert problems == []
    assert (asked.start, asked.end - asked.start) == (asked.end - SPAN, SPAN)
    assert asked.end > NOW
    assert (asked.ids, asked.page, asked.size, asked.statuses) == (
        None,
        1,
        1000,
        frozenset({"open", "closed"}),
    )


def test_one_date_alone_opens_a_span_of_ninety_days() -> None:
    start = read_filter({"start_date": ["2026-01-01T00:00:00Z"]}, NOW)[0]
    end = read_filter({"end_date": ["2026-01-01T00:00:00Z"]}, NOW)[0]
    turn = datetime(2026, 1, 1, tzinfo=UTC)
    assert ((start.start, start.end), (end.start, end.end)) == ((turn, turn + SPAN), (turn - SPAN, turn))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"start_date": ["2025-01-01"], "end_date": ["2025-12-31"]},
         "start_date、end_date：时间跨度不能超过 90 天。"),
        ({"start_date": ["2025-02-01"], "end_date": ["2025-01-31"]}, "end_date：不能早于 start_date。"),
        ({"start_date": ["soon"]}, "start_date：请填写 W3C 格式的时间，例如 2026-03-02T00:00:00Z。"),
        ({"status": ["done"]}, "status：只能是 open 或 closed，可用逗号分隔。"),
        ({"page": ["0"]}, "page：请填写不小于 1 的整数。"),
        ({"page_size": ["-1"]}, "page_size：请填写不小于 1 的整数。"),
        ({"page": ["٣"]}, "page：请填写不小于 1 的整数。"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_answered_is_refused_by_name(query: dict[str, list[str]], said: str) -> None:
    assert read_filter(query, NOW)[1] == [(400, said)]


def test_exactly_ninety_days_are_allowed_and_a_second_more_is_not() -> None:
    begin = "2026-01-01T00:00:00Z"
    assert read_filter({"start_date": [begin], "end_date": ["2026-04-01T00:00:00Z"]}, NOW)[1] == []
    assert read_filter({"start_date": [begin], "end_date": ["2026-04-01T00:00:01Z"]}, NOW)[1] != []


def test_identifiers_override_everything_else() -> None:
    query = {"service_request_id": ["a-1,b-2", "c;drop", "d"], "status": ["nonsense"], "page": ["0"]}
    asked, problems = read_filter(query, NOW)
    assert (asked.ids, problems) == (("a-1", "b-2", "d"), [])


def test_lists_are_read_from_commas_and_from_repetition() -> None:
    asked, _ = read_filter({"service_code": ["1,2", "3"], "status": ["Open"], "page_size": ["5000"]}, NOW)
    assert (asked.codes, asked.statuses, asked.size) == (("1", "2", "3"), frozenset({"open"}), 1000)


NAMES = ("start_date", "end_date", "page", "page_size", "service_request_id", "updated_after", "status")


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.text(max_size=30), max_size=3)))
def test_no_query_breaks_the_reader(query: dict[str, list[str]]) -> None:
    asked, problems = read_filter(query, NOW)
    assert problems or asked.ids is not None or asked.end - asked.start <= SPAN


def test_documents_follow_the_specification_in_both_forms() -> None:
    rows = [{"service_request_id": "1", "metadata": True, "lat": 1.5, "description": None, "long": 0}]
    assert json.loads(document("service_requests", rows, "json")) == rows
    xml = document("service_requests", rows, "xml")
    assert xml == (
        b'<?xml version="1.0" encoding="utf-8"?>\n<service_requests><request><service_request_id>1'
        b"</service_request_id><metadata>true</metadata><lat>1.5</lat><description /><long>0</long></request>"
        b"</service_requests>"
    )


def test_errors_are_a_list_of_code_and_description() -> None:
    errors = error_list([(403, "密钥无效 <&>")])
    assert json.loads(document("errors", errors, "json")) == [{"code": 403, "description": "密钥无效 <&>"}]
    root = ElementTree.fromstring(document("errors", errors, "xml"))
    assert [(e.findtext("code"), e.findtext("description")) for e in root.iter("error")] == [
        ("403", "密钥无效 <&>")
    ]


@given(st.text())
def test_every_text_makes_well_formed_xml(text: str) -> None:
    rows = [{"description": text}]
    ElementTree.fromstring(document("service_requests", rows, "xml"))


XML = b"""<?xml version="1.0" encoding="utf-8"?>
<service_requests><request><service_request_id>638344</service_request_id><status>closed</status>
<status_notes>Duplicate request.</status_notes><agency_responsible/>
<updated_datetime>2010-04-14T06:37:38-08:00</updated_datetime></request></service_requests>"""


def test_an_answer_is_read_alike_from_xml_and_json() -> None:
    row = {
        "service_request_id": 638344, "status": "closed", "status_notes": "Duplicate request.",
        "agency_responsible": None, "updated_datetime": "2010-04-14T06:37:38-08:00",
    }  # fmt: skip
    for content in (XML, json.dumps([row]).encode(), json.dumps({"service_requests": [row]}).encode()):
        (found,) = read_requests(content, {})
        assert (found.id, found.status, found.is_closed, found.proposal, found.notes, found.agency) == (
            "638344", "closed", True, "solved", "Duplicate request.", "",
        )  # fmt: skip
        assert found.updated_at == datetime(2010, 4, 14, 14, 37, 38, tzinfo=UTC)


def test_words_beyond_the_specification_are_understood_and_settings_come_first() -> None:
    def proposal(word: str, **states: str) -> str:
        return read_requests(json.dumps([{"status": word}]).encode(), states)[0].proposal

    assert [proposal(word) for word in ("OPEN", "IN_PROGRESS", "FIXED", "Duplicate", "")] == [
        "open", "open", "solved", "unsolved", "open",
    ]  # fmt: skip
    assert proposal("closed", closed="unsolved") == "unsolved"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html><body>502</body>", b"[", b"42", b'"x"', b"\xff\xfe", b"[" * 5000,
        b'<!DOCTYPE a [<!ENTITY x "y">]><errors><error><code>&x;</code></error></errors>',
        b"<a>" * 50 + b"</a>" * 50,
    ],
)  # fmt: skip
def test_what_is_no_document_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_requests(content, {})


@pytest.mark.parametrize(
    "content",
    [b"[]", b"<service_requests/>", b"<service_requests></service_requests>", b'{"service_requests":[]}'],
)
def test_an_empty_list_holds_nothing(content: bytes) -> None:
    assert read_requests(content, {}) == []


@pytest.mark.parametrize(
    ("status", "content", "kind", "id_", "token"),
    [
        (200, b'[{"service_request_id": 293944}]', "accepted", "293944", ""),
        (201, b"<requests><request><token>a</token></request></requests>", "accepted", "", "a"),
        (200, b'[{"service_request_id": "1", "token": "t"}]', "accepted", "1", ""),
        (200, b"<html>", "unclear", "", ""),
        (200, b"[]", "unclear", "", ""),
        (302, b"", "unclear", "", ""),
        (400, b'[{"code": 400, "description": "bad"}]', "refused", "", ""),
        (403, b"<errors><error><code>403</code></error></errors>", "refused", "", ""),
        (408, b"", "unclear", "", ""),
        (429, b"", "not_sent", "", ""),
        (500, b"", "unclear", "", ""),
        (503, b"", "unclear", "", ""),
    ],
)  # fmt: skip
def test_only_a_plain_refusal_counts_as_not_taken(
    status: int, content: bytes, kind: str, id_: str, token: str
) -> None:
    attempt = attempt_of(status, content)
    assert (attempt.kind, attempt.id, attempt.token) == (kind, id_, token)


def test_errors_of_an_answer_are_said_in_one_line() -> None:
    assert read_errors(b'[{"code":403,"description":"Invalid api_key"}]') == "403 Invalid api_key"
    assert (
        read_errors(b"<errors><error><code>400</code><description>a</description></error></errors>")
        == "400 a"
    )
    assert read_errors(b"<html>") == ""
    assert attempt_of(429, b"", "120").wait == 120


def test_pauses_double_up_to_six_hours() -> None:
    minutes = [delay_after(n) // timedelta(minutes=1) for n in (0, 1, 2, 3, 9, 10, 50)]
    assert minutes == [1, 1, 2, 4, 256, 360, 360]


def test_a_lost_request_is_sent_again_only_after_two_looks_and_the_time_to_settle() -> None:
    def may(looks: int, minutes: int) -> bool:
        now = NOW + timedelta(minutes=minutes)
        return may_send_again(looks=looks, tried_at=NOW, now=now, settle_minutes=15)

    assert [may(1, 60), may(2, 14), may(2, 15)] == [False, False, True]


def test_open_requests_are_polled_and_closed_ones_looked_after_for_a_while() -> None:
    remote = Remote(url="https://a.example", title="甲市", poll_minutes=20)
    assert next_look(is_closed=False, closed_at=None, now=NOW, remote=remote) == NOW + timedelta(minutes=20)
    late = NOW + timedelta(days=15)
    assert next_look(is_closed=True, closed_at=NOW, now=NOW, remote=remote) == NOW + timedelta(days=1)
    assert next_look(is_closed=True, closed_at=NOW, now=late, remote=remote) is None


def test_what_is_sent_carries_our_reference_and_nothing_empty() -> None:
    remote = Remote(
        url="https://a.example", title="甲市", jurisdiction_id="a.example",
        attributes={"easting": "{number}/{class}", "blank": "{street}"}, reference_attribute="our_ref",
    )  # fmt: skip
    fields = form_of(
        remote, service="001", reference="YW-1", description="长" * 5000, lat=32.0, lon=118.0,
        facts={"number": "20260302-00000001-8", "class": "暴露垃圾"},
    )  # fmt: skip
    sent = dict(fields)
    assert sent["description"].endswith("\n\n来文编号：20260302-00000001-8 YW-1")
    assert len(sent["description"]) == 4000
    del sent["description"]
    assert sent == {
        "jurisdiction_id": "a.example", "service_code": "001", "lat": "32.000000", "long": "118.000000",
        "attribute[easting]": "20260302-00000001-8/暴露垃圾", "attribute[our_ref]": "YW-1",
    }  # fmt: skip
    query = search_query(remote, service="001", since=NOW, now=NOW, page=2)
    assert (query["start_date"], query["end_date"], query["page"]) == (
        "2026-03-02T00:30:00Z", "2026-03-02T02:30:00Z", "2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"services": [{"code": "a"}, {"code": "a"}]}, "services.1.code"),
        ({"services": [{"code": "a/b"}]}, "services.0.code"),
        ({"services": [{"code": "a", "attributes": [{"code": "x", "datatype": "date", "description": "x"}]}]},
         "services.0.attributes.0.datatype"),
        ({"services": [{"code": "a", "attributes": [
            {"code": "x", "datatype": "multivaluelist", "description": "x"}]}]},
         "services.0.attributes.0.values"),
        ({"services": [], "remote": None}, "services"),
        ({"scheme": ""}, "scheme"),
        ({"colour": "red"}, "colour"),
        ({"remote": {"url": "ftp://a.example", "default_service": "1"}}, "remote.url"),
        ({"remote": {"url": "https://a.example"}}, "remote.services"),
        ({"remote": {"url": "https://a.example", "default_service": "1", "states": {"fixed": "done"}}},
         "remote.states.fixed"),
        ({"remote": {"url": "https://a.example", "default_service": "1", "timeout": "0"}}, "remote.timeout"),
        ({"public": "perhaps"}, "public"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_where_it_stands(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        settings(**changes)
    assert refused.value.problems[0].field == field
