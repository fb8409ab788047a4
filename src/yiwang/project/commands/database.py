"""`yiwang migrate`, `yiwang static`, `yiwang database …`: schema, static files, the embedded server."""

from __future__ import annotations

import os
import sys

import click

from .. import instance
from ..embedded import Cluster

#: How long a migration waits for a lock before it gives up, rather than holding up the product.
LOCK_TIMEOUT = "10s"


def register(cli: click.Group) -> None:
    """Add the commands of this module."""
    cli.add_command(migrate)
    cli.add_command(static)
    cli.add_command(database)


@click.command()
@click.option("--plan", is_flag=True, help="只列出将要执行的迁移。")
@click.option("--quiet", is_flag=True, help="不逐条列出迁移。")
def migrate(*, plan: bool, quiet: bool) -> None:
    """迁移：以属主角色升级数据库结构，并授权运行角色。

    自有数据库以 YIWANG_OWNER_DATABASE_URL 指定属主，缺省与 YIWANG_DATABASE_URL 相同。
    """
    instance.use_database()
    running_url = os.environ[instance.URL]
    os.environ[instance.URL] = instance.owner_url()
    os.environ["YIWANG_LOCK_TIMEOUT"] = LOCK_TIMEOUT
    instance.set_up_django()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0 if quiet else 1, plan=plan)
    if not plan:
        _grant(running_url)
        _follow_shipped_kinds(quiet=quiet)


def _follow_shipped_kinds(*, quiet: bool) -> None:
    """Give post kinds that nobody has edited what this release ships; a city without kinds is left alone."""
    from django.utils import timezone

    from ...kernel.actor import system_actor
    from ...orgs.public import load_post_kinds, post_kinds

    if post_kinds():
        changed = load_post_kinds(actor=system_actor("migrate", "orgs.grant"), at=timezone.now())
        if changed and not quiet:
            click.echo(f"岗位类别已按随附设定更新：{changed} 个。")


def _grant(running_url: str) -> None:
    """Give the running role its rights, and warn when it is the owner itself."""
    from urllib.parse import urlsplit

    from django.db import connection

    from ..roles import APP_ROLE, grant_to_app

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
        if cursor.fetchone() is not None:
            grant_to_app(connection.connection)
    if urlsplit(running_url).username == connection.settings_dict["USER"]:
        click.echo(
            "警告：运行角色就是属主，数据库无法阻止它改写存证。请建立 yiwang_owner 与 yiwang_app 两个角色，"
            "并设置 YIWANG_OWNER_DATABASE_URL。",
            err=True,
        )


@click.command()
def static() -> None:
    """静态文件：收集到 YIWANG_STATIC_ROOT，生产环境启动前执行一次。"""
    os.environ.setdefault(instance.URL, "postgresql:///unused")
    instance.set_up_django()
    from django.conf import settings
    from django.core.management import call_command

    if not settings.STATIC_ROOT:
        sys.exit("yiwang: 请先设置 YIWANG_STATIC_ROOT。")
    call_command("collectstatic", interactive=False, verbosity=1)


@click.group()
def database() -> None:
    """内置数据库：start、stop、status、url。"""


@database.command()
def start() -> None:
    """启动内置数据库。"""
    cluster = _own()
    cluster.ensure()
    click.echo(f"运行中，进程 {cluster.pid()}，数据在 {cluster.data}")


@database.command()
def stop() -> None:
    """停止内置数据库。"""
    _own().stop()
    click.echo("已停止")


@database.command()
def status() -> None:
    """内置数据库是否在运行；没有运行时退出码为 3。"""
    cluster = _own()
    if not cluster.is_running():
        click.echo("未运行")
        sys.exit(3)
    click.echo(f"运行中，进程 {cluster.pid()}，数据在 {cluster.data}")


@database.command()
@click.option("--owner", is_flag=True, help="属主角色，而不是运行角色。")
def url(*, owner: bool) -> None:
    """打印连接地址（含口令），供 psql 等工具使用。"""
    from ..embedded import APP_ROLE, OWNER_ROLE

    click.echo(_own().ensure().url(OWNER_ROLE if owner else APP_ROLE))


def _own() -> Cluster:
    cluster = instance.embedded_cluster()
    if cluster is None:
        sys.exit("yiwang: 设置了 YIWANG_DATABASE_URL，没有内置数据库。")
    return cluster
