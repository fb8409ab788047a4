"""Pages, API and commands of the class stage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from yiwang.cases.tests.factories import City, make_city
from yiwang.ledger.public import bump_now
from yiwang.project.cli import assemble
from yiwang.triage.models import ClassModelVersion

from .test_class_models import PART, SCHEME, labelled, train

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    """The small city."""
    return make_city()


@pytest.fixture
def log_in(city: City) -> Callable[..., Client]:
    """Log in as somebody whose post permits the named acts."""

    def enter(*acts: str) -> Client:
        kind = city.kinds["system_admin"]
        kind.grants = [{"act": act, "scope": "everywhere"} for act in acts]
        kind.save()
        for name in ("post_kinds", "posts"):
            bump_now(name)
        account = city.login("system_admin", username=f"trainer{len(city.accounts)}")
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def test_the_page_shows_every_scheme_and_its_versions(city: City, log_in: Callable[..., Client]) -> None:
    first, same = train(city), train(city, minutes=1)
    client = log_in("triage.train")
    page = client.get("/triage/classes/")
    shown = page.content.decode()
    assert page.status_code == 200
    assert [one.code for one in page.context["schemes"]] == [
        "city_management", "hotline_12345", "wording.kind", "wording.urgency",
    ]  # fmt: skip
    assert [row.number for row in page.context["schemes"][0].rows] == [2, 1]
    assert same.refusal in shown
    detail = client.get(f"/triage/classes/versions/{first.id}/")
    assert f"{PART} 上水井盖" in detail.content.decode()
    assert {row["name"] for row in detail.context["classes"]} == {"P0101 上水井盖", "E0201 暴露垃圾"}


def test_publishing_and_rolling_back_from_the_page(city: City, log_in: Callable[..., Client]) -> None:
    first, same = train(city), train(city, minutes=1)
    client = log_in("triage.train")
    assert client.post(f"/triage/classes/versions/{same.id}/publish/").status_code == 302
    in_use = ClassModelVersion.objects.get(published_at__isnull=False, retired_at=None)
    assert in_use.id == same.id
    client.post(f"/triage/classes/{SCHEME}/back/")
    first.refresh_from_db()
    assert first.is_in_use


def test_the_page_is_closed_without_the_act(city: City, log_in: Callable[..., Client]) -> None:
    row = train(city)
    client = log_in("cases.view")
    assert client.get("/triage/classes/").status_code == 403
    assert client.get(f"/triage/classes/versions/{row.id}/").status_code == 403
    assert client.post(f"/triage/classes/{SCHEME}/back/").status_code == 403
    row.refresh_from_db()
    assert row.is_in_use


def _classify(client: Client, body: dict[str, Any]) -> Any:
    return client.post("/api/v1/triage/classify", json.dumps(body), content_type="application/json")


def test_the_api_classes_many_texts_with_reasons(city: City, log_in: Callable[..., Client]) -> None:
    train(city)
    client = log_in("cases.view")
    texts = [{"text": "昨晚东门井盖翘起来绊脚"}, {"text": "请问停水到几点", "title": "停水"}]
    found = _classify(client, {"texts": texts, "schemes": [SCHEME]}).json()["items"]
    (lid,) = found[0]["classes"]
    assert (lid["scheme"], lid["code"], lid["outcome"]) == (SCHEME, PART, "sure")
    assert lid["reasons"][0]["code"] == "class.phrase"
    assert (found[1]["urgency"], found[1]["kind"], found[1]["kind_named"]) == ("prompt", "consult", True)
    assert _classify(client, {"texts": []}).status_code == 422
    assert _classify(Client(), {"texts": texts}).status_code in (401, 403)


def _csv(path: Path, name: str) -> str:
    messages, labels = labelled()
    rows = [f"{message.text},{label}" for message, label in zip(messages, labels, strict=True)]
    file = path / name
    file.write_text("\ufefftext,label\n" + "\n".join(rows) + "\n,\n", encoding="utf-8")
    return str(file)


def _run(*words: str) -> Any:
    result = CliRunner().invoke(assemble(), list(words))
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_evaluating_prints_only_json_and_repeats(tmp_path: Path) -> None:
    files = ("--train", _csv(tmp_path, "a.csv"), "--test", _csv(tmp_path, "b.csv"))
    found = _run("evaluate", "class", *files, "--json")
    assert (found["macro_f1"], found["accuracy"], found["skipped_rows"]) == (1.0, 1.0, 2)
    assert found["coverage_at_95"] > 0.9
    assert 0 < found["seconds_per_1000"] < 20
    again = _run("evaluate", "class", *files, "--json")
    timed = {"seconds_per_1000", "seconds_to_train"}
    assert {k: v for k, v in found.items() if k not in timed} == {
        k: v for k, v in again.items() if k not in timed
    }


def test_training_listing_and_rolling_back_by_command(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yiwang.project.instance.prepare", lambda: None)
    made = _run("train", "class", _csv(tmp_path, "a.csv"), "--scheme", SCHEME, "--json")
    assert (made["version"], made["in_use"], made["classes"]) == ("city_management/1", True, 2)
    train(city, minutes=1)
    listed = _run("train", "class", "--list", "--scheme", SCHEME, "--json")
    assert sorted((row["version"], row["in_use"]) for row in listed) == [
        ("city_management/1", True), ("city_management/2", False),
    ]  # fmt: skip
    used = _run("train", "class", "--publish", "2", "--scheme", SCHEME, "--json")
    assert used["version"] == "city_management/2"
    back = _run("train", "class", "--roll-back", "--scheme", SCHEME, "--json")
    assert (back["version"], back["in_use"]) == ("city_management/1", True)
