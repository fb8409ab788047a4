"""Commands of the owner stage: `yiwang evaluate owners`."""

from __future__ import annotations

import json
from uuid import UUID

import click


def register(cli: click.Group) -> None:
    """Add the command to `yiwang evaluate`."""
    evaluate = cli.commands["evaluate"]
    assert isinstance(evaluate, click.Group)
    evaluate.add_command(owners)


@click.command("owners")
@click.option("--months", type=click.IntRange(1, 36), default=6, show_default=True, help="回看几个月。")
@click.option("--draft", type=click.UUID, help="按这份权责变更草案发布后的清单评估；默认按今天的清单。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def owners(*, months: int, draft: UUID | None, as_json: bool) -> None:
    """权责清单评估：过去的案件中，实际主办单位与清单一致的比例，按事项类别列出。"""
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()
    from django.utils import timezone

    from ..kernel.errors import YiwangError
    from .queries.owning_evaluation import evaluate_owners

    try:
        found = evaluate_owners(at=timezone.now(), months=months, draft_id=draft)
    except YiwangError as problem:
        raise click.ClickException(problem.message) from problem
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    click.echo(f"{'一致':>6} {'案件':>7} {'占比':>7} {'无人负责':>6}  事项类别")
    for row in found["classes"]:
        click.echo(
            f"{row['equal']:>8} {row['cases']:>9} {row['share']:>9.1%} {row['no_owner']:>10}  "
            f"{row['code']} {row['name']}"
        )
    share = f"{found['share']:.1%}" if found["share"] is not None else "—"
    click.echo(
        f"合计 {found['cases']} 件，与清单一致 {found['equal']} 件（{share}），"
        f"无人负责 {found['no_owner']} 件。"
    )
