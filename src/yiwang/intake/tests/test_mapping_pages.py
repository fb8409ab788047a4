"""Mapping files are published on a page: checked by line and key, tried on a sample, kept as editions."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yiwang.cases.models import Report
from yiwang.cases.tests.factories import AT
from yiwang.intake.models import Mapping, RawMessage
from yiwang.intake.services.registry import publish_channel
from yiwang.intake.tests.open311_city import DEFINITION, EDITOR
from yiwang.intake.tests.test_importing import HEADER, MAPPING, ROWS
from yiwang.intake.tests.test_pages import ACTS, log_in
from yiwang.ledger.public import JournalEntry

pytestmark = pytest.mark.django_db
PUBLISH = "/intake/mappings/publish/"
__all__ = ["log_in"]


@pytest.fixture
def page(log_in) -> Client:
    return log_in(*ACTS)


def sample(*rows: str, name: str = "a.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join([HEADER, *rows]).encode("gb18030"))


@pytest.mark.parametrize("address", ["/intake/mappings/", PUBLISH])
def test_mappings_are_for_whoever_imports(log_in, client: Client, address: str) -> None:
    assert client.get(address).status_code == 302
    assert log_in("cases.view", "intake.quarantine").get(address).status_code == 403
    assert log_in(*ACTS).get(address).status_code == 200


def test_a_mapping_is_published_as_editions_that_stay(page: Client) -> None:
    answer = page.post(PUBLISH, {"text": MAPPING, "what": "publish"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/intake/mappings/of/demo/1/")
    again = page.post(PUBLISH, {"text": MAPPING.replace("\n", "\r\n"), "what": "publish"})
    assert again.headers["Location"].endswith("/1/"), "the same text is the same edition"
    changed = MAPPING.replace("内容", "事由")
    upload = SimpleUploadedFile("m.yaml", b"\xef\xbb\xbf" + changed.encode())
    answer = page.post(PUBLISH, {"text": MAPPING, "file": upload, "what": "publish"})
    assert answer.headers["Location"].endswith("/2/"), "a chosen file wins over the text"
    assert [row.text for row in Mapping.objects.order_by("edition")] == [MAPPING, changed]
    assert JournalEntry.objects.filter(kind="intake.mapping_published").count() == 2
    first = page.get("/intake/mappings/of/demo/1/").content.decode()
    assert ("text: 内容" in first, "不是最新的一版" in first, "of/demo/2/" in first) == (True, True, True)
    listed = page.get("/intake/mappings/").content.decode()
    assert ("of/demo/2/" in listed, "of/demo/1/" in listed) == (True, False)
    assert "text: 事由" in page.get(f"{PUBLISH}?from=demo").content.decode()
    assert page.get("/intake/mappings/of/demo/3/").status_code == 404


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (MAPPING.replace("text: 内容", "texts: 内容"), 5, "texts"),
        (MAPPING.replace("channel: demo\n", ""), 1, "channel"),
        ("name: demo\n  bad: [", 2, "YAML"),
        ("", 0, "请粘贴映射文件的内容"),
    ],
)
@pytest.mark.parametrize("what", ["preview", "publish"])
def test_a_wrong_file_is_told_with_line_and_key_and_nothing_is_published(
    page: Client, text: str, line: int, said: str, what: str
) -> None:
    answer = page.post(PUBLISH, {"text": text, "what": what})
    shown = answer.content.decode()
    assert (answer.status_code, said in shown) == (422, True)
    assert answer.context["draft"].line == line
    assert (f'data-line="{line}"' in shown) == bool(line)
    assert not Mapping.objects.exists()


def test_a_file_in_another_encoding_is_refused(page: Client) -> None:
    upload = SimpleUploadedFile("m.yaml", MAPPING.encode("gb18030"))
    answer = page.post(PUBLISH, {"file": upload, "what": "publish"})
    assert (answer.status_code, "UTF-8" in answer.content.decode()) == (422, True)


def test_the_preview_shows_ten_rows_as_fields_or_the_error_at_the_field_and_stores_nothing(
    page: Client,
) -> None:
    more = [f"{number},路灯不亮,2026-02-13 16:00,,," for number in range(10, 20)]
    answer = page.post(PUBLISH, {"text": MAPPING, "sample": sample(*ROWS, *more), "what": "preview"})
    rows = answer.context["draft"].rows
    assert (answer.status_code, len(rows)) == (200, 10)
    assert [(v.label, v.words) for v in rows[0].values][:3] == [
        ("来源编号", "1"), ("诉求内容", "路灯不亮"), ("接收时间", "2026-02-13 15:20:00"),
    ]  # fmt: skip
    assert ("状态", "已结案") in [(v.label, v.words) for v in rows[0].values]
    assert (rows[2].line, rows[2].field) == (4, "诉求内容")
    assert "必填" in rows[2].remedy
    shown = answer.content.decode()
    assert ("第 4 行" in shown, "会被隔离" in shown, rows[2].remedy in shown.replace("&quot;", '"')) == (
        True, True, True,
    )  # fmt: skip
    assert "no-store" in answer.headers["Cache-Control"]
    assert [model.objects.count() for model in (Mapping, RawMessage, Report)] == [0, 0, 0]


def test_a_broken_row_and_a_file_of_another_kind_are_told(page: Client) -> None:
    answer = page.post(PUBLISH, {"text": MAPPING, "sample": sample("1,只有两列"), "what": "preview"})
    assert "只有 2 列" in answer.context["draft"].rows[0].remedy
    answer = page.post(PUBLISH, {"text": MAPPING, "sample": sample(name="a.docx"), "what": "preview"})
    assert (answer.status_code, "文件名须以" in answer.content.decode()) == (422, True)


def test_the_mapping_of_a_channel_is_changed_on_the_channels_page(page: Client) -> None:
    text = DEFINITION.format(code="app", jurisdiction="a", public="true", descriptions="false")
    publish_channel(actor=EDITOR, at=AT, text=text)
    assert Mapping.objects.filter(name="app").exists()
    answer = page.post(PUBLISH, {"text": MAPPING.replace("name: demo", "name: app"), "what": "publish"})
    assert (answer.status_code, "渠道目录" in answer.content.decode()) == (422, True)
    assert "of/app/" not in page.get("/intake/mappings/").content.decode()
    assert page.get("/intake/mappings/of/app/1/").status_code == 404


def test_a_sample_is_shown_without_who_reports(page: Client) -> None:
    rows = sample("1,路灯不亮，电话 13800005678,2026-02-13 16:00,,,13900001234")
    shown = page.post(PUBLISH, {"text": MAPPING, "what": "preview", "sample": rows}).content.decode()
    assert ("13900001234" in shown, "13800005678" in shown) == (False, False)
    assert ("139****1234" in shown, "路灯不亮，电话 ****" in shown) == (True, True)
