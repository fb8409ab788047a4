"""Commands of the registry: `yiwang channel list, import, export, test, replay`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.group(no_args_is_help=True)
def channel() -> None:
    """渠道：目录的导入导出、契约测试、原始报文重放。"""


@channel.command("list")
def list_channels() -> None:
    """列出渠道目录和随附的渠道定义。"""
    from .queries.channels import channel_index
    from .queries.shipped import shipped_definitions

    known = channel_index().by_code
    for live in known.values():
        state = "启用" if live.is_enabled else "停用"
        click.echo(f"{live.code}\t{live.name}\t{live.definition.door}\t{state}")
    for definition in shipped_definitions():
        if definition.code not in known:
            click.echo(f"{definition.code}\t{definition.name}\t{definition.door}\t未入目录（随附）")


@channel.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--shipped", is_flag=True, help="导入随附的渠道定义。")
def import_channels(file: Path | None, shipped: bool) -> None:
    """导入渠道目录：FILE 为 YAML，可含一个或多个渠道定义；内容未变的不产生新版。"""
    from django.utils import timezone

    from ..kernel.actor import system_actor
    from ..kernel.errors import YiwangError
    from .queries.shipped import shipped_definitions
    from .rules.bodies import text_of_body
    from .rules.definition import read_registry
    from .services.registry import publish_channel

    actor = system_actor("command_line", "intake.channels")
    if shipped:
        texts = [definition.text for definition in shipped_definitions()]
    elif file is not None:
        texts = read_registry(text_of_body(file.read_bytes()))
    else:
        raise click.UsageError("请给出 FILE，或用 --shipped。")
    failed = 0
    for text in texts:
        try:
            row = publish_channel(actor=actor, at=timezone.now(), text=text)
        except YiwangError as error:
            failed += 1
            click.echo(error.message, err=True)
        else:
            click.echo(f"{row.code}\t{row.name}")
    if failed:
        sys.exit(1)


@channel.command("export")
@click.argument("codes", nargs=-1)
def export_channels(codes: tuple[str, ...]) -> None:
    """导出渠道目录为一个 YAML 文件；不含凭证。"""
    from .queries.channels import channel_index
    from .rules.definition import registry_text

    known = channel_index().by_code
    wrong = [code for code in codes if code not in known]
    if wrong:
        raise click.ClickException(f"没有渠道 {'、'.join(wrong)}。")
    texts = [live.definition.text for code, live in known.items() if not codes or code in codes]
    click.echo(registry_text(texts), nl=False)


@channel.command("test")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="每个渠道输出一行 JSON。")
def test_channel(name: str, as_json: bool) -> None:
    """契约测试：NAME 为渠道代码、定义文件，或 all；在事务中进行，不留下任何数据。"""
    from django.utils import timezone

    from ..kernel.errors import YiwangError
    from .doors.contract import STEPS, try_channel

    failed = False
    for code, text in _definitions(name):
        try:
            results = try_channel(text, at=timezone.now())
        except YiwangError as error:
            failed = True
            click.echo(f"{code}：{error.message}", err=True)
            continue
        failed = failed or any(result.outcome == "failed" for result in results)
        if as_json:
            steps = {result.step: result.outcome for result in results}
            reasons = {result.step: result.reason for result in results if result.outcome == "failed"}
            click.echo(json.dumps({"channel": code, **steps, "reasons": reasons}, ensure_ascii=False))
            continue
        marks = {"passed": "✓", "failed": "✗", "not_applicable": "-"}
        click.echo(f"{code}  " + "  ".join(f"{STEPS[r.step]} {marks[r.outcome]}" for r in results))
        for result in results:
            if result.outcome == "failed":
                click.echo(f"    {STEPS[result.step]}：{result.reason}")
    if failed:
        sys.exit(1)


def _definitions(name: str) -> list[tuple[str, str]]:
    """Code and text of the definitions that a name stands for; the registry wins over what is shipped."""
    from .queries.channels import channel_index
    from .queries.shipped import shipped_definitions
    from .rules.bodies import text_of_body
    from .rules.definition import read_registry

    found = {definition.code: definition.text for definition in shipped_definitions()}
    found.update({code: live.definition.text for code, live in channel_index().by_code.items()})
    if name == "all":
        return sorted(found.items())
    if name in found:
        return [(name, found[name])]
    path = Path(name)
    if path.is_file():
        return [(_code_of(text), text) for text in read_registry(text_of_body(path.read_bytes()))]
    raise click.ClickException(f"没有渠道“{name}”；可用：all、{'、'.join(sorted(found))}。")


def _code_of(text: str) -> str:
    """The code that a definition gives itself, right or wrong."""
    from .rules.yaml_tree import YamlTree

    return str(YamlTree.read(text, "渠道定义").tree.get("code") or "（没有 code）")


@channel.command("replay")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay(name: str, file: Path) -> None:
    """重放：把 FILE 中的原始报文（一行一条，或一个 JSON 列表）送入渠道 NAME，输出一行 JSON 计数。"""
    from ..kernel.errors import YiwangError
    from .services.replaying import replay_file

    try:
        counts = replay_file(name, file)
    except YiwangError as error:
        raise click.ClickException(error.message) from error
    click.echo(json.dumps(counts))
