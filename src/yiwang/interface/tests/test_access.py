"""Access: who gets a page, who the login page, and who is refused."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from yiwang.interface.public import staff
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.errors import Refused


def ask(*acts: str, holds: tuple[str, ...] | None = None, **headers: str) -> HttpResponse:
    """What a page answers that asks for `acts`, to somebody who holds others (None: not logged in)."""

    def page(request: HttpRequest, actor: Actor, word: str) -> HttpResponse:
        return HttpResponse(f"{word} {sorted(actor.grants)}")

    request = RequestFactory(headers=headers).get("/sample/?page=2")
    if holds is not None:
        actor = Actor(account_id=None, grants=dict.fromkeys(holds, EVERYWHERE))
        request.actor = actor  # type: ignore[attr-defined]
    return staff(*acts)(page)(request, "hello")  # type: ignore[return-value]


@pytest.mark.parametrize("acts", [(), ("tests.view",), ("tests.audit", "tests.view")])
def test_one_of_the_acts_is_enough_and_none_asks_for_a_login_only(acts):
    answer = ask(*acts, holds=("tests.view",))
    assert (answer.status_code, answer.content.decode()) == (200, "hello ['tests.view']")


def test_whoever_holds_none_is_refused_with_the_first_act_named():
    with pytest.raises(Refused, match="您的岗位没有打开此页面的权限") as refused:
        ask("tests.audit", "tests.close", holds=("tests.view",))
    assert refused.value.details == {"act": "tests.audit"}


def test_whoever_is_not_logged_in_comes_back_after_the_login():
    answer = ask("tests.view")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/sample/%3Fpage%3D2")


def test_a_fragment_of_an_ended_login_loads_its_page_again_instead_of_the_login_page_in_its_midst():
    answer = ask("tests.view", **{"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Refresh"], answer.content) == (401, "true", b"")
