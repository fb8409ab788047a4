"""Trials 契约试运行: a contract that a page asks for is tried by the worker, its outcome read from a file.

Definition and outcome stand in the instance's own folder for an hour; a sample may hold what a source says of
people, so neither the job nor the journal carries it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused, YiwangError
from ...kernel.ids import instant_of, uuid7
from .contract import StepResult, try_channel

#: Name of the background task that tries a contract.
TRIAL_TASK = "intake.try_channel"
_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial went 试运行结果: its steps, or what is wrong with the definition itself."""

    steps: tuple[StepResult, ...] = ()
    problem: str = ""


def start_trial(*, actor: Actor, at: datetime, text: str) -> UUID:
    """Have the worker try a definition 开始试运行; the key by which its outcome is asked for.

    Raises:
        Refused: the actor may not edit channels.
    """
    if not actor.may_anywhere("intake.channels"):
        raise Refused(_("您没有维护渠道的权限。"), code="intake.refused", act="intake.channels")
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in _old(folder, at):
        path.unlink(missing_ok=True)
    key = uuid7(at)
    _write(folder / f"{key}.yaml", text)
    app.configure_task(TRIAL_TASK, lock=TRIAL_TASK).defer(key=str(key))
    return key


def run_trial(*, key: UUID, at: datetime) -> None:
    """Try the definition of a trial and keep how it went; nothing when the trial has been swept."""
    source = _folder() / f"{key}.yaml"
    if not source.exists():
        return
    try:
        outcome = Outcome(tuple(try_channel(source.read_text(encoding="utf-8"), at=at)))
    except YiwangError as error:
        outcome = Outcome(problem=error.message)
    _write(source.with_suffix(".json"), json.dumps(asdict(outcome), ensure_ascii=False))
    source.unlink()


def trial_outcome(key: UUID) -> Outcome | None:
    """How a trial went; None while it waits or runs.

    Raises:
        NotFound: there is no such trial, or it is too old.
    """
    folder = _folder()
    try:
        kept = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not (folder / f"{key}.yaml").exists():
            raise NotFound(_("这次测试的结果已经清理，请重新运行。"), code="intake.no_trial") from None
        return None
    return Outcome(tuple(StepResult(**step) for step in kept["steps"]), kept["problem"])


def _write(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all."""
    draft = path.with_suffix(f"{path.suffix}.part")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _old(folder: Path, at: datetime) -> Iterator[Path]:
    for path in folder.iterdir():
        if instant_of(UUID(path.name.split(".")[0])) + _KEPT < at:
            yield path


def _folder() -> Path:
    return Path(settings.YIWANG_HOME) / "trials"
