"""Where a request comes from, and how often: behind proxies, and counted by all processes together."""

from __future__ import annotations

import threading
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from yiwang.accounts.addresses import address_of
from yiwang.accounts.models import RateCount
from yiwang.accounts.rules import client_address, counting_unit, shown_address
from yiwang.accounts.services import is_over_limit, purge_rates
from yiwang.project.settings import networks_from

from .factories import AT, make_account

PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1")]
WINDOW = timedelta(minutes=10)


def over(address: str = "203.0.113.9", *, what: str = "report", minutes: int = 0) -> bool:
    """One more attempt, where three are allowed."""
    return is_over_limit(
        what=what, address=address, most=3, window=WINDOW, at=AT + timedelta(minutes=minutes)
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "6.6.6.6", "203.0.113.9"),
        ("10.0.0.2", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "6.6.6.6, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("10.0.0.2", "", "10.0.0.2"),
        ("10.0.0.2", "nonsense", "10.0.0.2"),
        ("10.0.0.2", "203.0.113.9, nonsense", "10.0.0.2"),
        ("10.0.0.2", "10.3.3.3", "10.3.3.3"),
        ("::1", "2001:DB8::9", "2001:db8::9"),
        ("::ffff:10.0.0.2", "203.0.113.9", "203.0.113.9"),
        ("", "203.0.113.9", ""),
    ],
)
def test_only_what_a_trusted_proxy_wrote_is_believed(peer: str, forwarded: str, found: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == found


@given(st.ip_addresses(v=4), st.text(max_size=60))
def test_whoever_is_no_proxy_cannot_choose_his_address(peer: object, claimed: str) -> None:
    assert client_address(str(peer), claimed, []) == str(peer)


def test_the_setting_names_what_is_wrong_in_it() -> None:
    assert networks_from(" 127.0.0.1, 10.0.0.0/8 ,") == ["127.0.0.1", "10.0.0.0/8"]
    with pytest.raises(ImproperlyConfigured, match=r"10\.0\.0\.1/8"):
        networks_from("10.0.0.1/8")


def test_the_request_is_read_by_the_setting(settings) -> None:
    request = RequestFactory().get("/r/", REMOTE_ADDR="10.0.0.2", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert address_of(request) == "10.0.0.2"
    settings.YIWANG_TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert address_of(request) == "203.0.113.9"


@pytest.mark.parametrize(
    ("address", "shown"),
    [("10.20.30.40", "10.20.*.*"), ("2001:db8::9", "2001:0db8:0000:*"), ("", "")],
)
def test_half_of_an_address_is_hidden(address: str, shown: str) -> None:
    assert shown_address(address) == shown


def test_an_ipv6_network_is_one_sender() -> None:
    assert counting_unit("2001:db8:0:1::5") == counting_unit("2001:db8:0:1:ffff::1") == "2001:db8:0:1::/64"
    assert counting_unit("2001:db8:0:2::5") != counting_unit("2001:db8:0:1::5")
    assert counting_unit("10.0.0.1") == "10.0.0.1"


@pytest.mark.django_db
def test_a_limit_counts_by_sender_and_thing_and_begins_anew_after_its_window() -> None:
    assert [over() for _ in range(5)] == [False, False, False, True, True]
    assert over("203.0.113.10") is False
    assert over(what="other") is False
    assert over(minutes=9) is True
    assert over(minutes=10) is False


@pytest.mark.django_db
def test_the_table_is_unlogged() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'accounts_ratecount'")
        assert cursor.fetchone() == ("u",)


@pytest.mark.django_db
def test_windows_that_are_over_are_forgotten() -> None:
    over()
    assert purge_rates(AT + timedelta(minutes=5)) == 0
    assert purge_rates(AT + timedelta(minutes=11)) == 1


@pytest.mark.django_db(transaction=True)
def test_connections_of_several_processes_count_together() -> None:
    refused: list[bool] = []

    def knock() -> None:
        try:
            found = [
                is_over_limit(what="report", address="203.0.113.9", most=25, window=WINDOW, at=AT)
                for _ in range(10)
            ]
            refused.extend(found)
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(refused) == [False] * 25 + [True] * 15
    assert RateCount.objects.get().count == 40


@pytest.mark.django_db
def test_behind_a_proxy_one_client_does_not_lock_the_name_for_all(settings) -> None:
    settings.YIWANG_TRUSTED_PROXIES = ["10.0.0.2"]
    make_account()
    wrong = {"username": "wang", "password": "wrong"}
    client = Client(REMOTE_ADDR="10.0.0.2")
    statuses = [
        client.post("/login/", wrong, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code for _ in range(5)
    ]
    assert statuses[-1] == 429
    assert client.post("/login/", wrong, HTTP_X_FORWARDED_FOR="203.0.113.10").status_code == 200
