"""Commands of `places`: `yiwang import areas`, `import parts` and `import addresses`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .rules.layers import DEFAULT_TOLERANCE, LAYER_BY_CODE

if TYPE_CHECKING:
    from .rules.tables import TableCounts
    from .services import AreaCounts

#: Values of `kernel.coordinates.CoordinateSystem`, which is too heavy to import for every command.
SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
#: Wrong rows that are written to the screen.
_MOST_SHOWN = 50


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    group = cli.commands["import"]
    assert isinstance(group, click.Group)
    group.add_command(import_areas_file)
    group.add_command(import_parts_file)
    group.add_command(import_addresses_file)


@click.command("areas")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--layer", required=True, type=click.Choice(list(LAYER_BY_CODE)), help="图层。")
@click.option("--crs", required=True, type=click.Choice(SYSTEMS), help="文件的坐标系。")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=DEFAULT_TOLERANCE,
    show_default=True,
    metavar="M2",
    help="不超过这么多平方米的重叠和空隙视为绘图误差。",
)
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="生效日期，默认今天。")
@click.option("--replace", is_flag=True, help="同一上级下，文件未列出的区域随之停用。")
@click.option("--illustrative", is_flag=True, help="边界仅为示意，地图上会注明。")
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.option("--json", "as_json", is_flag=True, help="最后一行输出 JSON 计数。")
def import_areas_file(file: Path, *, as_json: bool, dry_run: bool, **options: Any) -> None:
    """导入区划边界（GeoJSON）。要素须有 code、name，可有 parent_code。有任何问题都不导入。"""
    from ..kernel.errors import Invalid, YiwangError

    try:
        counts = _run(file, dry_run=dry_run, **options)
    except Invalid as error:
        for problem in error.problems:
            place = f"（{problem.value}）" if problem.value else ""
            click.echo(f"{problem.field}{place}：{problem.remedy}", err=True)
        raise click.ClickException(error.message) from error
    except YiwangError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        shown = {"read": counts.read, "accepted": counts.accepted, "unchanged": counts.unchanged}
        click.echo(json.dumps({**shown, "quarantined": 0}))
        return
    done = "检查通过（未写入）" if dry_run else "已导入"
    click.echo(
        f"{done}：读入 {counts.read} 个要素，接受 {counts.accepted}，未变 {counts.unchanged}，"
        f"停用旧边界 {counts.closed}。"
    )


def _run(file: Path, *, valid_from: datetime | None, **options: Any) -> AreaCounts:
    from django.utils import timezone

    from ..kernel.actor import system_actor
    from .services import import_areas

    return import_areas(
        actor=system_actor("import", "places.import", "orgs.edit"),
        at=timezone.now(),
        document=_read(file),
        source=file.name,
        valid_from=valid_from.date() if valid_from else None,
        **options,
    )


_TABLE_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option("--crs", required=True, type=click.Choice(SYSTEMS), help="文件的坐标系。"),
    click.option("--dry-run", is_flag=True, help="只检查，不写入。"),
    click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="把错误行写到这个 CSV。"),
    click.option("--json", "as_json", is_flag=True, help="最后一行输出 JSON 计数。"),
)


def _table_command(command: Callable[..., None]) -> Callable[..., None]:
    """The argument and options that both tables take."""
    for option in reversed(_TABLE_OPTIONS):
        command = option(command)
    return command


@click.command("parts")
@_table_command
def import_parts_file(**options: Any) -> None:
    """导入部件（CSV）：列有标识码、经度、纬度，可有类别代码、状态、定位精度、权属单位。逐行指出错误，其余照常导入。"""
    from .services import import_parts

    _import_table(import_parts, **options)


@click.command("addresses")
@_table_command
def import_addresses_file(**options: Any) -> None:
    """导入标准地址（CSV）：列有地址全称、经度、纬度。逐行指出错误，其余照常导入。"""
    from .services import import_addresses

    _import_table(import_addresses, **options)


def _import_table(
    service: Callable[..., TableCounts],
    *,
    file: Path,
    crs: str,
    dry_run: bool,
    errors: Path | None,
    as_json: bool,
) -> None:
    from django.utils import timezone

    from ..kernel.actor import system_actor
    from ..kernel.errors import YiwangError

    actor = system_actor("import", "places.maintain")
    try:
        counts = service(actor=actor, at=timezone.now(), content=file.read_bytes(), crs=crs, dry_run=dry_run)
    except YiwangError as error:
        raise click.ClickException(error.message) from error
    for problem in counts.problems[:_MOST_SHOWN]:
        value = f"（{problem.value}）" if problem.value else ""
        click.echo(f"第 {problem.line} 行 {problem.field}{value}：{problem.remedy}", err=True)
    if len(counts.problems) > _MOST_SHOWN:
        click.echo(f"共 {len(counts.problems)} 处错误，用 --errors 写到文件。", err=True)
    if errors is not None:
        _write_errors(errors, counts)
    _say(counts, dry_run=dry_run, as_json=as_json)


def _say(counts: TableCounts, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        shown = {"read": counts.read, "accepted": counts.accepted, "unchanged": counts.unchanged}
        click.echo(json.dumps({**shown, "quarantined": counts.refused}))
        return
    done = "检查完毕（未写入）" if dry_run else "已导入"
    click.echo(
        f"{done}：读取 {counts.read} 行，接受 {counts.accepted}，"
        f"未变 {counts.unchanged}，有误 {counts.refused}。"
    )


def _write_errors(file: Path, counts: TableCounts) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("行号", "列", "原值", "处理办法"))
        writer.writerows((one.line, one.field, one.value, one.remedy) for one in counts.problems)


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} 不是 UTF-8 编码，请另存为 UTF-8。") from error
    except json.JSONDecodeError as error:
        raise click.ClickException(f"{file.name} 不是完整的 JSON：第 {error.lineno} 行。") from error
