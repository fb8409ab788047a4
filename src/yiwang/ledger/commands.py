"""Commands of `ledger`: `yiwang relay`, `yiwang check ledger`, `yiwang check keyring`."""

from __future__ import annotations

import json
import signal
import threading
from dataclasses import asdict

import click


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    cli.add_command(relay)
    check = cli.commands["check"]
    assert isinstance(check, click.Group)
    check.add_command(ledger)
    check.add_command(keyring)


@click.command()
def relay() -> None:
    """中继：把待发事件送给各业务，可以同时运行多个。"""
    from .relay import run_relay

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_relay(stop)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON。")
@click.option("--all", "every", is_flag=True, help="重算全部存证点，而不是其中几个。")
@click.option("--checkpoint", is_flag=True, help="核验无误后立即写一个存证点。")
def ledger(as_json: bool, every: bool, checkpoint: bool) -> None:
    """核验存证：重算每条链，对照业务行和存证点，重放记录；不改动任何数据。"""
    from django.utils import timezone

    from .checkpoints import make_checkpoint, signer
    from .verify import check_ledger

    report = check_ledger(all_checkpoints=every)
    if as_json:
        answer = {"ok": report.ok, "verifier_key": signer().verifier_key, **asdict(report)}
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        click.echo(
            f"存证流 {report.streams}，记录 {report.entries}，"
            f"业务行 {report.rows}（重放 {report.replayed}），存证点 {report.notes}（重算 {report.roots}）。"
        )
        for problem in report.problems:
            click.echo(f"不符 {problem.where}：{problem.text}")
        click.echo("核验无误。" if report.ok else f"共 {report.problem_count} 处不符。")
        click.echo("核验不到的：")
        for line in report.out_of_reach:
            click.echo(f"- {line}")
        click.echo(f"存证点公钥：{signer().verifier_key}")
    if not report.ok:
        raise SystemExit(1)
    if checkpoint:
        make_checkpoint(timezone.now())


@click.command()
@click.option("--create", is_flag=True, help="没有密钥环时新建一个（只用于新的实例）。")
@click.option("--rotate", is_flag=True, help="加一个新密钥，并用它重新包裹全部数据密钥。")
def keyring(create: bool, rotate: bool) -> None:
    """检查密钥环：能否读取，各密钥还包裹着多少条密文。"""
    from .keyring import create_keyring, current_keyring, keyring_path, keys_in_use, rotate_keyring

    if create:
        create_keyring()
    if rotate:
        click.echo(f"已换用新密钥，重新包裹 {rotate_keyring()} 条。请立即备份密钥环。")
    held, used = current_keyring(), keys_in_use()
    click.echo(f"密钥环 {keyring_path()}，当前 {held.current} 号。")
    for number in sorted({*held.keys, *used}):
        state = "" if number in held.keys else "（缺失！请从备份恢复）"
        click.echo(f"{number} 号密钥：{used[number]} 条{state}")
    if set(used) - set(held.keys):
        raise SystemExit(1)
