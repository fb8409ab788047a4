"""`yiwang import defaults`: what the package ships for a city to begin with."""

from __future__ import annotations

import click


def register(cli: click.Group) -> None:
    """Add the command of this module."""
    group = cli.commands["import"]
    assert isinstance(group, click.Group)
    group.add_command(defaults)


@click.command()
def defaults() -> None:
    """载入随附设定：岗位类别、工作日历、事项目录、办理规则、时限阶梯、吹哨规则、短信模板；已有的不改。"""
    from django.utils import timezone

    from ...cases.public import load_defaults
    from ...catalog.public import load_catalog
    from ...clocks.public import load_calendar
    from ...kernel.actor import system_actor
    from ...notify.public import load_templates
    from ...orgs.public import load_post_kinds
    from ...whistles.public import load_whistle_rules

    actor = system_actor(
        "setup", "orgs.grant", "clocks.edit", "catalog.edit", "whistles.configure", "notify.configure"
    )
    at = timezone.now()
    kinds = load_post_kinds(actor=actor, at=at)
    load_calendar(actor=actor, at=at)
    catalog = load_catalog(actor=actor, at=at)
    rules = load_defaults(actor=actor, at=at)
    whistles = load_whistle_rules(actor=actor, at=at)
    words = load_templates(actor=actor, at=at)
    click.echo(
        f"岗位类别 {kinds} 个，事项类别 {catalog.classes} 个，办理规则 {rules} 条，"
        f"吹哨规则 {whistles} 条，短信模板 {words} 条；"
        "工作日历已载入已公布的年份。"
    )
