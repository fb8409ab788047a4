"""Pages of the registry: list, editor with preview, contract, keys, write-backs, catalogue."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from copy import deepcopy
from io import StringIO
from uuid import UUID

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from yiwang.accounts.models import Account
from yiwang.cases.public import ReportLink
from yiwang.cases.tests.factories import make_city
from yiwang.intake.doors.contract import STEPS
from yiwang.intake.doors.trials import run_trial
from yiwang.intake.models import Channel, ChannelKey, QuarantineEntry, RawMessage
from yiwang.intake.pages.channel_words import STEP_WORDS, change_words
from yiwang.intake.pages.previewing import preview_of
from yiwang.intake.queries.channels import channel_index
from yiwang.intake.queries.shipped import FOLDER, STARTER, shipped_definitions
from yiwang.intake.rules.signing import KEY, NONCE, SIGNATURE, TIME, Signed, fault
from yiwang.intake.rules.words import CHANGES
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.registry import publish_channel, switch_channel
from yiwang.kernel.ids import uuid7

from .channels import OPERATOR, PUSHED, opened, pushed
from .test_writing_back import TOLD

pytestmark = pytest.mark.django_db
LogIn = Callable[..., Client]
LIST = "/intake/channels/"
EDITOR = "intake.channels"
TEXT = PUSHED.format(code="demo_source", rank=5, burst=2000)
GRID = (FOLDER / "smart_grid.yaml").read_text(encoding="utf-8")


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def shown(client: Client, text: str, sample: str = "") -> str:
    """The preview fragment."""
    return client.post(f"{LIST}-/preview/", {"text": text, "sample": sample}).content.decode()


def test_pages_are_for_whoever_holds_the_act(log_in: LogIn, client: Client) -> None:
    live = pushed(timezone.now())
    seen = [LIST, f"{LIST}{live.code}/", "/intake/catalogue/"]
    edited = [f"{LIST}-/new/", f"{LIST}-/import/", f"{LIST}-/export/", f"{LIST}{live.code}/edit/"]
    told = ["/intake/write-backs/"]
    assert {client.get(address).status_code for address in seen + edited + told} == {302}
    log_in("cases.view")
    assert {client.get(address).status_code for address in seen + edited + told} == {403}
    log_in("intake.health")
    assert {client.get(address).status_code for address in seen} == {200}
    assert {client.get(address).status_code for address in edited + told} == {403}
    log_in(EDITOR, "intake.exchange")
    assert {client.get(address).status_code for address in seen + edited + told} == {200}


def test_an_empty_registry_offers_what_is_shipped_singly_and_all_at_once(log_in: LogIn) -> None:
    client = log_in(EDITOR, "intake.health")
    empty = page(client, LIST)
    assert "目录中还没有渠道" in empty
    assert all(one.name in empty for one in shipped_definitions())
    answer = client.post(f"{LIST}-/add/", {"code": "smart_grid"})
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}smart_grid/")
    assert Channel.objects.get().is_enabled is False
    client.post(f"{LIST}-/add/", {"code": "all"})
    missing = {one.code for one in shipped_definitions()} - set(
        Channel.objects.values_list("code", flat=True)
    )
    assert all("scheme" in (FOLDER / f"{code}.yaml").read_text(encoding="utf-8") for code in missing)
    assert client.post(f"{LIST}-/add/", {"code": "smart_grid"}).status_code == 404


@pytest.mark.parametrize("channels", [1, 36])
def test_the_list_takes_the_same_queries_for_one_channel_and_for_36(log_in: LogIn, channels: int) -> None:
    for number in range(channels):
        opened(PUSHED.format(code=f"source_{number}", rank=5, burst=10), timezone.now())
    client = log_in(EDITOR)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        answer = page(client, LIST)
    assert answer.count("示例来源") == channels
    assert len(queries) <= 13


def test_the_list_is_narrowed_by_name_door_and_state(log_in: LogIn) -> None:
    at = timezone.now()
    live = pushed(at)
    publish_channel(actor=OPERATOR, at=at, text=GRID)
    client = log_in(EDITOR)

    def found(query: str) -> set[str]:
        text = page(client, f"{LIST}?{query}")
        return {code for code in (live.code, "smart_grid") if f'href="{LIST}{code}/"' in text}

    assert found("") == {live.code, "smart_grid"}
    assert found("text=%E5%85%A8%E8%A6%81%E7%B4%A0") == {"smart_grid"}
    assert found("state=open") == {live.code}
    assert found("state=disabled") == {"smart_grid"}
    assert found("state=example") == {"smart_grid"}
    assert found("door=pull") == set()
    assert found("kind=grid&door=push") == {"smart_grid"}


def test_a_file_of_channels_goes_out_and_comes_in_and_names_what_is_wrong(log_in: LogIn) -> None:
    at = timezone.now()
    pushed(at)
    client = log_in(EDITOR)
    exported = client.get(f"{LIST}-/export/")
    assert "attachment" in exported["Content-Disposition"]
    tree = yaml.safe_load(exported.content)
    assert [one["code"] for one in tree["channels"]] == ["demo_source"]
    one = tree["channels"][0]
    tree["channels"] += [{**deepcopy(one), "code": "new_source"}, {**deepcopy(one), "door": "x"}]
    file = SimpleUploadedFile("channels.yaml", yaml.safe_dump(tree, allow_unicode=True).encode())
    answer = client.post(f"{LIST}-/import/", {"file": file}).content.decode()
    assert [word in answer for word in ("新增", "未变", "有误")] == [True] * 3
    assert "door" in answer
    assert set(Channel.objects.values_list("code", flat=True)) == {"demo_source", "new_source"}
    wrong = SimpleUploadedFile("channels.yaml", b"channels: [")
    assert client.post(f"{LIST}-/import/", {"file": wrong}).status_code == 422


def test_the_preview_shows_each_field_in_words(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    text = TEXT.replace("    text: content", "    text: content\n    community: area").replace(
        "  required", "  crs: wgs84\n  required"
    )
    area = next(code for code, node in _areas().items() if node.kind == "community")
    sample = json.dumps({
        "number": "A1", "content": "路灯不亮", "level": "高", "area": area, "time": "2026-03-02 09:15",
        "lon": 121.4, "lat": 31.2,
    })  # fmt: skip
    fragment = shown(client, text, sample)
    assert all(words in fragment for words in ("诉求内容", "路灯不亮", "紧急", "2026-03-02 09:15:00"))
    assert "不在本市范围内" in fragment
    assert _areas()[area].name in fragment
    assert "可以入库" in fragment
    assert not RawMessage.objects.exists()


def _areas() -> dict[str, object]:
    from yiwang.orgs.public import area_index

    return area_index().by_code  # type: ignore[return-value]


def test_every_wrong_field_of_a_sample_is_named_at_the_field() -> None:
    make_city()
    sample = json.dumps({"number": "", "content": "路灯不亮", "time": "昨天", "lon": "东", "lat": 31.2})
    found = preview_of(
        TEXT.replace("  fields", "  bad_place: quarantine\n  fields"), sample=sample, at=timezone.now()
    )
    wrong = {one.target: one.remedy for one in found.fields if one.remedy}
    assert set(wrong) == {"source_number", "received_at", "lon"}
    assert "必填" in wrong["source_number"]
    assert next(one for one in found.fields if one.target == "text").value == "路灯不亮"
    assert not found.is_right


def test_a_wrong_definition_is_named_with_its_line(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    fragment = shown(client, TEXT.replace("door: push", "door: pushed"))
    assert 'data-line="4"' in fragment
    assert "door: pushed" in fragment
    assert "第 1 行" in shown(client, "a")
    assert "JSON" in shown(client, TEXT, "{broken")


def test_the_preview_tells_what_the_source_would_be_told(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    fragment = shown(client, TEXT + TOLD, json.dumps({"number": "A1", "content": "灯"}))
    assert "http://source.example/orders/A1" in fragment
    assert "已派某承办单位" in fragment
    assert "⟨" not in fragment
    assert all(change_words(change) in fragment for change in ("accepted", "dispatched", "rejected"))


@pytest.mark.parametrize("definition", shipped_definitions(), ids=lambda definition: definition.code)
def test_what_is_shipped_previews_without_an_error(definition: object) -> None:
    make_city()
    text = re.sub(r", scheme: [a-z_]+", "", definition.text)  # type: ignore[attr-defined]
    found = preview_of(text, at=timezone.now())
    needs_catalog = "scheme" in definition.text  # type: ignore[attr-defined]
    if found.definition is None or found.definition.spec is None or needs_catalog:
        assert needs_catalog or not found.problem
        return
    assert (found.sample_problem, found.differences) == ("", [])
    assert any(one.value for one in found.fields)


def test_the_contract_button_shows_the_seven_steps(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    fragment = tried(client, GRID)
    assert all(str(words) in fragment for words in STEP_WORDS.values())
    assert "契约成立" in fragment
    assert "未通过" in tried(client, GRID.replace("path: event.no", "path: event.x"))
    assert not Channel.objects.exists()


def tried(client: Client, text: str) -> str:
    """The outcome of a contract that the page starts and the worker tries."""
    started = client.post(f"{LIST}-/contract/", {"text": text}).content.decode()
    address = re.search(r'hx-get="([^"]+)"', started)
    assert address is not None, started
    assert "正在后台运行" in client.get(address[1]).content.decode()
    job = ProcrastinateJob.objects.filter(task_name="intake.try_channel").latest("id")
    assert text not in str(job.args), "a sample may hold what a source says of people"
    run_trial(key=UUID(job.args["key"]), at=timezone.now())
    return client.get(address[1]).content.decode()


def test_a_contract_is_not_tried_within_the_request(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    with CaptureQueriesContext(connection) as queries:
        client.post(f"{LIST}-/contract/", {"text": GRID})
    assert len(queries) <= 14
    wrong = client.post(f"{LIST}-/contract/", {"text": GRID.replace("door: push", "door: pusch")})
    assert "door" in wrong.content.decode()
    assert ProcrastinateJob.objects.count() == 1, "a definition that cannot be read is told at once"
    assert "已经清理" in client.get(f"{LIST}-/contract/{uuid7()}/").content.decode()
    assert log_in("intake.health").post(f"{LIST}-/contract/", {"text": GRID}).status_code == 403


def test_every_step_and_change_has_its_words() -> None:
    assert {name: str(words) for name, words in STEP_WORDS.items()} == STEPS
    assert {change: change_words(change) for change in CHANGES} == CHANGES


def test_saving_publishes_and_a_wrong_text_stays_in_the_editor(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    answer = client.post(f"{LIST}-/new/", {"text": TEXT.replace("\n", "\r\n")})
    assert answer["Location"] == f"{LIST}demo_source/"
    assert channel_index().by_code["demo_source"].definition.text == TEXT
    wrong = client.post(f"{LIST}demo_source/edit/", {"text": TEXT.replace("kind: hotline", "kind: phone")})
    assert wrong.status_code == 422
    assert "kind: phone" in wrong.content.decode()
    other = client.post(f"{LIST}demo_source/edit/", {"text": TEXT.replace("demo_source", "other_source")})
    assert (other.status_code, Channel.objects.count()) == (422, 1)
    taken = client.post(f"{LIST}-/new/", {"text": TEXT.replace("示例来源", "别的来源")})
    assert taken.status_code == 422
    assert Channel.objects.get().name == "示例来源"


def test_the_preview_hides_who_reports(log_in: Callable[..., Client]) -> None:
    client = log_in(EDITOR)
    sample = '{"id": "A-1", "content": "请回电 139 0000 5678", "name": "张三丰", "phone": "13900001234"}'
    page = shown(client, STARTER, sample)
    assert ("张三丰" in page, "13900001234" in page, "139 0000 5678" in page) == (False, False, False)
    assert all(one in page for one in ("张**", "139****1234", "请回电 ****"))


def test_a_new_channel_begins_with_a_definition_that_previews_and_publishes(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    assert "code: my_source" in page(client, f"{LIST}-/new/")
    found = preview_of(STARTER, at=timezone.now())
    assert (found.is_right, found.problem) == (True, "")
    client.post(f"{LIST}-/new/", {"text": STARTER})
    assert Channel.objects.get().code == "my_source"
    assert "code: smart_grid" in page(client, f"{LIST}-/new/?from=smart_grid")


def test_a_stale_editor_is_told_and_may_go_on_after_looking(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    pushed(timezone.now())
    opened_page = page(client, f"{LIST}demo_source/edit/")
    version = re.search(r'name="version" value="(\d+)"', opened_page)
    assert version is not None
    publish_channel(actor=OPERATOR, at=timezone.now(), text=TEXT.replace("示例单位", "他人改的单位"))
    mine = {"text": TEXT.replace("示例单位", "我改的单位"), "version": version[1]}
    answer = client.post(f"{LIST}demo_source/edit/", mine)
    told = answer.content.decode()
    assert (answer.status_code, Channel.objects.get().owner) == (409, "他人改的单位")
    assert "我改的单位" in told
    assert "发布渠道定义" in told
    newer = re.search(r'name="overwrite" value="(\d+)"', told)
    assert newer is not None
    client.post(f"{LIST}demo_source/edit/", {**mine, "overwrite": newer[1]})
    assert Channel.objects.get().owner == "我改的单位"


def test_a_channel_page_shows_owners_catalogue_editions_and_history(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    owned = GRID + 'limits: {owner: source, margin: "4 work_hour"}\ncallback: source\n'
    at = timezone.now()
    publish_channel(actor=OPERATOR, at=at, text=owned)
    publish_channel(actor=OPERATOR, at=at, text=owned.replace("{path: event.title}", "{path: event.name}"))
    text = page(client, f"{LIST}smart_grid/")
    for words in (
        "内部时限提前 4 工作时", "由来源回访，评价从来源导入。", "全要素网格社会治理平台", "第 1 版",
        "第 2 版", "发布渠道定义", "示例格式", "每分钟 12000 条",
    ):  # fmt: skip
        assert words in text
    first, second = (page(client, f"{LIST}smart_grid/mapping/{number}/") for number in (1, 2))
    assert ("event.title" in first, "event.title" in second) == (True, False)
    assert client.get(f"{LIST}smart_grid/mapping/3/").status_code == 404
    assert client.get(f"{LIST}nothing/").status_code == 404


def test_disabling_asks_for_a_reason_and_enabling_does_not(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    pushed(timezone.now())
    address = f"{LIST}demo_source/switch/"
    assert client.post(address, {"reason": " "}).status_code == 422
    client.post(address, {"reason": "对方系统升级"})
    assert not Channel.objects.get().is_enabled
    assert "对方系统升级" in page(client, f"{LIST}demo_source/")
    client.post(address, {"on": "yes"})
    assert Channel.objects.get().is_enabled


def test_a_key_is_shown_once_with_an_example_that_is_accepted(log_in: LogIn, client: Client) -> None:
    log_in(EDITOR)
    pushed_with_sample = TEXT + 'sample: |\n  {"number": "A1", "content": "路灯不亮"}\n'
    opened(pushed_with_sample, timezone.now())
    answer = client.post(f"{LIST}demo_source/keys/", {"kind": "hmac"})
    text = answer.content.decode()
    found = re.search(r'id="secret" readonly value="([^"]+)"', text)
    assert found is not None
    secret, key = found[1], ChannelKey.objects.get()
    assert "no-store" in answer["Cache-Control"]
    assert key.name in text
    assert secret not in page(client, f"{LIST}demo_source/")
    assert secret.encode() not in bytes(key.secret)
    sent = _run_example(text, client)
    assert sent.status_code == 202
    client.post(f"{LIST}-/keys/{key.id}/end/")
    assert "已失效" in page(client, f"{LIST}demo_source/")
    assert _run_example(text, client).status_code == 401


def _run_example(text: str, client: Client) -> object:
    """Run the program that the page offers, its request answered by the test client."""
    import html
    import urllib.request

    example = re.search(r'<textarea[^>]*id="example"[^>]*>\n?(.*?)</textarea>', text, re.DOTALL)
    assert example is not None
    program = html.unescape(example[1]).rsplit("\n", 2)[0]
    names: dict[str, object] = {}
    exec(program, names)
    assert isinstance(names["body"], bytes)
    assert urllib.request
    given = names["headers"]
    assert isinstance(given, dict)
    signed = Signed(*(given[name] for name in (KEY, TIME, NONCE, SIGNATURE)))
    assert fault(
        signed, str(names["SECRET"]), method="POST", path=str(names["PATH"]), body=names["body"],
        at=timezone.now(),
    ) == ""  # fmt: skip
    headers = {name: value for name, value in given.items() if name != "Content-Type"}
    return client.post(str(names["PATH"]), names["body"], content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"kind": "theirs"}, "given"),
        ({"kind": "hmac", "given": "x"}, "given"),
        ({"kind": "hmac", "valid_to": "2020-01-01"}, "valid_to"),
        ({"kind": "paper"}, "kind"),
    ],
)
def test_a_key_that_cannot_be_given_is_refused_at_the_field(
    log_in: LogIn, given: dict[str, str], problem: str
) -> None:
    client = log_in(EDITOR)
    pushed(timezone.now())
    answer = client.post(f"{LIST}demo_source/keys/", given)
    assert answer.status_code == 422
    assert f'id="id_{problem}_errors"' in answer.content.decode()
    assert not ChannelKey.objects.exists()


def test_the_other_sides_token_is_kept_and_not_shown(log_in: LogIn) -> None:
    client = log_in(EDITOR)
    pushed(timezone.now())
    answer = client.post(f"{LIST}demo_source/keys/", {"kind": "theirs", "given": "their-token"}, follow=True)
    assert ChannelKey.objects.get().kind == "theirs"
    assert "their-token" not in answer.content.decode()


def test_messages_are_masked_and_lead_to_the_quarantine(log_in: LogIn) -> None:
    live = pushed(timezone.now())
    body = {
        "number": "A1", "content": "13912345678 说灯不亮", "name": "王小明", "phone": "13800001234",
        "time": "昨天",
    }  # fmt: skip
    receive_raw(channel=live, bodies=[json.dumps(body, ensure_ascii=False)], at=timezone.now())
    handle_waiting()
    client = log_in(EDITOR)
    text = page(client, f"{LIST}demo_source/")
    row, entry = RawMessage.objects.get(), QuarantineEntry.objects.get()
    assert f"/intake/quarantine/{entry.id}/" in text
    alone = page(client, f"{LIST}demo_source/messages/{row.id}/")
    assert "灯不亮" in alone
    for personal in ("王小明", "13800001234", "13912345678"):
        assert personal not in text
        assert personal not in alone
    log_in("intake.health")
    assert "灯不亮" not in page(client, f"{LIST}demo_source/")
    assert client.get(f"{LIST}demo_source/messages/{row.id}/").status_code == 403


def test_the_catalogue_lists_systems_and_resources_and_goes_out_as_csv(log_in: LogIn) -> None:
    at = timezone.now()
    publish_channel(actor=OPERATOR, at=at, text=GRID.replace("网格上报事件", '"=网格上报事件"'))
    publish_channel(actor=OPERATOR, at=at, text=TEXT)
    client = log_in("intake.health")
    text = page(client, "/intake/catalogue/")
    assert all(
        words in text for words in ("全要素网格社会治理平台", "市大数据集团", "网格上报事件", "有条件共享")
    )
    assert "没有符合条件的数据资源" in page(client, "/intake/catalogue/?text=%E6%B0%B4%E5%8A%A1")
    answer = client.get("/intake/catalogue/?format=csv")
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][0] == "数据资源"
    assert [(row[0], row[1], row[8]) for row in rows[1:]] == [
        ("'=网格上报事件", "全要素网格社会治理平台", "smart_grid")
    ]


def test_other_pages_call_a_channel_by_its_name_in_the_registry(log_in: LogIn) -> None:
    live = pushed(timezone.now())
    receive_raw(channel=live, bodies=[json.dumps({"number": "A1", "content": "路灯不亮"})], at=timezone.now())
    handle_waiting()
    client = log_in("cases.view", "cases.export")
    case: UUID = ReportLink.objects.get().case_id
    assert "示例来源" in page(client, f"/cases/{case}/")
    listing = page(client, "/cases/?channel=%E7%A4%BA%E4%BE%8B%E6%9D%A5%E6%BA%90")
    assert str(case) in listing
    assert '<option value="demo_source">示例来源' in listing
    assert Account.objects.exists()
    switch_channel(actor=OPERATOR, at=timezone.now(), channel_id=live.id, on=False, reason="检修")
    assert "示例来源" in page(client, f"/cases/{case}/")
