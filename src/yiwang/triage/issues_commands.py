"""Commands of hot issues: `yiwang evaluate hot`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..kernel.text_files import text_of

if TYPE_CHECKING:
    from .rules.issues.finding import Issue

#: Names of the parts of the index for a person.
PART_NAMES = {
    "people": "人数", "reports": "诉求", "span": "持续", "growth": "增长", "spread": "范围", "likes": "点赞",
}  # fmt: skip


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    evaluate = cli.commands["evaluate"]
    assert isinstance(evaluate, click.Group)
    evaluate.add_command(hot)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--top", default=10, show_default=True, type=click.IntRange(min=1), help="列出前几个。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def hot(file: Path, top: int, *, as_json: bool) -> None:
    """从来件中归并热点问题并排序：读 id,time,reporter,title,text,likes。不需要数据库。"""
    from .rules.issues.finding import find_issues
    from .rules.issues.messages import read_messages
    from .rules.issues.plain import plain_issue

    try:
        messages = read_messages(text_of(file.read_bytes()))
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} 的编码无法识别，请另存为 UTF-8。") from error
    except ValueError as error:
        raise click.ClickException(f"{file.name}：{error}") from error
    issues = find_issues(messages, top=top)
    if as_json:
        found = [plain_issue(issue, rank) for rank, issue in enumerate(issues, start=1)]
        click.echo(json.dumps({"messages": len(messages), "issues": found}, ensure_ascii=False, indent=1))
        return
    click.echo(f"共 {len(messages)} 条来件，列出前 {len(issues)} 个热点问题。")
    for rank, issue in enumerate(issues, start=1):
        click.echo(_line(issue, rank))


#: Tells the command line that neither database nor settings are needed.
hot.callback.needs_nothing = True  # type: ignore[union-attr]


def _line(issue: Issue, rank: int) -> str:
    heat = issue.heat
    span = f"{issue.first:%Y-%m-%d} 至 {issue.last:%Y-%m-%d}" if issue.first and issue.last else "时间不详"
    parts = "，".join(f"{PART_NAMES[name]} {points:g}" for name, points in heat.parts.items())
    members = "、".join(issue.members)
    return (
        f"{rank:>3}. {issue.name}  热度 {heat.index:g}（{parts}）\n"
        f"     地点 {issue.place}；{span}；{heat.reports} 件，{heat.people} 人，点赞 {heat.likes}\n"
        f"     成员 {members}"
    )
