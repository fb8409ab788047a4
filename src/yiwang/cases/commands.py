"""Commands of `cases`: export of cases and of the journal."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

COLUMNS = (
    "number", "state", "path", "ending", "title", "channel", "kind", "urgency", "address", "lon", "lat",
    "report_count", "round", "created_at", "dispatched_at", "due_at", "handled_at", "closed_at", "overdue_at",
    "suspended_until", "is_excused", "excluded_at", "exclusion_ground",
)  # fmt: skip


def register(cli: click.Group) -> None:
    """Add `export cases` and `export journal`."""
    group = cli.commands["export"]
    assert isinstance(group, click.Group)
    group.add_command(cases)
    group.add_command(journal)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--state", "states", multiple=True, help="只导出这些状态，可重复。")
@click.option("--area", default="", help="只导出该区划代码范围内的案件。")
def cases(file: Path, states: tuple[str, ...], area: str) -> None:
    """导出案件为 CSV（不含诉求人信息）；FILE 为 - 时写到标准输出。"""
    from ..orgs.public import area_index
    from .models import Case
    from .states import CASE_STATES

    wrong = [state for state in states if state not in CASE_STATES]
    if wrong:
        raise click.BadParameter(
            f"没有状态 {wrong[0]}；只能是 {'、'.join(CASE_STATES)}。", param_hint="--state"
        )
    found = Case.objects.filter(is_sensitive=False).order_by("created_at", "id")
    if states:
        found = found.filter(state__in=states)
    if area:
        node = area_index().by_code.get(area)
        if node is None:
            raise click.BadParameter(f"没有代码为 {area} 的区划。", param_hint="--area")
        found = found.filter(community__in=area_index().communities_under(node.id))
    out = sys.stdout if str(file) == "-" else file.open("w", encoding="utf-8-sig", newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for row in found.values_list(*COLUMNS).iterator(chunk_size=2000):
        writer.writerow(["" if value is None else value for value in row])
        count += 1
    if out is not sys.stdout:
        out.close()
    click.echo(f"已导出 {count} 个案件（敏感案件不导出）。", err=True)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def journal(file: Path) -> None:
    """导出存证记录为 NDJSON：只有标识、代码和承诺值，可交第三方核验哈希链。"""
    import json

    from ..kernel.canonical import instant_text
    from ..ledger.public import JournalEntry

    count = 0
    with file.open("w", encoding="utf-8") as out:
        for entry in JournalEntry.objects.order_by("stream", "seq").iterator(chunk_size=5000):
            line = {
                "stream": str(entry.stream), "seq": entry.seq, "kind": entry.kind,
                "at": instant_text(entry.at), "actor": str(entry.actor or ""),
                "post": str(entry.post or ""), "agent": entry.agent, "body": entry.body,
                "hash": bytes(entry.hash).hex(),
            }  # fmt: skip
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    click.echo(f"已导出 {count} 条存证记录。", err=True)
