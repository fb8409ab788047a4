"""The page frame and each component, as whole pages."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from yiwang.interface.masking import masked


class _Page(HTMLParser):
    """Elements of a page, its inline scripts and handlers."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element of that tag."""
        return [attributes for name, attributes in self.elements if name == tag]


def _page(browser: Client, address: str = "/sample/", **headers: str) -> tuple[str, _Page]:
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200
    text = answer.content.decode()
    return text, _Page(text)


@pytest.mark.parametrize("address", ["/sample/", "/sample/?frame=public"])
def test_a_page_has_no_inline_script_no_handler_and_nothing_from_elsewhere(
    browser: Client, address: str
) -> None:
    _, page = _page(browser, address)
    for script in page.all("script"):
        assert script.get("src") or script.get("type") == "application/json"
    for _tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith(("on", "hx-on"))]
        for name in ("src", "href", "action", "hx-get"):
            assert not (attributes.get(name) or "").startswith(("http:", "https:", "//"))


def test_every_id_stands_once_and_every_label_names_a_field(browser: Client) -> None:
    _, page = _page(browser)
    ids = [a["id"] for _t, a in page.elements if a.get("id")]
    assert sorted(ids) == sorted(set(ids))
    for label in page.all("label"):
        assert label.get("for") in ids or label.get("class") == "form-check" or "for" not in label
    for _tag, attributes in page.elements:
        for tie in (attributes.get("aria-describedby") or "").split():
            assert tie in ids


def test_the_menu_shows_what_the_acts_allow_and_marks_the_open_page(browser: Client) -> None:
    text, page = _page(browser, "/sample/list/")
    assert "全部案件" in text
    assert "审计" not in text
    assert [a["href"] for a in page.all("a") if a.get("aria-current") == "page"] == ["/sample/list/"]


def test_whoever_is_not_logged_in_has_no_menu_and_no_panel(browser: Client) -> None:
    text, _ = _page(browser, "/sample/", **{"X-Nobody": "1"})
    assert "全部案件" not in text
    assert "附近案件" not in text


def test_a_panel_loads_from_its_own_address_and_a_forbidden_one_is_not_drawn(browser: Client) -> None:
    text, page = _page(browser)
    loads = [a["hx-get"] for _t, a in page.elements if a.get("hx-get")]
    assert loads == ["/sample/panel/00000000-0000-0000-0000-000000000003/"]
    assert "审计面板" not in text


def test_the_page_speaks_english_after_the_switch(browser: Client) -> None:
    assert 'lang="zh-hans"' in _page(browser)[0]
    answer = browser.post("/frame/language/", {"language": "en", "next": "/sample/"})
    assert answer.status_code == 302
    assert 'lang="en"' in _page(browser)[0]


def test_the_large_type_mode_is_kept_and_can_be_left(browser: Client) -> None:
    assert 'class="large-type"' not in _page(browser)[0]
    assert browser.post("/frame/large-type/", {"next": "/sample/?a=1"}).headers["Location"] == "/sample/?a=1"
    assert 'class="large-type"' in _page(browser)[0]
    browser.post("/frame/large-type/", {"next": "/sample/"})
    assert 'class="large-type"' not in _page(browser)[0]


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""]
)
def test_the_large_type_switch_leads_nowhere_else(browser: Client, target: str) -> None:
    assert browser.post("/frame/large-type/", {"next": target}).headers["Location"] == "/"


def test_changing_the_order_drops_the_cursor_and_keeps_the_filters(browser: Client) -> None:
    _, page = _page(browser, "/sample/?state=handling&cursor=abc")
    links = [a["href"] for a in page.all("a") if (a.get("href") or "").startswith("?")]
    assert links == [
        "?state=handling&order=state",
        "?state=handling&order=due",
        "?state=handling&cursor=ghi.jkl",
        "?state=handling&cursor=abc.def",
    ]


def test_badges_tell_the_state_and_the_time_left(browser: Client) -> None:
    text, _ = _page(browser)
    assert "已超时 1天6小时" in text
    assert '<span class="badge tone-warning" title="2026-02-15 09:10">剩余 40分钟</span>' in text
    assert '<span class="badge tone-neutral">已作废</span>' in text


def test_a_wrong_field_says_so_beside_itself_and_to_screen_readers(browser: Client) -> None:
    _, page = _page(browser)
    reason = next(a for a in page.all("textarea") if a["name"] == "reason")
    assert reason["aria-invalid"] == "true"
    assert reason["aria-describedby"] == "id_reason_helptext id_reason_errors"


def test_a_map_says_that_it_is_illustrative_and_a_chart_has_its_figures_as_a_table(browser: Client) -> None:
    text, _ = _page(browser)
    assert "示意：街道、社区与网格的边界为演示划分，并非真实边界。" in text
    assert "<td>31</td>" in text


def test_pages_carry_a_policy_that_names_only_this_server_and_the_live_feed(
    browser: Client, settings
) -> None:
    settings.YIWANG_LIVE_URL = ""
    settings.YIWANG_LIVE_PORT = 8001
    policy = browser.get("/plain/", headers={"host": "127.0.0.1:8000"}).headers["Content-Security-Policy"]
    assert "default-src 'self'; script-src 'self';" in policy
    assert "connect-src 'self' http://127.0.0.1:8001;" in policy
    settings.YIWANG_LIVE_URL = "https://live.city.example/stream"
    assert (
        "connect-src 'self' https://live.city.example;"
        in browser.get("/plain/").headers["Content-Security-Policy"]
    )


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("王小明", "name", "王**"),
        ("13812345678", "phone", "138****5678"),
        ("84531234", "phone", "******34"),
        ("12", "phone", "**"),
        ("320115199001011234", "identity", "3****************4"),
        ("江宁区东山街道上元社区一号", "address", "江宁区东山街****"),
        ("", "name", ""),
        ("秘密", "all", "**"),
    ],
)
def test_masking_keeps_only_what_its_kind_allows(text: str, kind: str, shown: str) -> None:
    assert masked(text, kind) == shown
