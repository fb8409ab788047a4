"""Keyring file 密钥环文件: `keyring.json` in YIWANG_HOME, readable by its owner only.

Made on first use in development; in production it must exist (`yiwang check keyring --create`), so that a
lost folder does not silently start a second set of keys. Processes notice a rotated file by its timestamp.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction

from ..kernel import sealing
from ..kernel.sealing import Keyring

_FORMAT = 1
_BATCH = 500
_lock = threading.Lock()
_kept: tuple[tuple[Path, int, int], Keyring] | None = None
_SEALED: dict[tuple[type[models.Model], str], None] = {}


def keyring_path() -> Path:
    """Where the keyring file stands."""
    return _beside(str(settings.YIWANG_HOME))


@cache
def _beside(home: str) -> Path:
    return Path(home) / "keyring.json"


def current_keyring() -> Keyring:
    """The keyring, read again when the file has changed.

    Raises:
        ImproperlyConfigured: in production without a file, or when others may read it or it is damaged.
    """
    global _kept  # noqa: PLW0603 - one keyring a process
    path = keyring_path()
    try:
        found = os.stat(path)
    except FileNotFoundError:
        if settings.PRODUCTION:
            raise ImproperlyConfigured(
                f"There is no keyring at {path}. Restore it from the backup, or for a new instance run "
                "`yiwang check keyring --create`."
            ) from None
        create_keyring()
        found = path.stat()
    mark = (path, found.st_mtime_ns, found.st_ino)
    kept = _kept
    if kept is not None and kept[0] == mark:
        return kept[1]
    with _lock:
        keyring = _read(path, found)
        _kept = (mark, keyring)
    return keyring


def create_keyring() -> Path:
    """Make a new keyring file; leaves an existing one alone (two processes may try at once)."""
    path = keyring_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    written = _written(path, sealing.new_keyring())
    try:
        os.link(written, path)
    except FileExistsError:
        pass
    finally:
        written.unlink()
    return path


def seal(plain: str, *, context: bytes) -> bytes:
    """Encrypt a text for storage; see `kernel.sealing.seal`."""
    return sealing.seal(current_keyring(), plain, context=context)


def sealer() -> Callable[[str, bytes], bytes]:
    """A function of text and context that seals many texts under the keyring of this moment."""
    keyring = current_keyring()
    return lambda plain, context: sealing.seal(keyring, plain, context=context)


def unsealer() -> Callable[[bytes, bytes], str]:
    """A function of blob and context that opens many blobs, read before, under the keyring of this moment."""
    keyring = current_keyring()
    return lambda blob, context: sealing.unseal(keyring, blob, context=context)


def unseal(blob: bytes, *, context: bytes) -> str:
    """The text of a sealed blob.

    Raises:
        SealBroken: when it does not open.
    """
    return sealing.unseal(current_keyring(), blob, context=context)


def blind_index(value: str, *, purpose: str) -> bytes:
    """32 bytes for looking a sealed value up by equality; differs from purpose to purpose."""
    return sealing.blind_index(current_keyring(), value, purpose=purpose)


def indexer(purpose: str) -> Callable[[str], bytes]:
    """A function that gives the blind index of many values of one purpose."""
    keyring = current_keyring()
    return lambda value: sealing.blind_index(keyring, value, purpose=purpose)


def register_sealed(model: type[models.Model], field: str) -> None:
    """Make a column of sealed blobs known, so that rotation reaches it."""
    _SEALED[model, field] = None


def rotate_keyring() -> int:
    """Add a key, wrap every registered data key anew with it, and return how many were wrapped.

    Old keys stay in the file: backups made before still need them. Runs beside the live product; rows are
    taken in small batches.
    """
    path = keyring_path()
    os.replace(_written(path, sealing.with_new_key(current_keyring())), path)
    keyring = current_keyring()
    return sum(_rewrap_column(model, field, keyring) for model, field in _SEALED)


def keys_in_use() -> Counter[int]:
    """How many blobs of the registered columns each key id wraps."""
    return Counter(
        sealing.key_id(blob)
        for model, field in _SEALED
        for blob in _blobs(model, field)
        if not sealing.is_erased(blob)
    )


def _blobs(model: type[models.Model], field: str) -> Iterator[bytes]:
    rows = model._default_manager.exclude(**{field: None}).values_list(field, flat=True)
    return (bytes(blob) for blob in rows.iterator(chunk_size=_BATCH))


def _rewrap_column(model: type[models.Model], field: str, keyring: Keyring) -> int:
    wrapped, last = 0, None
    while True:
        with transaction.atomic():
            rows = model._default_manager.select_for_update().exclude(**{field: None}).order_by("pk")
            batch = list((rows if last is None else rows.filter(pk__gt=last)).only("pk", field)[:_BATCH])
            if not batch:
                return wrapped
            changed = []
            for row in batch:
                before = bytes(getattr(row, field))
                after = sealing.rewrap(keyring, before)
                if after != before:
                    setattr(row, field, after)
                    changed.append(row)
            model._default_manager.bulk_update(changed, [field])
            wrapped += len(changed)
            last = batch[-1].pk


def _read(path: Path, found: os.stat_result) -> Keyring:
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise ImproperlyConfigured(f"{path} may be read by others: run chmod 600 on it.")
    try:
        stored = json.loads(path.read_text())
        if stored["format"] != _FORMAT:
            raise ValueError("unknown format")
        return Keyring(
            {int(number): base64.b64decode(key) for number, key in stored["keys"].items()},
            int(stored["current"]),
            base64.b64decode(stored["index"]),
            base64.b64decode(stored["signing"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(f"{path} is damaged: restore it from the backup.") from error


def _written(path: Path, keyring: Keyring) -> Path:
    """A temporary file beside `path`, mode 0600, fsynced."""
    stored = {
        "format": _FORMAT,
        "current": keyring.current,
        "keys": {str(number): base64.b64encode(key).decode() for number, key in keyring.keys.items()},
        "index": base64.b64encode(keyring.index_key).decode(),
        "signing": base64.b64encode(keyring.signing_seed).decode(),
    }
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".keyring-")
    with os.fdopen(handle, "w") as file:
        file.write(json.dumps(stored, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
