"""The sample site of these tests: its addresses, its templates and the frame's middleware."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from yiwang.interface import changes, navigation, panels
from yiwang.interface.navigation import Entry
from yiwang.interface.panels import Panel
from yiwang.kernel.actor import EVERYWHERE, Actor

FRAME_MIDDLEWARE = ["yiwang.interface.middleware.ContentSecurity", "yiwang.interface.middleware.Acts"]
ACTOR = Actor(account_id=None, grants={"tests.view": EVERYWHERE})


class AsActor:
    """Middleware of the tests: whoever asks acts with `tests.view`, unless `X-Nobody` is sent."""

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the actor."""
        request.actor = None if "X-Nobody" in request.headers else ACTOR  # type: ignore[attr-defined]
        return self.get_response(request)


@pytest.fixture(autouse=True)
def sample_site(settings) -> Iterator[None]:
    """Serve the sample site, with three entries in the menu and two panels."""
    settings.ROOT_URLCONF = "yiwang.interface.tests.urls"
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [Path(__file__).parent / "templates"]
    settings.TEMPLATES = templates
    kept = [
        name
        for name in settings.MIDDLEWARE
        if name not in FRAME_MIDDLEWARE and ("yiwang." not in name or name.endswith(".Language"))
    ]
    settings.MIDDLEWARE = [*kept, f"{__name__}.AsActor", *FRAME_MIDDLEWARE]
    settings.CSRF_FAILURE_VIEW = "yiwang.interface.failures.csrf_refused"
    settings.STRICT_BUDGETS = True
    saved = dict(navigation._entries), dict(panels._panels), dict(changes._kind_labels), changes._post_namer
    navigation._entries.clear()
    panels._panels.clear()
    changes._kind_labels.clear()
    changes._post_namer = None
    navigation.add(Entry("tests.sample", "案件", "sample", act="tests.view", icon="inbox"))
    navigation.add(
        Entry("tests.list", "全部案件", "sample_list", act="tests.view", icon="list", section="查询")
    )
    navigation.add(Entry("tests.secret", "审计", "sample", act="tests.audit", icon="lock"))
    navigation.add(Entry("tests.leave", "退出登录", "sample", place="account", post=True, icon="logout"))
    panels.add(Panel("tests.near", "tests.owner", "附近案件", "sample_panel", act="tests.view", queries=2))
    panels.add(Panel("tests.hidden", "tests.owner", "审计面板", "sample_panel", act="tests.audit"))
    yield
    navigation._entries.clear()
    navigation._entries.update(saved[0])
    panels._panels.clear()
    panels._panels.update(saved[1])
    changes._kind_labels.clear()
    changes._kind_labels.update(saved[2])
    changes._post_namer = saved[3]


@pytest.fixture
def browser() -> Client:
    """A client that reports errors as answers."""
    return Client(raise_request_exception=False)
