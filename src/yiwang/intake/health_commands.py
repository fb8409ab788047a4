"""Command `yiwang check channels`: the health of every channel, for monitoring."""

from __future__ import annotations

import json
import sys

import click


@click.command("channels")
@click.option("--json", "as_json", is_flag=True, help="每个渠道输出一行 JSON。")
def channels(as_json: bool) -> None:
    """渠道运行：逐个渠道列出状态；有渠道异常（bad）时以 1 退出，供监控使用。"""
    from django.utils import timezone

    from .queries.health import health_of

    found = health_of(timezone.now())
    for one in found.channels:
        names = [finding.name for finding in one.findings]
        if not as_json:
            click.echo(f"{one.channel.code}\t{one.channel.name}\t{one.level}\t{'、'.join(names)}")
            continue
        row = {
            "channel": one.channel.code, "level": one.level, "findings": names,
            "last": one.last_at.isoformat() if one.last_at else None,
            "this_hour": one.counts.get("this_hour", 0), "usual_so_far": one.usual_so_far,
            "error_share": round(one.figures.error_share, 4),
            "waiting": one.figures.waiting, "lag_seconds": one.lag_mean,
        }  # fmt: skip
        click.echo(json.dumps(row, ensure_ascii=False))
    if any(one.level == "bad" for one in found.channels):
        sys.exit(1)
