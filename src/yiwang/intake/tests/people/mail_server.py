"""A real IMAP server for the tests: `pymap` in a process of its own, with its mailboxes in memory."""

from __future__ import annotations

import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "shuji", "letter-47"


@dataclass
class MailServer:
    """An IMAP server on this machine."""

    port: int

    def client(self) -> imaplib.IMAP4:
        """A mail program that is logged in."""
        found = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        found.login(USER, PASSWORD)
        return found

    def put(self, *letters: bytes, folder: str = "INBOX") -> None:
        """Put letters into a folder, as their delivery would."""
        client = self.client()
        for letter in letters:
            kind, answer = client.append(folder, "", "", letter)
            assert kind == "OK", answer
        client.logout()

    def unseen(self, folder: str = "INBOX") -> list[int]:
        """UIDs of the letters that nobody has read."""
        client = self.client()
        client.select(folder, readonly=True)
        _, found = client.uid("SEARCH", "UNSEEN")
        client.logout()
        return [int(uid) for uid in found[0].split()]

    def make_anew(self, folder: str) -> None:
        """Delete a folder and make it again: it gets another UIDVALIDITY."""
        client = self.client()
        client.delete(folder)
        client.create(folder)
        client.logout()


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """Run a server until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "pymap.log").open("wb")
    program = "from pymap.main import main; main()"
    command = [
        sys.executable, "-W", "ignore", "-c", program, "--host", "127.0.0.1", "--port", str(port), "--no-tls",
        "dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(port, process)
        server = MailServer(port)
        client = server.client()
        client.select("INBOX")
        client.store("1:*", "+FLAGS.SILENT", "(\\Deleted)")
        client.expunge()
        client.logout()
        yield server
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the mail server did not start")
