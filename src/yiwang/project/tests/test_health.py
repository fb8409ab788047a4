"""Health says what is not ready; figures and logs tell nothing about people."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client, override_settings

from yiwang.project import health
from yiwang.project.logs import configure


@pytest.mark.django_db
def test_health_is_200_when_server_database_and_queue_are_ready(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    told = answer.json()
    assert told["not_ready"] == []
    assert told["checks"] == {
        "server": {"ready": True}, "database": {"ready": True}, "queue": {"ready": True},
    }  # fmt: skip
    assert "no-store" in answer.headers["Cache-Control"]


def beat(part: str, *, seconds_ago: int, process: str = "here:1") -> None:
    """A heartbeat of the past, in the table that is meant for the part."""
    with connection.cursor() as cursor:
        if part == "worker":
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) "
                "VALUES (now() - make_interval(secs => %s))",
                [seconds_ago],
            )
            return
        cursor.execute(
            "INSERT INTO ledger_heartbeat (part, process, started_at, seen_at) "
            "VALUES (%s, %s, now() - interval '1 hour', now() - make_interval(secs => %s))",
            [part, process, seconds_ago],
        )


@pytest.mark.django_db
def test_with_all_processes_alive_the_instance_is_ready(client: Client) -> None:
    for part in ("worker", "relay", "clock", "intake", "triage", "live"):
        beat(part, seconds_ago=3)
    told = client.get("/healthz").json()
    assert (told["status"], told["degraded"]) == ("ready", [])
    assert told["parts"]["relay"] == {"state": "alive", "alive": 1, "seen_seconds_ago": 3}


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["worker", "relay", "clock", "intake", "triage", "live"])
def test_a_silent_process_degrades_the_instance_and_is_named_with_its_age(client: Client, part: str) -> None:
    for other in ("worker", "relay", "clock", "intake", "triage", "live"):
        beat(other, seconds_ago=90 if other == part else 3)
    answer = client.get("/healthz")
    told = answer.json()
    assert (answer.status_code, told["status"], told["degraded"]) == (200, "degraded", [part])
    assert told["parts"][part] == {"state": "silent", "alive": 0, "seen_seconds_ago": 90}
    figures = client.get("/metrics").content.decode()
    assert f'yiwang_part_silence_seconds{{part="{part}"}} 90.0' in figures


@pytest.mark.django_db
def test_one_living_process_of_several_is_enough_and_one_never_heard_of_is_absent(client: Client) -> None:
    beat("clock", seconds_ago=600, process="here:1")
    beat("clock", seconds_ago=2, process="there:9")
    parts = client.get("/healthz").json()["parts"]
    assert parts["clock"] == {"state": "alive", "alive": 1, "seen_seconds_ago": 2}
    assert parts["worker"] == {"state": "absent", "alive": 0, "seen_seconds_ago": None}


@pytest.mark.django_db
def test_a_part_that_a_city_runs_besides_is_watched_once_it_has_beaten(client: Client) -> None:
    beat("gateway", seconds_ago=80)
    assert client.get("/healthz").json()["parts"]["gateway"]["state"] == "silent"


@pytest.mark.django_db
def test_a_missing_migration_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    known = health._known_migrations()
    monkeypatch.setattr(health, "_known_migrations", lambda: known | {"cases.9999_future"})
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["not_ready"] == ["database"]
    assert "cases.9999_future" in answer.json()["checks"]["database"]["reason"]


@pytest.mark.django_db
def test_a_queue_without_tables_is_named(client: Client, as_owner: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE procrastinate_jobs RENAME TO procrastinate_jobs_away")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["not_ready"] == ["queue"]


@pytest.mark.django_db
def test_figures_are_for_this_machine_unless_opened(client: Client) -> None:
    client.get("/no-such-page/")
    text = client.get("/metrics").content.decode()
    assert "yiwang_database_up 1.0" in text
    assert "yiwang_outbox_pending 0.0" in text
    assert 'yiwang_requests_total{method="GET",route="unmatched",status="404"}' in text
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    with override_settings(YIWANG_METRICS_OPEN=True):
        assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("127.0.0.1", "", 200),
        ("127.0.0.1", "198.51.100.9", 403),
        ("127.0.0.1", "127.0.0.1, 198.51.100.9", 403),
        ("10.0.0.2", "127.0.0.1", 403),
        ("10.0.0.2", "", 403),
    ],
)
def test_behind_a_proxy_on_this_machine_figures_are_still_for_this_machine_only(
    client: Client, peer: str, forwarded: str, status: int
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with override_settings(YIWANG_TRUSTED_PROXIES=["127.0.0.1/32"]):
        assert client.get("/metrics", REMOTE_ADDR=peer, headers=headers).status_code == status


@pytest.mark.django_db
def test_without_trusted_proxies_a_forwarded_address_opens_and_closes_nothing(client: Client) -> None:
    claimed = {"X-Forwarded-For": "127.0.0.1"}
    with override_settings(YIWANG_TRUSTED_PROXIES=[]):
        assert client.get("/metrics", REMOTE_ADDR="198.51.100.9", headers=claimed).status_code == 403
        assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200


@pytest.fixture
def log_lines(capsys: pytest.CaptureFixture[str]) -> Iterator[object]:
    configure()
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.INFO)

    def read() -> list[dict[str, object]]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]

    yield read
    logging.getLogger().setLevel(level)


@pytest.mark.django_db
def test_a_request_is_one_json_line_with_its_id_and_without_its_query(
    client: Client,
    log_lines,
) -> None:
    answer = client.get("/login/?q=13812345678", headers={"X-Request-Id": "trace-0001"})
    assert answer.headers["X-Request-Id"] == "trace-0001"
    lines = [line for line in log_lines() if line["event"] == "request"]
    assert len(lines) == 1
    assert lines[0]["request_id"] == "trace-0001"
    assert lines[0]["status"] == answer.status_code
    assert "13812345678" not in json.dumps(lines)


@pytest.mark.django_db
def test_a_malformed_request_id_is_replaced(client: Client) -> None:
    answer = client.get("/login/", headers={"X-Request-Id": "a b\nc"})
    assert len(answer.headers["X-Request-Id"]) == 36
