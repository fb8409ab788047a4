"""Garbage at the Open311 server: never a 500, always the specification's form."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.intake.tests.open311_city import FORM, ROOT, Served, errors, filled, post, serve


@pytest.fixture
def served(db: None) -> Served:
    return serve()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data"),
        (b"a=%ff%fe&b=\x00", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"&".join(b"a%d=1" % n for n in range(2000)), FORM),
        (b"{", "application/json"),
    ],
)
def test_a_broken_body_is_a_400_in_the_form_of_the_specification(
    client: Client, body: bytes, kind: str
) -> None:
    serve()
    answer = client.post(f"{ROOT}/requests.json", body, content_type=kind)
    assert answer.status_code in {400, 403}
    assert [code for code, _text in errors(answer)] == [str(answer.status_code)]


_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
_FIELDS = [
    "service_code", "lat", "long", "address_string", "address_id", "description", "phone", "email",
    "first_name", "last_name", "account_id", "media_url", "attribute[kind]", "attribute[note]",
    "attribute[privacy]",     "jurisdiction_id", "attribute[kind][]", "attribute[x][1]",
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=st.dictionaries(st.sampled_from(_FIELDS), _TEXT, max_size=6))
def test_garbage_in_a_post_is_never_a_500(client: Client, served: Served, fields: dict[str, str]) -> None:
    answer = post(client, {**filled(served), **fields})
    assert answer.status_code in {200, 400, 404}
    if answer.status_code == 200:
        (row,) = answer.json()
        assert ("token" in row) != ("service_request_id" in row)
    else:
        assert errors(answer)


_ASKED = ["service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size",
          "updated_after", "updated_before", "jurisdiction_id", "extensions"]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.dictionaries(st.sampled_from(_ASKED), _TEXT | st.just("2026-01-01T00:00:00Z"), max_size=5),
    path=_TEXT,
    kind=st.sampled_from(["json", "xml"]),
)
def test_garbage_in_a_query_is_never_a_500(
    client: Client, served: Served, query: dict[str, str], path: str, kind: str
) -> None:
    asked = urlencode({**query, "api_key": served.key})
    for address in (
        "requests",
        f"requests/{quote(path)}",
        f"services/{quote(path)}",
        f"tokens/{quote(path)}",
    ):
        answer = client.get(f"{ROOT}/{address}.{kind}?{asked}")
        assert answer.status_code in {200, 400, 404}, answer.content
