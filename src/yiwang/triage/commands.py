"""Commands of `triage`: `yiwang triage`; those of the stages stand in modules of their own."""

from __future__ import annotations

import signal
import threading

import click

from . import class_commands, issues_commands, owning_commands, placing_commands, repeats_commands


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    cli.add_command(triage)
    class_commands.register(cli)
    owning_commands.register(cli)
    issues_commands.register(cli)
    placing_commands.register(cli)
    repeats_commands.register(cli)


@click.command()
@click.option("--once", is_flag=True, help="研判完等待中的案件就结束。")
@click.option("--all-waiting", "enqueue", is_flag=True, help="先把所有待受理、还没有建议的案件排入。")
def triage(*, once: bool, enqueue: bool) -> None:
    """研判分拨：为新到的案件给出类别、地点、重复和责任单位的建议；可以同时运行多个。"""
    from django.utils import timezone

    from .running import run_triage
    from .services.proposing import enqueue_received, propose_waiting

    if enqueue:
        click.echo(f"排入 {enqueue_received(at=timezone.now())} 件。")
    if once or enqueue:
        total = 0
        while count := propose_waiting(at=timezone.now()):
            total += count
        click.echo(f"研判 {total} 件。")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_triage(stop)
