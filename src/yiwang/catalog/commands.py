"""Commands of `catalog`: `yiwang import catalog`."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from ..kernel.text_files import text_of

_UNITS = click.Choice(["urgent_hour", "work_hour", "work_day", "urgent_day"])


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    group = cli.commands["import"]
    assert isinstance(group, click.Group)
    group.add_command(import_catalog)


@click.command("catalog")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--scheme", required=True, help="分类体系代码，例如 city_management；没有时新建。")
@click.option("--name", default="", help="新建分类体系时的名称。")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="生效日期，默认今天。")
@click.option("--hour-means", type=_UNITS, default="work_hour", show_default=True, help="小时指什么。")
@click.option("--day-means", type=_UNITS, default="work_day", show_default=True, help="天指什么。")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出 JSON 计数。")
def import_catalog(
    file: Path,
    *,
    scheme: str,
    name: str,
    valid_from: datetime | None,
    hour_means: str,
    day_means: str,
    as_json: bool,
) -> None:
    """导入立案标准：每行一个立案条件；读不出的时限进入隔离，不取默认值。"""
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()
    counts = _run(file, scheme, name, valid_from.date() if valid_from else None, (hour_means, day_means))
    if as_json:
        shown = {key: counts[key] for key in ("read", "accepted", "unchanged", "quarantined")}
        click.echo(json.dumps(shown))
        return
    click.echo(
        f"读入 {counts['read']} 行：接受 {counts['accepted']}，未变 {counts['unchanged']}，"
        f"隔离 {counts['quarantined']}；终止旧条件 {counts['ended']} 条。"
    )
    if counts["quarantined"]:
        click.echo("请在“时限隔离”页面更正后重放。", err=True)


def _run(
    file: Path, scheme: str, name: str, valid_from: date | None, means: tuple[str, str]
) -> dict[str, int]:
    from django.utils import timezone

    from ..kernel.actor import system_actor
    from ..kernel.errors import YiwangError
    from .rules.standard_file import Reading
    from .services.standard import StandardFile, import_standard

    columns, rows, digest = read_file(file)
    try:
        counts = import_standard(
            actor=system_actor("import", "catalog.edit"),
            at=timezone.now(),
            file=StandardFile(columns=columns, rows=rows, digest=digest),
            scheme_code=scheme,
            scheme_name=name,
            valid_from=valid_from,
            reading=Reading(*means),
        )
    except YiwangError as problem:
        raise click.ClickException(problem.message) from problem
    return asdict(counts)


def read_file(file: Path) -> tuple[list[str], list[dict[str, str]], str]:
    """Heading, rows and SHA-256 of a CSV file in UTF-8 or GB 18030.

    Cells beyond the heading are dropped with their row kept, cells missing read as empty.

    Raises:
        ClickException: when the encoding cannot be told or a quote is never closed.
    """
    content = file.read_bytes()
    text = _decoded(content, file.name)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = [(column or "").strip() for column in reader.fieldnames or ()]
        rows = []
        for row in reader:
            cells = [value or "" for key, value in row.items() if key is not None]
            rows.append(dict(zip(columns, cells, strict=False)))
    except csv.Error as error:
        raise click.ClickException(f"{file.name} 不是完整的 CSV：{error}。请检查引号。") from error
    return columns, rows, hashlib.sha256(content).hexdigest()


def _decoded(content: bytes, name: str) -> str:
    try:
        return text_of(content)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{name} 的编码无法识别，请另存为 UTF-8。") from error
