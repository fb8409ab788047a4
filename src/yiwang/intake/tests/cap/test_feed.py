"""Indexes of alerts: Atom and RSS, links within the host only, and what is new in them."""

from __future__ import annotations

import pytest

from yiwang.intake.rules.cap.documents import DEFAULT_BYTES
from yiwang.intake.rules.cap.feed import FeedIndex, read_index, same_place
from yiwang.intake.rules.cap.refusals import CapRefused

from .messages import IDENTIFIER, message

ADDRESS = "https://cap.example/alerts/index.xml"


def atom(*entries: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id>{"".join(entries)}</feed>'


def entry(number: int, links: str = "", updated: str = "2026-07-01T08:00:00Z", inside: str = "") -> str:
    return f"<entry><id>urn:{number}</id><updated>{updated}</updated>{links}{inside}</entry>"


def link(href: str, **more: str) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<link href="{href}"{attributes}/>'


def index(text: str) -> FeedIndex:
    return read_index(text.encode(), ADDRESS, limit=DEFAULT_BYTES)


def test_an_atom_index_prefers_the_link_to_the_message_itself() -> None:
    links = link("/page.html", rel="alternate") + link("1.cap", type="application/cap+xml")
    found = index(atom(entry(1, links), entry(2, link("2.cap"))))
    assert [each.address for each in found.entries] == [
        "https://cap.example/alerts/1.cap", "https://cap.example/alerts/2.cap",
    ]  # fmt: skip


def test_an_rss_index_is_read_by_link_or_enclosure() -> None:
    found = index(
        "<rss><channel><item><guid>a</guid><link>/a.xml</link><pubDate>now</pubDate></item>"
        "<item><guid>b</guid><link>/b.html</link><enclosure url='/b.cap' type='application/cap+xml'/></item>"
        "</channel></rss>"
    )
    assert [(each.id, each.address, each.updated) for each in found.entries] == [
        ("a", "https://cap.example/a.xml", "now"), ("b", "https://cap.example/b.cap", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "href",
    ["http://cap.example/1.cap", "https://other.example/1.cap", "https://cap.example:8443/1.cap", "file:///1.cap",
     "//other.example/1.cap", "https://user@cap.example/1.cap", "https://cap.example.other.example/",
     "javascript:1", "https://cap.example:port/", "https://[bad"],
)  # fmt: skip
def test_a_link_elsewhere_is_not_followed(href: str) -> None:
    found = index(atom(entry(1, link(href))))
    assert (found.entries, found.elsewhere) == ((), (href,))


def test_a_message_inside_an_entry_is_taken_from_there() -> None:
    body = message().partition("?>")[2]
    found = index(atom(entry(1, link("1.cap"), inside=f"<content type='text/xml'>{body}</content>")))
    assert IDENTIFIER.encode() in found.entries[0].inside


def test_only_new_and_changed_entries_are_fresh_the_oldest_first() -> None:
    found = index(atom(entry(3, link("3")), entry(2, link("2"), updated="later"), entry(1, link("1"))))
    seen = {"urn:1": "2026-07-01T08:00:00Z", "urn:2": "2026-07-01T08:00:00Z"}
    assert [each.id for each in found.fresh(seen)] == ["urn:2", "urn:3"]
    assert [each.id for each in found.fresh({})] == ["urn:1", "urn:2", "urn:3"]


@pytest.mark.parametrize("text", ["<html/>", "<!DOCTYPE rss [<!ENTITY x 'y'>]><rss/>", "", "<feed>"])
def test_a_page_that_is_no_index_is_refused(text: str) -> None:
    with pytest.raises(CapRefused):
        index(text)


def test_an_address_that_is_a_message_is_an_index_of_one() -> None:
    assert index(message()).entries[0].inside == message().encode()
    assert same_place("https://a/x", "https://A:443/y")
    assert not same_place("https://a/", "http://a/")
