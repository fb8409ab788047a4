"""Content store 内容库: bytes under the SHA-256 of themselves, behind a small interface.

Written to a scratch file, fsynced, then moved to `ab/cd/abcd…` and the folder fsynced: what has a name is
whole and survives a power cut. Writing the same content again costs nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

_NAME = re.compile(r"^[0-9a-f]{64}$")
_SCRATCH = "scratch"


class ContentStore(Protocol):
    """Where contents are kept 内容存储接口; another engine implements the same six functions."""

    def scratch(self) -> Path:
        """A path of a new scratch file on the same volume."""

    def put_file(self, path: Path, sha256: str) -> None:
        """Move a scratch file in under its hash; it is durable when this returns."""

    def put(self, content: bytes) -> str:
        """Keep a content; returns its hash. It is durable when this returns."""

    def open(self, sha256: str) -> BinaryIO:
        """A content for reading. Raises FileNotFoundError."""

    def delete(self, sha256: str) -> None:
        """Remove a content; one that is not there is no error."""

    def older_than(self, seconds: float) -> Iterator[str]:
        """Hashes of the contents not written for so long; drops abandoned scratch files on the way."""


class FolderStore:
    """A content store in a folder 文件夹内容库."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def scratch(self) -> Path:
        """A path of a new scratch file on the same volume."""
        folder = self._root / _SCRATCH
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / secrets.token_hex(16)

    def put_file(self, path: Path, sha256: str) -> None:
        """Move a scratch file in under its hash; it is durable when this returns."""
        target = self._path(sha256)
        if target.exists():
            os.utime(target)
            path.unlink()
            return
        with path.open("rb") as file:
            os.fsync(file.fileno())
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o600)
        path.replace(target)
        for folder in (target.parent, target.parent.parent, self._root):
            _sync_folder(folder)

    def put(self, content: bytes) -> str:
        """Keep a content; returns its hash. It is durable when this returns."""
        path = self.scratch()
        path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        self.put_file(path, sha256)
        return sha256

    def open(self, sha256: str) -> BinaryIO:
        """A content for reading. Raises FileNotFoundError."""
        return self._path(sha256).open("rb")

    def delete(self, sha256: str) -> None:
        """Remove a content; one that is not there is no error."""
        self._path(sha256).unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[str]:
        """Hashes of the contents not written for so long; drops abandoned scratch files on the way."""
        limit = time.time() - seconds
        for path in self._root.glob("*/*"):
            if path.parent.name == _SCRATCH and path.is_file() and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
        for path in self._root.glob("??/??/*"):
            with suppress(FileNotFoundError):
                if _NAME.match(path.name) and path.stat().st_mtime < limit:
                    yield path.name

    def _path(self, sha256: str) -> Path:
        if not _NAME.match(sha256):
            raise FileNotFoundError(sha256)
        return self._root / sha256[:2] / sha256[2:4] / sha256


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def scratch_file(store: ContentStore) -> Iterator[Path]:
    """A scratch path that is gone afterwards, unless it was moved in."""
    path = store.scratch()
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def content_store() -> ContentStore:
    """The store of this instance, under `MEDIA_ROOT`."""
    return FolderStore(Path(settings.MEDIA_ROOT))
