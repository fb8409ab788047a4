"""A file is streamed to who may read its owner; to everybody else there is none."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.http import Http404
from django.test import RequestFactory

from yiwang.files import pages, readers
from yiwang.files.models import Attachment
from yiwang.files.public import erase_file, register_reader, store_file
from yiwang.kernel.actor import Actor
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import acting

from .samples import picture

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
READER, STRANGER = Actor(account_id=uuid7()), Actor(account_id=uuid7())
OWNER = uuid7()

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _owner(settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr(readers, "_readers", {})

    def check(actor: Actor, owner_id: UUID) -> bool:
        return actor is READER and owner_id == OWNER

    register_reader("tests.thing", check)


def keep(content: bytes, filename: str, *, owner_type: str = "tests.thing") -> Attachment:
    with acting(actor=READER, at=AT) as act:
        return store_file(
            act,
            owner_type=owner_type,
            owner_id=OWNER,
            stage="scene",
            stream=io.BytesIO(content),
            filename=filename,
        )


def get(row: Attachment, actor: Actor | None, view: object = pages.download) -> object:
    request = RequestFactory().get("/")
    request.actor = actor  # type: ignore[attr-defined]
    return view(request, row.id)  # type: ignore[operator]


def test_a_picture_is_shown_and_runs_nothing() -> None:
    answer = get(keep(picture(), "井盖.jpg"), READER)
    assert answer["Content-Type"] == "image/jpeg"  # type: ignore[index]
    assert answer["X-Content-Type-Options"] == "nosniff"  # type: ignore[index]
    assert "sandbox" in answer["Content-Security-Policy"]  # type: ignore[index]
    assert answer["Content-Disposition"] == "inline; filename*=utf-8''%E4%BA%95%E7%9B%96.jpg"  # type: ignore[index]
    assert b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"  # type: ignore[attr-defined]
    answer.file_to_stream.close()  # type: ignore[attr-defined]


def test_everything_else_is_saved_and_not_shown() -> None:
    answer = get(keep(b"%PDF-1.7\n", "a.pdf"), READER)
    assert answer["Content-Disposition"] == 'attachment; filename="a.pdf"'  # type: ignore[index]
    answer.file_to_stream.close()  # type: ignore[attr-defined]


def test_a_thumbnail_is_streamed_under_the_same_permission() -> None:
    row = keep(picture(), "a.jpg")
    answer = get(row, READER, pages.thumbnail)
    assert b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"  # type: ignore[attr-defined]
    answer.file_to_stream.close()  # type: ignore[attr-defined]
    with pytest.raises(Http404):
        get(row, STRANGER, pages.thumbnail)


@pytest.mark.parametrize("actor", [None, STRANGER])
def test_to_everybody_else_there_is_no_such_file(actor: Actor | None) -> None:
    with pytest.raises(Http404):
        get(keep(picture(), "a.jpg"), actor)


def test_without_a_checker_nobody_reads() -> None:
    with pytest.raises(Http404):
        get(keep(picture(), "a.jpg", owner_type="tests.unknown"), READER)


def test_an_unknown_an_erased_and_a_lost_file_are_all_not_found() -> None:
    with pytest.raises(Http404):
        get(Attachment(id=uuid7()), READER)
    row = keep(b"%PDF-1.7\n", "a.pdf")
    with pytest.raises(Http404):
        get(row, READER, pages.thumbnail)
    with acting(actor=READER, at=AT) as act:
        erase_file(act, attachment_id=row.id)
    with pytest.raises(Http404):
        get(row, READER)


def test_an_owner_type_has_one_checker() -> None:
    with pytest.raises(ValueError, match="has a reader already"):
        register_reader("tests.thing", lambda actor, owner_id: True)


def test_nothing_is_written_by_this_door() -> None:
    row = keep(picture(), "a.jpg")
    request = RequestFactory().post("/")
    request.actor = READER  # type: ignore[attr-defined]
    assert pages.download(request, row.id).status_code == 405
