"""Processes as Linux shows them: who descends from whom, and who still lives."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """One process; `born` (clock ticks since boot) tells it from a later one with the same number."""

    pid: int
    parent: int
    state: str
    born: int

    def lives(self) -> bool:
        """Whether this very process still runs; one that only waits to be buried does not."""
        now = process(self.pid)
        return now is not None and now.born == self.born and now.state not in "ZX"

    def command(self) -> str:
        """Its command line, for messages."""
        try:
            return Path(f"/proc/{self.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:120]
        except OSError:
            return ""


def process(pid: int) -> Process | None:
    """What is known of a process, or None when there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return Process(pid, int(fields[1]), fields[0], int(fields[19]))


def family(*pids: int) -> list[Process]:
    """The named processes and all that descend from them."""
    everyone = [p for path in Path("/proc").glob("[0-9]*") if (p := process(int(path.name)))]
    children = defaultdict(list)
    for one in everyone:
        children[one.parent].append(one)
    found = [one for one in everyone if one.pid in pids]
    for one in found:
        found += [child for child in children[one.pid] if child not in found]
    return found
