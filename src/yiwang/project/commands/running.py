"""`yiwang demo, serve, worker, live`: the processes of a running instance."""

from __future__ import annotations

import os
import sys

import click

from ...kernel.outages import is_outage
from .. import instance

_HOST = click.option(
    "--host", envvar="YIWANG_BIND", default="127.0.0.1", show_default=True, help="监听地址。"
)
_PORT = click.option(
    "--port", envvar="PORT", default=8000, show_default=True, help="网页端口；实时推送用下一个端口。"
)

#: Seconds that a worker waits for a connection; without one it ends, to be started anew by its supervisor.
POOL_PATIENCE = 5


def register(cli: click.Group) -> None:
    """Add the commands of this module; `clock` and `relay` come from their apps."""
    for command in (demo, serve, worker, live):
        cli.add_command(command)


@click.command()
@_HOST
@_PORT
@click.option("--load-only", is_flag=True, help="只装载演示数据，不启动。")
def demo(*, host: str, port: int, load_only: bool) -> None:
    """演示：装载南京，推演一个上午，然后启动全部进程；再次执行则接着上次。"""
    os.environ.setdefault("YIWANG_LOG_LEVEL", "WARNING")  # the addresses stay in sight
    instance.use_database()
    instance.migrate()
    instance.prepare()
    from ..demo import load, logins

    load(say=click.echo)
    if load_only:
        return
    from ..supervisor import run_all

    sys.exit(run_all(host=host, port=port, notes=logins()))


@click.command()
@_HOST
@_PORT
@click.option("--workers", envvar="YIWANG_WORKERS", default=2, show_default=True, help="网页进程数。")
@click.option("--all", "everything", is_flag=True, help="连同数据库、任务、中继、时钟、对接、推送一起启动。")
def serve(*, host: str, port: int, workers: int, everything: bool) -> None:
    """网页与接口：启动网页服务；--all 启动全部进程。"""
    if everything:
        instance.prepare()
        from ..supervisor import run_all

        sys.exit(run_all(host=host, port=port, workers=workers))
    cluster = instance.use_database()
    if cluster is not None:
        instance.migrate_if_new()
    from ..serving import serve_web

    serve_web(host=host, port=port, workers=workers)


@click.command()
@click.option("--queue", "queues", multiple=True, help="只做这些队列，缺省为全部。")
@click.option("--once", is_flag=True, help="做完现有任务就结束。")
def worker(*, queues: tuple[str, ...], once: bool) -> None:
    """后台任务：执行任务队列，可以同时运行多个。"""
    instance.prepare()
    from .. import logs

    logs.configure()
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params

    connector = PsycopgConnector(kwargs=connector_params(), timeout=POOL_PATIENCE)
    try:
        with app.replace_connector(connector) as running:
            running.run_worker(
                queues=list(queues) or None,
                wait=not once,
                delete_jobs="successful",
                shutdown_graceful_timeout=20,
            )
    except Exception as error:
        if not is_outage(error):
            raise
        sys.exit(f"yiwang: 后台任务进程失去数据库（{type(error).__name__}），结束后由监护进程重新启动。")


@click.command()
@_HOST
@click.option("--port", default=None, type=int, help="端口，缺省为网页端口加一。")
def live(*, host: str, port: int | None) -> None:
    """实时推送：只监听数据库通知，向浏览器推送（主题，版本）。"""
    instance.use_database()
    from ..serving import live_port, serve_live

    serve_live(host=host, port=port or live_port())
