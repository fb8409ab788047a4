"""Run the benches: `python -m tools.bench [--only NAME] [--size N]`."""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from . import (
    classing,
    files,
    http_load,
    intake_load,
    issues_load,
    kernels,
    lists,
    loops,
    mqtt,
    owning,
    placing,
    repeats,
    seeding,
    stage,
    timers,
    triage_load,
)
from .figures import OUTPUT


def _tokens() -> tuple[list[str], dict[str, str]]:
    """Two API tokens of accounts that may do every act of the loop, and what the loop names."""
    from django.utils import timezone

    from yiwang.accounts.public import create_account, issue_token
    from yiwang.kernel.actor import Actor
    from yiwang.orgs.public import assign_post, open_post, save_post_kind, unit_index
    from yiwang.simulate.city import FOUNDER

    at = timezone.now()
    s = loops.setting()
    acts = sorted(s["actor"].grants)
    suffix = secrets.token_hex(4)
    kind = save_post_kind(
        actor=FOUNDER, at=at, code=f"bench_{suffix}", name="测速", position=99,
        grants=[{"act": act, "scope": "everywhere"} for act in acts],
    )  # fmt: skip
    unit = unit_index().by_code["CC320100"].id
    tokens = []
    for n in range(2):
        account = create_account(
            actor=FOUNDER, at=at, username=f"bench-{suffix}-{n}", display_name="测速",
            password=secrets.token_urlsafe(16), must_change_password=False,
        )  # fmt: skip
        post = open_post(actor=FOUNDER, at=at, kind_code=kind.code, unit_id=unit)
        assign_post(actor=FOUNDER, at=at, post_id=post.id, account_id=account.id, starts_at=at)
        issued = issue_token(
            actor=Actor(account_id=account.id), at=timezone.now(), account_id=account.id,
            name="bench", acts=acts,
            expires_at=timezone.now() + timedelta(days=1),
        )  # fmt: skip
        tokens.append(issued.text)
    time.sleep(1.2)
    return tokens, {"class": str(s["class"]), "unit": str(s["unit"])}


def main() -> None:
    """Run what was asked for, in an order that needs the million rows last."""
    parser = argparse.ArgumentParser(prog="tools.bench", description=__doc__)
    parser.add_argument(
        "--only",
        default="",
        help="issues, loop, http, intake, files, bulk, lists, points, working_time, size, owning, placing, "
        "timers",
    )
    parser.add_argument("--size", type=int, default=stage.SEEDED, help="cases to seed; 0: none")
    parser.add_argument("--rows", type=int, default=files.ROWS, help="rows of the file that `files` takes")
    parser.add_argument("--home", type=Path, default=stage.HOME, help="folder of the measured instance")
    parser.add_argument("--append", action="store_true", help="add to the figures that stand there")
    options = parser.parse_args()
    only = options.only
    if not options.append:
        OUTPUT.unlink(missing_ok=True)
    if only == "timers":
        timers.prepare_and_run(options.home.resolve() / "timers", options.size)
        return

    def wanted(name: str) -> bool:
        return not only or only == name

    stage.prepare(options.home.resolve())
    _small(wanted, options.size)
    if wanted("files"):
        files.run(options.rows)
    if options.size and any(wanted(name) for name in _LARGE):
        seeding.ensure_seeded(options.size)
        _large(wanted)
    if not only and options.size:
        _in_a_process_of_its_own("timers", options)
    print(f"figures are in {OUTPUT}")


def _in_a_process_of_its_own(name: str, options: argparse.Namespace) -> None:
    """What needs another instance than the rest."""
    command = [sys.executable, "-m", "tools.bench", "--append", "--only", name]
    subprocess.run([*command, "--size", str(options.size), "--home", str(options.home)], check=True)


#: What needs no cases at all.
_ALONE: dict[str, Callable[[], None]] = {
    "classing": classing.run,
    "issues": issues_load.run,
    "points": kernels.points,
    "working_time": kernels.working_time,
    "triage": triage_load.run,
    "placing": placing.run,
    "mqtt": mqtt.run,
    "repeats": repeats.run,
}


def _small(wanted: Callable[[str], bool], size: int) -> None:
    """What needs no cases, or an empty database."""
    for name, run in _ALONE.items():
        if wanted(name):
            run()
    if size and stage.case_count() >= size // 10:
        return
    if wanted("loop"):
        loops.run("empty")
    if wanted("http"):
        http_load.run("empty", *_tokens())
    if wanted("intake"):
        intake_load.run()


#: Parts that are measured on the seeded database.
_LARGE = ("loop", "http", "lists", "size", "bulk", "owning")


def _large(wanted: Callable[[str], bool]) -> None:
    """What is measured on the seeded database."""
    if wanted("loop"):
        loops.run("million")
    if wanted("http"):
        http_load.run("million", *_tokens())
    if wanted("lists"):
        lists.run()
    if wanted("size"):
        kernels.size_of_a_case()
    if wanted("bulk"):
        kernels.bulk()
    if wanted("owning"):
        owning.run()


if __name__ == "__main__":
    main()
