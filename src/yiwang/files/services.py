"""Acts on files 证据服务: store one, erase one, sweep what nobody names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from ..kernel.errors import NotFound, invalid
from ..ledger.public import Act, execute
from .enums import Stage
from .errors import TooLarge, TypeNotAllowed
from .models import Attachment
from .rules.movies import blank_metadata
from .rules.names import safe_name
from .rules.pictures import CleanPicture, clean_picture
from .rules.types import ALLOWED, HEAD, LARGEST, M4A, MOV, MP4, MediaType, media_type_of
from .storage import ContentStore, content_store, scratch_file

_CHUNK = 1024 * 1024
#: Contents younger than this are never swept, in seconds.
SWEEP_AFTER = 24 * 3600.0
_FILMS = (MP4, MOV, M4A)


def store_file(
    act: Act,
    *,
    owner_type: str,
    owner_id: UUID,
    stage: str,
    stream: BinaryIO,
    filename: str,
    purpose: str = "",
) -> Attachment:
    """Store a file (上传附件) in an act: the bytes are durable before the act commits, the row comes with it.

    Type by content, cleaned of hidden data, kept under its hash. The caller has checked that the actor may
    add to the owner, and puts `sha256` in its journal.

    Args:
        owner_type, owner_id: the row it belongs to; a reader is registered for the type.
        stage: one of `Stage`.
        stream: read from its beginning.
        filename: as the client sent it; sanitised here.

    Raises:
        TypeNotAllowed, TooLarge, Damaged: naming the file.
        Invalid: for an unknown stage.
    """
    if stage not in Stage.values:
        raise invalid("stage", stage, f"请写 {'、'.join(Stage.values)} 之一。")
    store = content_store()
    shown = safe_name(filename, "")
    with scratch_file(store) as path:
        received = _receive(stream, path, shown)
        kind = _kind(path, shown)
        picture: CleanPicture | None = None
        if kind.format:
            picture = clean_picture(path.read_bytes(), kind, shown)
            path.write_bytes(picture.content)
        elif kind in _FILMS:
            with path.open("r+b") as film:
                blank_metadata(film, shown)
        sha256, size = _hash_of(path), path.stat().st_size
        _hold(sha256)
        store.put_file(path, sha256)
    row = Attachment(
        owner_type=owner_type,
        owner_id=owner_id,
        stage=stage,
        purpose=purpose[:80],
        filename=safe_name(filename, kind.extension),
        media_type=kind.name,
        size=size,
        sha256=sha256,
        received_sha256=received,
        uploaded_by=act.actor.account_id,
        uploaded_at=act.at,
    )
    if picture is not None:
        _add_picture(row, picture, store)
    return act.insert(row)


def cleaned_picture(content: bytes, filename: str) -> bytes:
    """A picture written anew without EXIF, place and comments (图片清理), for a door that keeps it elsewhere.

    Raises:
        TypeNotAllowed, TooLarge, Damaged: naming the file.
    """
    shown = safe_name(filename, "")
    kind = media_type_of(content[:HEAD])
    if kind is None or not kind.format:
        raise TypeNotAllowed(shown, "内容不是图片。请发送 JPEG、PNG 或 WebP。")
    if len(content) > kind.limit:
        raise TooLarge(shown, f"超过 {kind.limit // _CHUNK} MB，请压缩后发送。")
    return clean_picture(content, kind, shown).content


def erase_file(act: Act, *, attachment_id: UUID) -> Attachment:
    """Erase a file (删除附件): the row keeps its key and stage, the bytes go with the next sweep.

    The caller has checked the permission and journals the erasure.

    Raises:
        NotFound: when there is none, or it has been erased before.
    """
    found = act.fetch(Attachment, id=attachment_id)
    if not found or found[0].erased_at is not None:
        raise NotFound("找不到这个附件。")
    row = found[0]
    row.erased_at = act.at
    row.filename = row.purpose = row.sha256 = row.thumb_sha256 = row.received_sha256 = ""
    row.taken_at = row.lon = row.lat = None
    act.update(
        row,
        *("erased_at", "filename", "purpose", "sha256", "thumb_sha256", "received_sha256"),
        *("taken_at", "lon", "lat"),
    )
    return row


def sweep_orphans(*, older_than: float = SWEEP_AFTER) -> int:
    """Delete contents that no row names (清理无主文件); returns how many.

    A content that an upload is about to name is held by its transaction and left alone.

    Args:
        older_than: seconds since it was last written.
    """
    return discard_contents(content_store().older_than(older_than))


def discard_contents(names: Iterable[str]) -> int:
    """Delete those of some contents that no row names (清理撤销的文件), as after an act that was undone.

    Args:
        names: hashes of contents; one that an upload is about to name is left alone.
    """
    store = content_store()
    discarded = 0
    for sha256 in names:
        with transaction.atomic():
            if _try_exclusive(sha256) and not _is_named(sha256):
                store.delete(sha256)
                discarded += 1
    return discarded


def _receive(stream: BinaryIO, path: Path, shown: str) -> str:
    """Copy the upload to the scratch file; returns the hash of what was received."""
    if stream.seekable():
        stream.seek(0)
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise TooLarge(shown, f"超过 {LARGEST // _CHUNK} MB，请压缩或剪短后上传。")
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def _kind(path: Path, shown: str) -> MediaType:
    with path.open("rb") as file:
        kind = media_type_of(file.read(HEAD))
    if kind is None:
        names = "、".join(dict.fromkeys(k.extension.lstrip(".").upper() for k in ALLOWED))
        raise TypeNotAllowed(shown, f"内容不是允许的类型。请上传 {names} 文件。")
    if path.stat().st_size > kind.limit:
        raise TooLarge(shown, f"超过 {kind.limit // _CHUNK} MB，请压缩或剪短后上传。")
    return kind


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add_picture(row: Attachment, picture: CleanPicture, store: ContentStore) -> None:
    row.width, row.height = picture.width, picture.height
    row.taken_at, row.lon, row.lat = picture.shot.taken_at, picture.shot.lon, picture.shot.lat
    row.thumb_sha256 = hashlib.sha256(picture.thumb).hexdigest()
    _hold(row.thumb_sha256)
    store.put(picture.thumb)


def _lock_key(sha256: str) -> int:
    return int.from_bytes(bytes.fromhex(sha256[:16]), "big", signed=True)


def _hold(sha256: str) -> None:
    """Keep the sweep away from a content until this transaction ends."""
    execute("SELECT pg_advisory_xact_lock_shared(%s::bigint)", [_lock_key(sha256)])


def _try_exclusive(sha256: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_key(sha256)])
        return bool(cursor.fetchone()[0])


def _is_named(sha256: str) -> bool:
    return Attachment.objects.filter(Q(sha256=sha256) | Q(thumb_sha256=sha256)).exists()
