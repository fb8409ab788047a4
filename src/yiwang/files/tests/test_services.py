"""Stored clean, once, durably, and only what is allowed."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from PIL import Image

from yiwang.files.errors import Damaged, TooLarge, TypeNotAllowed
from yiwang.files.models import Attachment
from yiwang.files.public import attachments_of, erase_file, stages_of, store_file, sweep_orphans
from yiwang.files.rules import pictures, types
from yiwang.files.storage import content_store
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import Invalid, NotFound
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import acting

from .samples import SECRET, film, picture

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
ACTOR = Actor(account_id=uuid7())
OWNER = uuid7()


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"  # type: ignore[attr-defined]


def keep(content: bytes, *, filename: str = "a.jpg", stage: str = "before", at: datetime = AT) -> Attachment:
    with acting(actor=ACTOR, at=at) as act:
        return store_file(
            act,
            owner_type="tests.thing",
            owner_id=OWNER,
            stage=stage,
            stream=io.BytesIO(content),
            filename=filename,
        )


def keep_all(*streams: io.BytesIO) -> None:
    """All in one act."""
    with acting(actor=ACTOR, at=AT) as act:
        for stream in streams:
            store_file(act, owner_type="t", owner_id=OWNER, stage="before", stream=stream, filename="a")


def stored(sha256: str) -> bytes:
    with content_store().open(sha256) as file:
        return file.read()


def contents() -> list[str]:
    return sorted(content_store().older_than(-60))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_stored_without_what_was_hidden_in_it(kind: str) -> None:
    received = picture(kind)
    row = Attachment.objects.get(id=keep(received).id)
    content = stored(row.sha256)
    assert SECRET.encode() in received
    assert SECRET.encode() not in content
    assert b"Exif" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert dict(image.getexif()) == {}
        assert image.getexif().get_ifd(0x8825) == {}
        assert image.size == (60, 40)
    assert row.taken_at == datetime(2026, 2, 13, 7, 20, 30, tzinfo=UTC)
    assert (row.lon, row.lat) == (pytest.approx(118.78), pytest.approx(32.06))
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    assert row.received_sha256 == hashlib.sha256(received).hexdigest()
    assert (row.size, row.uploaded_by) == (len(content), ACTOR.account_id)


@pytest.mark.django_db
def test_what_hangs_behind_a_picture_is_gone() -> None:
    row = keep(picture() + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in stored(row.sha256)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_taken_sideways_stands_upright_afterwards(kind: str) -> None:
    row = keep(picture(kind, orientation=6))
    assert (row.width, row.height) == (40, 60)
    with Image.open(io.BytesIO(stored(row.sha256))) as image:
        red, _, blue = image.convert("RGB").getpixel((20, 5))
        assert (red > 200, blue < 60) == (True, True)


@pytest.mark.django_db
def test_a_picture_gets_a_small_thumbnail() -> None:
    row = keep(picture(size=(1200, 600)))
    with Image.open(io.BytesIO(stored(row.thumb_sha256))) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (480, 240), {})


@pytest.mark.django_db
def test_a_film_loses_its_place() -> None:
    row = keep(film(place=b"+32.0603+118.7969/"), filename="a.mp4")
    assert b"+32.0603" not in stored(row.sha256)
    assert (row.media_type, row.thumb_sha256) == ("video/mp4", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("photo.jpg", b"MZ\x90\x00\x03" + bytes(200)),
        ("photo.jpg", b"<html><script>alert(1)</script></html>"),
        ("photo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("photo.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("photo.jpg", b""),
        ("photo.jpg", b"GIF89a" + bytes(60)),
        ("report.pdf", b"PK\x03\x04" + bytes(60)),
    ],
)
def test_a_disguised_type_is_refused_and_leaves_nothing(filename: str, content: bytes) -> None:
    with pytest.raises(TypeNotAllowed) as caught:
        keep(content, filename=filename)
    assert [problem.field for problem in caught.value.problems] == ["file"]
    assert (Attachment.objects.count(), contents()) == (0, [])
    assert [path for path in content_store().scratch().parent.iterdir()] == []  # noqa: C416 - reads better


@pytest.mark.django_db
def test_a_picture_cut_short_is_refused() -> None:
    with pytest.raises(Damaged):
        keep(picture(size=(400, 400))[:-200])
    with pytest.raises(Damaged):
        keep(b"\xff\xd8\xff\xe0" + bytes(100))


@pytest.mark.django_db
def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    small = types.MediaType("application/pdf", ".pdf", 100)
    monkeypatch.setattr(types, "_STARTS", ((b"%PDF-", small),))
    with pytest.raises(TooLarge):
        keep(b"%PDF-1.7\n" + bytes(100), filename="a.pdf")
    assert keep(b"%PDF-1.7\n" + bytes(91), filename="a.pdf").size == 100


@pytest.mark.django_db
def test_an_endless_upload_is_cut_off() -> None:
    class Endless(io.RawIOBase):
        read_bytes = 0

        def seekable(self) -> bool:
            return False

        def read(self, size: int = -1) -> bytes:
            self.read_bytes += size
            return bytes(size)

    stream = Endless()
    with pytest.raises(TooLarge), acting(actor=ACTOR, at=AT) as act:
        store_file(act, owner_type="t", owner_id=OWNER, stage="before", stream=stream, filename="a")
    assert stream.read_bytes <= types.LARGEST + 2 * 1024 * 1024


@pytest.mark.django_db
def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
    with pytest.raises(TooLarge):
        keep(picture())


@pytest.mark.django_db
def test_the_same_content_is_kept_once() -> None:
    first, second = keep(picture()), keep(picture(), stage="after")
    assert first.sha256 == second.sha256
    assert contents() == sorted({first.sha256, first.thumb_sha256})
    assert stages_of("tests.thing", OWNER) == {"before", "after"}


@pytest.mark.django_db
def test_stages_are_told_among_files_and_since_an_instant() -> None:
    first = keep(picture())
    keep(picture(), stage="after", at=AT + timedelta(hours=1))
    assert stages_of("tests.thing", OWNER, ids=[first.id]) == {"before"}
    assert stages_of("tests.thing", OWNER, since=AT + timedelta(minutes=1)) == {"after"}
    assert stages_of("tests.other", OWNER) == frozenset()
    assert [row.stage for row in attachments_of("tests.thing", OWNER)] == ["before", "after"]


@pytest.mark.django_db
def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(Invalid):
        keep(picture(), stage="later")


@pytest.mark.django_db
def test_the_name_follows_the_content() -> None:
    assert keep(picture("PNG"), filename="../../etc/井盖.exe").filename == "井盖.png"


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_row_and_its_bytes_are_swept() -> None:
    class Broken(io.BytesIO):
        def seekable(self) -> bool:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        keep_all(io.BytesIO(picture()), Broken())
    assert (Attachment.objects.count(), len(contents())) == (0, 2)
    assert sweep_orphans() == 0
    assert sweep_orphans(older_than=-60) == 2
    assert contents() == []


@pytest.mark.django_db
def test_the_sweep_leaves_what_a_row_names_and_drops_old_scratch_files() -> None:
    row = keep(picture())
    scratch = content_store().scratch()
    scratch.write_bytes(b"half")
    os.utime(scratch, (0, 0))
    assert sweep_orphans(older_than=-60) == 0
    assert contents() == sorted([row.sha256, row.thumb_sha256])
    assert not scratch.exists()


@pytest.mark.django_db(transaction=True)
def test_the_sweep_waits_for_an_upload_that_has_not_committed() -> None:
    swept: list[int] = []

    def sweep() -> None:
        try:
            swept.append(sweep_orphans(older_than=-60))
        finally:
            connection.close()

    with transaction.atomic():
        row = keep(picture())
        other = threading.Thread(target=sweep)
        other.start()
        other.join()
    assert swept == [0]
    assert stored(row.sha256)


@pytest.mark.django_db
def test_an_erased_file_is_gone_with_the_next_sweep() -> None:
    row = keep(picture())
    with acting(actor=ACTOR, at=AT) as act:
        erase_file(act, attachment_id=row.id)
    erased = Attachment.objects.get(id=row.id)
    assert (erased.filename, erased.sha256, erased.lon, erased.erased_at) == ("", "", None, AT)
    assert attachments_of("tests.thing", OWNER) == []
    assert sweep_orphans(older_than=-60) == 2
    with pytest.raises(NotFound), acting(actor=ACTOR, at=AT) as act:
        erase_file(act, attachment_id=row.id)


@pytest.mark.django_db
def test_bytes_are_synced_before_they_get_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(handle: int) -> None:
        order.append("sync")
        real_sync(handle)

    def replace(self: Path, target: Path) -> Path:
        order.append("name")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    keep(b"%PDF-1.7\n", filename="a.pdf")
    assert order == ["sync", "name", "sync", "sync", "sync"]
