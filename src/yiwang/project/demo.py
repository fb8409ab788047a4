"""Demo 演示: Nanjing loaded and a morning played, once; a second run goes on where the first stopped.

Each step leaves a marker in the database, in the transaction of the step when it cannot be repeated, so a
run that was broken off is taken up again and nothing is played twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from .. import __version__
from ..ledger.public import bump_now, execute
from ..simulate.public import OPEN311_KEY, demo_password, load_city, play_morning
from ..simulate.public import logins as demo_logins
from . import instance

Say = Callable[[str], object]
#: The city is loaded again (adding what is missing) when the product's version moves.
CITY = f"demo.city.{__version__}"
MORNING = "demo.morning"


def load(*, say: Say) -> None:
    """Load the city and play the morning, as far as that was not done before."""
    if not _is_done(CITY):
        began = time.monotonic()
        load_city(say, passwords=passwords_file())
        _mark(CITY)
        say(f"城市已载入，用时 {time.monotonic() - began:.0f} 秒。")
    if not _is_done(MORNING):
        say("推演一个上午（文本为自编，固定种子）")
        with transaction.atomic():
            made = play_morning(ends=timezone.now(), tell=lambda _done, _of: None)
            _mark(MORNING)
        say(f"推演完成：{made} 个案件。")


def logins() -> list[str]:
    """Lines for people: one login a role, and the password they share."""
    people = demo_logins()
    width = max(len(person.login) for person in people)
    lines = [f"  {person.login:<{width}}  {person.role}（{person.name}）" for person in people]
    shown = [f"演示账号（口令均为 {demo_password(passwords_file())}）：", *lines]
    key_file = passwords_file().with_name(OPEN311_KEY)
    if key_file.exists():
        shown.append(f"公众表单 /f/    Open311 /open311/v2/（密钥 {key_file.read_text()}）")
    return shown


def passwords_file() -> Path:
    """The 0600 file that keeps the demo's generated password."""
    return instance.home() / "demo-password"


def _is_done(step: str) -> bool:
    found = execute("SELECT 1 FROM ledger_cacheversion WHERE name = %s AND version > 0", [step])
    return found.fetchone() is not None


def _mark(step: str) -> None:
    """Note in the table of versions that a step is done."""
    bump_now(step)
