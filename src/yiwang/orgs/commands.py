"""Commands of `orgs`: `yiwang import holdings`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from .services import HoldingCounts


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    group = cli.commands["import"]
    assert isinstance(group, click.Group)
    group.add_command(import_holdings)


@click.command("holdings")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--create-accounts", is_flag=True, help="缺少的账号一并创建（无口令，须由管理员设初始口令）。")
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出 JSON 计数。")
def import_holdings(file: Path, *, create_accounts: bool, dry_run: bool, as_json: bool) -> None:
    """导入任职清单（CSV：账号、姓名、岗位代码、起始、终止）。有任何问题都不导入；同一文件再次导入不变。"""
    from ..kernel.errors import Invalid, YiwangError

    try:
        counts = _run(file, create_accounts=create_accounts, dry_run=dry_run)
    except Invalid as error:
        for problem in error.problems:
            given = f"（{problem.value}）" if problem.value else ""
            click.echo(f"{problem.field}{given}：{problem.remedy}", err=True)
        raise click.ClickException(error.message) from error
    except YiwangError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        accepted = counts.added + counts.changed
        shown = {"read": counts.read, "accepted": accepted, "unchanged": counts.unchanged, "quarantined": 0}
        click.echo(json.dumps(shown))
        return
    done = "检查通过（未写入）" if dry_run else "已导入"
    click.echo(
        f"{done}：读入 {counts.read} 行，新增任职 {counts.added}，变更任期 {counts.changed}，"
        f"未变 {counts.unchanged}，创建账号 {counts.created}。"
    )


def _run(file: Path, *, create_accounts: bool, dry_run: bool) -> HoldingCounts:
    from django.db import transaction
    from django.utils import timezone

    from ..kernel.actor import system_actor
    from .holding_files import text_of
    from .services import load_holdings

    with transaction.atomic():
        counts = load_holdings(
            actor=system_actor("import", "orgs.assign", "accounts.manage"),
            at=timezone.now(),
            text=text_of(file.read_bytes()),
            source=file.name,
            creates_accounts=create_accounts,
        )
        if dry_run:
            transaction.set_rollback(True)
    return counts
