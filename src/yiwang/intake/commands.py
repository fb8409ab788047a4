"""Commands of `intake`: `yiwang intake`, `yiwang channel`, `yiwang import reports|cap`."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .alert_commands import cap
from .channel_commands import channel
from .health_commands import channels

if TYPE_CHECKING:
    from tqdm import tqdm


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    group = cli.commands["import"]
    assert isinstance(group, click.Group)
    group.add_command(reports)
    group.add_command(cap)
    checks = cli.commands["check"]
    assert isinstance(checks, click.Group)
    checks.add_command(channels)
    cli.add_command(intake)
    cli.add_command(channel)


@click.command()
@click.option("--only", multiple=True, help="只运行这些部分（如 drain、mqtt），缺省为全部。")
@click.option("--once", is_flag=True, help="处理完已收存的消息就结束。")
def intake(only: tuple[str, ...], once: bool) -> None:
    """业务对接：处理收存的消息，运行各对接方式，发送回写；可以同时运行多个。"""
    from .running import run_intake
    from .services.handling import handle_waiting

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if once:
        counts = handle_waiting(stop=stop)
        click.echo(
            f"入库 {counts.accepted}，更新 {counts.updated}，"
            f"重复 {counts.unchanged}，隔离 {counts.quarantined}。"
        )
        return
    run_intake(stop, only=only)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", "mapping_file", required=True, help="映射文件（.yaml），或随附映射的名称。")
@click.option("--channel", default="", help="来源渠道代码；默认取映射文件中的 channel。")
@click.option("--json", "as_json", is_flag=True, help="最后输出一行 JSON 计数。")
@click.option("--dry-run", is_flag=True, help="只检查，不入库。")
def reports(file: Path, mapping_file: str, channel: str, as_json: bool, dry_run: bool) -> None:
    """导入诉求：FILE 可为 .csv、.csv.gz、.xlsx、.ndjson，按映射文件转换；重复导入同一文件不会增加记录。"""
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()
    from ..kernel.errors import YiwangError

    try:
        counts = _import(file, mapping_file, channel, dry_run)
    except YiwangError as error:
        raise click.ClickException(error.message) from error
    except UnicodeDecodeError as error:
        raise click.ClickException("映射文件须为 UTF-8 编码，请另存后重试。") from error
    if as_json:
        click.echo(json.dumps(counts))
    else:
        click.echo(
            f"读取 {counts['read']} 行：入库 {counts['accepted']}，"
            f"未变 {counts['unchanged']}，隔离 {counts['quarantined']}。"
        )


def _import(file: Path, mapping_file: str, channel: str, dry_run: bool) -> dict[str, int]:
    from django.db import transaction
    from django.utils import timezone

    from ..kernel.actor import system_actor
    from .services.importing import run_import, start_run
    from .services.mappings import publish_mapping, shipped_mapping

    actor = system_actor("import", "intake.import", "cases.receive")
    given = Path(mapping_file)
    text = given.read_text(encoding="utf-8-sig") if given.is_file() else shipped_mapping(mapping_file)
    with transaction.atomic() if dry_run else nullcontext(), _bar(file) as bar:
        mapping = publish_mapping(actor=actor, at=timezone.now(), text=text)
        run = start_run(actor=actor, at=timezone.now(), mapping=mapping, path=file, channel=channel)
        counts = run_import(actor=actor, at=timezone.now(), run_id=run.id, path=file, progress=bar.update)
        if dry_run:
            transaction.set_rollback(True)
    return asdict(counts)


def _bar(file: Path) -> tqdm[None]:
    """The progress bar, on stderr, when somebody looks at it."""
    from tqdm import tqdm

    return tqdm(unit="行", unit_scale=True, desc=file.name, disable=None)
