"""Pages of intake: who may open them, what they show, what they do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from yiwang.accounts.models import Account
from yiwang.cases.models import Report
from yiwang.cases.tests.factories import AT, make_city
from yiwang.intake.models import ImportRun, QuarantineEntry, RawMessage
from yiwang.intake.public import publish_mapping
from yiwang.intake.services.uploading import import_kept
from yiwang.intake.tests.channels import PUSHED, opened
from yiwang.intake.tests.test_importing import HEADER, IMPORTER, MAPPING, ROWS, file_of, imported
from yiwang.kernel.ids import uuid7
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Holding, Post, PostKind, Unit

pytestmark = pytest.mark.django_db

ACTS = ("intake.import", "intake.quarantine", "cases.receive")


@pytest.fixture
def log_in(client: Client) -> Callable[..., Client]:
    """Log somebody in whose post grants the given acts everywhere."""
    make_city()

    def enter(*acts: str) -> Client:
        account = Account.objects.create(username=f"wang{uuid7()}", display_name="王")
        grants = [{"act": act, "scope": "everywhere"} for act in acts]
        kind = PostKind.objects.create(code=str(uuid7())[:24], name="岗", grants=grants)
        post = Post.objects.create(kind=kind, unit=Unit.objects.get(code="C1"))
        Holding.objects.create(account=account, post=post, starts_at=datetime(2020, 1, 1, tzinfo=UTC))
        for name in ("grants", "posts", "post_kinds"):
            bump_now(name)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


@pytest.mark.parametrize("address", ["/intake/imports/", "/intake/imports/upload/", "/intake/quarantine/"])
def test_pages_are_for_whoever_holds_the_act(
    log_in: Callable[..., Client], client: Client, address: str
) -> None:
    assert client.get(address).status_code == 302
    assert log_in("cases.view").get(address).status_code == 403
    assert log_in(*ACTS).get(address).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries_for_one_row_and_for_three(
    log_in: Callable[..., Client], tmp_path: Path, rows: int
) -> None:
    for number in range(rows):
        imported(file_of(tmp_path, [f"{number},,2026-02-13 16:00,,,"]))
    client = log_in(*ACTS)
    client.get("/intake/imports/")
    for address, count in (("/intake/imports/", rows), ("/intake/quarantine/", rows)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.get(address)
        assert answer.content.decode().count("a.csv") == count
        assert len(queries) <= 8


def test_an_entry_hides_the_phone_is_corrected_and_received(
    log_in: Callable[..., Client], tmp_path: Path
) -> None:
    imported(file_of(tmp_path, ["3,,2026-02-13 16:00,,,13900001234"]))
    entry = QuarantineEntry.objects.get()
    client = log_in(*ACTS)
    page = client.get(f"/intake/quarantine/{entry.id}/").content.decode()
    assert "13900001234" not in page
    assert "****" in page
    wrong = client.post(f"/intake/quarantine/{entry.id}/", {"field": "text", "value": " ", "version": 0})
    assert (wrong.status_code, Report.objects.count()) == (422, 0)
    right = client.post(f"/intake/quarantine/{entry.id}/", {"field": "text", "value": "路灯", "version": 0})
    assert (right.status_code, Report.objects.get().text) == (302, "路灯")


def test_many_are_replayed_and_one_is_dropped(log_in: Callable[..., Client], tmp_path: Path) -> None:
    imported(file_of(tmp_path, ROWS))
    publish_mapping(actor=IMPORTER, at=AT, text=MAPPING + "closed_before_created: keep_without_closing\n")
    client = log_in(*ACTS)
    chosen = [str(key) for key in QuarantineEntry.objects.values_list("id", flat=True)]
    assert client.post("/intake/quarantine/replay/", {"entry": chosen}).status_code == 302
    left = QuarantineEntry.objects.get(state="open")
    assert left.reason == "missing"
    client.post(f"/intake/quarantine/{left.id}/drop/", {"version": left.version, "reason": "trial"})
    assert RawMessage.objects.get(pk=left.message_id).state == "dropped"
    assert client.post("/intake/quarantine/replay/", {}).status_code == 422


def test_an_upload_is_read_by_the_worker_as_whoever_sent_it(log_in: Callable[..., Client]) -> None:
    mapping = publish_mapping(actor=IMPORTER, at=AT, text=MAPPING)
    client = log_in(*ACTS)
    content = "\n".join([HEADER, *ROWS]).encode("gb18030")
    given = {"file": SimpleUploadedFile("热线.csv", content), "mapping": str(mapping.id)}
    assert client.post("/intake/imports/upload/", given).status_code == 302
    run, job = ImportRun.objects.get(), ProcrastinateJob.objects.get(task_name="intake.import_upload")
    assert (run.state, run.file_name, job.args["run_id"]) == ("running", "热线.csv", str(run.id))
    counts = import_kept(at=AT, run_id=run.id, kept=job.args["kept"])
    assert (counts.accepted, counts.quarantined) == (4, 2)
    other = {"file": SimpleUploadedFile("热线.pdf", b"%PDF"), "mapping": str(mapping.id)}
    assert client.post("/intake/imports/upload/", other).status_code == 422
    assert ImportRun.objects.count() == 1


def test_an_upload_offers_what_reads_files_and_the_list_names_the_channel(
    log_in: Callable[..., Client], tmp_path: Path
) -> None:
    imported(file_of(tmp_path, ROWS))
    opened(PUSHED.format(code="demo_source", rank=5, burst=100), AT)
    client = log_in(*ACTS)
    offered = client.get("/intake/imports/upload/").content.decode()
    assert ("demo ·" in offered, "demo_source ·" in offered, "推送来源" in offered) == (True, False, False)
    listed = client.get("/intake/imports/").content.decode()
    assert f"{AT.astimezone(SHANGHAI):%m-%d %H:%M}" in listed
