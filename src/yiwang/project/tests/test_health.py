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
    assert answer.json() == {
        "status": "ready",
        "not_ready": [],
        "checks": {
            "server": {"ready": True},
            "database": {"ready": True},
            "queue": {"ready": True, "workers": 0},
        },
    }
    assert "no-store" in answer.headers["Cache-Control"]


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
