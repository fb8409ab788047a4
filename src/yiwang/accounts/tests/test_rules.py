"""How usernames are spelled and what scopes allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.accounts.rules import normal_username, scope_problem, scopes_allow, username_problem


@pytest.mark.parametrize(
    ("raw", "normal"), [(" Wang ", "wang"), ("\uff37ang", "wang"), ("li.na@x", "li.na@x")]
)
def test_a_username_has_one_spelling(raw: str, normal: str) -> None:
    assert normal_username(raw) == normal


@given(st.text(max_size=30))
def test_the_one_spelling_of_a_spelling_is_itself(raw: str) -> None:
    once = normal_username(raw)
    if username_problem(once) is None:
        assert normal_username(once) == once


@pytest.mark.parametrize("username", ["", "a", "王", "a b", "-a", "a" * 65])
def test_a_malformed_username_is_refused(username: str) -> None:
    assert username_problem(username) is not None


@pytest.mark.parametrize(
    ("scopes", "act", "allowed"),
    [
        ({"read"}, "cases.view", True),
        ({"read"}, "cases.dispatch", False),
        ({"read"}, "cases.export", False),
        ({"read"}, "cases.view_sensitive", False),
        ({"write"}, "cases.dispatch", True),
        ({"write"}, "cases.view", False),
        ({"read", "write"}, "cases.reveal_contact", False),
        ({"read", "write"}, "accounts.manage", False),
        ({"read", "write"}, "orgs.assign", False),
        ({"read", "write"}, "orgs.grant", False),
        ({"read", "write"}, "cases.erase", False),
        ({"read", "write"}, "cases.configure", False),
        ({"read", "write"}, "cases.approve_correction", False),
        ({"cases.reveal_contact"}, "cases.reveal_contact", True),
        ({"cases.close"}, "cases.view", False),
        (set(), "cases.view", False),
    ],
)
def test_broad_scopes_leave_out_what_must_be_named(scopes: set[str], act: str, allowed: bool) -> None:
    assert scopes_allow(frozenset(scopes), act) is allowed


@pytest.mark.parametrize(
    ("scopes", "fine"), [(["read"], True), (["cases.view"], True), ([], False), (["all"], False)]
)
def test_a_token_names_known_shapes_of_scopes(scopes: list[str], fine: bool) -> None:
    assert (scope_problem(scopes) is None) is fine
