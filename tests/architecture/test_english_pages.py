"""An English page says in English whatever is not data: every page that links lead to, as who may do all.

What a city, a person or the shipped rules wrote (names, titles, texts) is data and stands as it was written.
So the words of a page are compared with what the database holds: Chinese that no row holds is ours and fails.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone
from tools import translations

from yiwang.cases.public import accept_case, load_defaults
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, receive
from yiwang.clocks.public import load_calendar
from yiwang.kernel.actor import system_actor
from yiwang.ledger.public import bump_now
from yiwang.notify.public import load_templates
from yiwang.orgs.acts import ACTS
from yiwang.orgs.models import Post, PostKind
from yiwang.whistles.public import feed_back_report
from yiwang.whistles.tests.factories import Town, blown, drafted, make_town, reported, sent, task_of

from .source import CHINESE, PACKAGE

#: Fields whose text a service composes: it must be said in the language of the page.
COMPOSED = frozenset({"due_explanation", "explanation", "legal_words", "words", "reason", "remedy"})
#: Attributes that people see or hear.
SPOKEN = frozenset({"title", "aria-label", "placeholder", "alt", "aria-description", "hx-confirm", "label"})
LINKS = ("href", "hx-get", "data-url")
VOID = frozenset({"br", "img", "input", "meta", "link", "hr", "use", "path", "area", "base", "col", "wbr"})
#: Where no words of ours stand: what people type, and the switch back to Chinese.
HIDDEN = frozenset({"script", "style", "textarea", "zh"})
#: A value of a shipped definition.
SCALAR = re.compile(r"[^\s:,\[\]{}\"'][^:,\[\]{}\"']*")
#: What people send is Chinese whoever looks at it: texts of messages.
SENT = frozenset({"notify:template"})
#: Chinese that is no word of ours: what may be typed, in quotation marks; a name with its middle hidden; the
#: heading of a column in a file, beside its key.
TYPED = re.compile(r"“[^”]*”|[\u4e00-\u9fff]+\*+|[\u4e00-\u9fff]+ / [a-z_]+")
#: Fewest views that links must reach, so that nobody tests an empty menu.
FEWEST = 110
#: Pages looked at of one view, such as of cases in different states.
MOST = 6


class _Page(HTMLParser):
    """What a page says, with the place of each text, and where it leads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[tuple[str, str]] = []
        self.links: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links += [given[name] for name in LINKS if given.get(name)]
        spoken = SPOKEN | ({"value"} if given.get("type") in {"submit", "button"} else set())
        self.said += [(given[name], f"{tag}@{name}") for name in spoken & set(given)]
        if tag not in VOID:
            self._open.append("zh" if given.get("lang", "en").startswith("zh") else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not HIDDEN & set(self._open[1:]):
            self.said.append((" ".join(data.split()), "/".join(self._open[-2:])))


@pytest.fixture
def client(db: None, settings: Any) -> Client:
    """Somebody who may do everything, with the pages in English, in a city with a few cases."""
    translations.compile_catalogues()
    settings.STRICT_BUDGETS = False  # caches are cold on the first pages
    town = make_town()
    city = town.city
    actor = system_actor("setup", "clocks.edit", "catalog.edit", "notify.configure")
    for load in (load_calendar, load_defaults, load_templates):
        load(actor=actor, at=timezone.now())
    _cases(city)
    _whistles(town)
    account = city.login("dispatcher", username="all")
    kind = PostKind.objects.create(
        code="everything",
        name="全能岗",
        grants=[{"act": act, "scope": "everywhere"} for acts in ACTS.values() for act in acts],
    )
    Post.objects.filter(holdings__account=account).update(kind=kind)
    for cache in ("posts", "post_kinds", "grants"):
        bump_now(cache)
    found = Client()
    found.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    found.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return found


def _cases(city: City) -> None:
    """A case at some of the states a page shows differently."""
    now = timezone.now()
    receive(city, at=now)
    _, waiting = receive(city, at=now, matter_class=city.classes["event"].id)
    accept_case(actor=SYSTEM, at=now, case_id=waiting.id)
    dispatched(city, at=now - timedelta(days=20))
    dispatched(city, at=AT)


def _whistles(town: Town) -> None:
    """A whistle at each of its steps, the last one waiting to be rated."""
    now = timezone.now()
    drafted(town, at=now, title="草稿")
    blown(town, at=now, title="待审批")
    sent(town, at=AT, title="早已超时", co=(town.city.unit("gardens"),))
    there = sent(town, at=now - timedelta(hours=1), title="已报到")
    reported(town, there, town.cleaning, at=now - timedelta(hours=1))
    done = sent(town, at=now - timedelta(hours=2), title="待评价")
    reported(town, done, town.cleaning, at=now - timedelta(hours=2))
    feed_back_report(
        actor=town.cleaning, at=now, whistle_id=done.id, task_id=task_of(done).id, result="已联合整治完毕",
        pictures=[],
    )  # fmt: skip


def _pages(client: Client) -> Iterator[tuple[str, _Page]]:
    waiting, shown, seen = ["/"], Counter[str](), set[str]()
    while waiting:
        address = waiting.pop(0).split("#")[0]
        path = address.split("?")[0]
        try:
            view = resolve(path).view_name if path.startswith("/") else ""
        except Resolver404:
            continue
        if not view or path in seen or shown[view] == MOST or "/api/" in path or "logout" in path:
            continue
        seen.add(path)
        shown[view] += 1
        answer = client.get(address, follow=True)
        if "html" not in answer.headers.get("Content-Type", ""):
            b"".join(answer)  # a streamed file is closed when it has been read
            continue
        page = _Page()
        page.feed(answer.content.decode())
        waiting += [urljoin(address, link) for link in page.links if ":" not in link.split("/")[0]]
        yield view, page


def _written() -> list[str]:
    """What people and shipped rules wrote, longest first."""
    found = {
        words
        for path in PACKAGE.rglob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
        for words in (line.strip(), *SCALAR.findall(line))
    }
    for model in apps.get_models():
        for column in model._meta.fields:
            if column.name in COMPOSED or column.choices:
                continue
            if isinstance(column, (models.CharField, models.TextField, models.JSONField)):
                values = model.objects.values_list(column.name, flat=True).distinct()
                for value in values:
                    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                    found |= {text.strip(), *(" ".join(line.split()) for line in text.splitlines())}
                    if not isinstance(value, str):
                        found |= set(re.findall(r'"([^"]+)"', text))
    return sorted((text for text in found if CHINESE.search(text)), key=len, reverse=True)


def test_an_english_page_holds_no_chinese_but_what_was_written(client: Client) -> None:
    written = _written()
    views, left = set[str](), dict[str, str]()
    for view, page in _pages(client):
        views.add(view)
        if view in SENT:
            continue
        for text, place in page.said:
            rest = text
            for known in written:
                if not CHINESE.search(rest):
                    break
                rest = rest.replace(known, "")
            if CHINESE.search(TYPED.sub("", rest)):
                left.setdefault(f"{text[:90]} [{place}]", view)
    assert left == {}
    assert len(views) > FEWEST
