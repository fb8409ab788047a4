"""Commands of alerts: `yiwang import cap`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from .services.alerts import AlertDoor

#: Channel whose settings hold for files unless another is named: the tolerant one.
DEFAULT_CHANNEL = "weather_cap"


@click.command("cap")
@click.argument("path", metavar="FILE|DIR", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--channel",
    default=DEFAULT_CHANNEL,
    show_default=True,
    help="按哪个渠道的设置接收：渠道代码（未入目录时用随附的定义），或定义文件。",
)
@click.option("--json", "as_json", is_flag=True, help="每个文件输出一行 JSON。")
def cap(path: Path, channel: str, as_json: bool) -> None:
    """接入 CAP 预警：逐个读取文件或文件夹中的文件，不联网；同一预警再次导入不会改变任何内容。"""
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()
    from django.utils import timezone

    from ..kernel.actor import system_actor
    from ..kernel.errors import YiwangError
    from .services.alert_files import import_alert_files

    try:
        door = _door(channel)
    except YiwangError as error:
        raise click.ClickException(error.message) from error
    actor = system_actor("import", "intake.import")
    for outcome in import_alert_files(actor=actor, at=timezone.now(), door=door, path=path):
        if as_json:
            line = {
                "file": outcome.file,
                "accepted": outcome.accepted,
                "reason": outcome.reason,
                "identifier": outcome.identifier,
                "areas": list(outcome.areas),
            }
            click.echo(json.dumps(line, ensure_ascii=False))
        elif outcome.accepted:
            areas = "、".join(outcome.areas) or "未涉及本市区域"
            click.echo(f"{outcome.file}\t{'未变' if outcome.reason else '已接收'}\t{areas}")
        else:
            click.echo(f"{outcome.file}\t拒收\t{outcome.reason}")


def _door(code: str) -> AlertDoor:
    """The door of a channel of the registry, of a shipped definition that is not in it, or of a file."""
    from django.utils import timezone

    from ..kernel.errors import NotFound
    from .queries.channels import live_channel
    from .queries.shipped import shipped_definitions
    from .rules.definition import read_definition
    from .services.alerts import alert_door, bare_door

    if Path(code).is_file():
        return bare_door(read_definition(Path(code).read_text(encoding="utf-8")))
    shipped = {definition.code: definition for definition in shipped_definitions()}
    try:
        found = live_channel(code, timezone.now())
    except NotFound:
        if code in shipped and shipped[code].door == "cap":
            return bare_door(shipped[code])
        raise
    if found.door != "cap":
        raise NotFound(f"渠道“{found.name}”不接收 CAP 预警。")
    return alert_door(found)
