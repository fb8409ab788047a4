"""Commands of the place stage: `yiwang evaluate address`, `yiwang train address`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..kernel.text_files import text_of

if TYPE_CHECKING:
    from .rules.placing.tagged import TaggedAddress

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    evaluate = cli.commands["evaluate"]
    assert isinstance(evaluate, click.Group)
    evaluate.add_command(evaluate_address)
    train = cli.commands.get("train")
    if train is None:
        train = click.Group("train", help="训练：用本市的数据训练研判模型，只有更好的才发布。")
        cli.add_command(train)
    assert isinstance(train, click.Group)
    train.add_command(train_address)


@click.command("address")
@click.option("--train", "train_files", type=_FILE, multiple=True, help="标注地址，用于训练；不给时只用文法")
@click.option("--test", "test_file", type=_FILE, required=True, help="标注地址，用于检验，不参与训练。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def evaluate_address(train_files: tuple[Path, ...], test_file: Path, *, as_json: bool) -> None:
    """评估地址识别：每行“字 标签”，空行分隔地址。不需要数据库。"""
    import time

    from .rules.placing.evaluation import evaluate_reader, plain_grammar
    from .rules.placing.reader import TrainedReader, train_reader

    tests = _read(test_file)
    start = time.process_time()
    addresses = [address for file in train_files for address in _read(file)]
    read = TrainedReader(train_reader(addresses)).read if addresses else plain_grammar()
    spent = time.process_time() - start
    found = evaluate_reader(read, tests)
    shown: dict[str, Any] = {
        "span_f1": round(found.agreement.span_f1, 4),
        "by_tag": {tag: round(value, 4) for tag, value in found.agreement.by_tag.items()},
        "per_second": round(found.per_second),
        "addresses": found.addresses,
        "training_addresses": len(addresses),
        "training_seconds": round(spent, 1),
    }
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    click.echo(f"{'标签':<12}{'条数':>6}{'F1':>9}")
    for tag, value in found.agreement.by_tag.items():
        click.echo(f"{tag:<14}{found.agreement.counts[tag]:>8}{value:>9.4f}")
    click.echo(
        f"共 {found.addresses} 条，片段 F1 {shown['span_f1']:.4f}；每秒 {shown['per_second']} 条；"
        f"训练 {len(addresses)} 条，用时 {shown['training_seconds']} 秒（处理器时间）。"
    )


#: Tells the command line that neither database nor settings are needed.
evaluate_address.callback.needs_nothing = True  # type: ignore[union-attr]


@click.command("address")
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--use", "number", type=int, help="不训练，改用第几版；可以退回旧版。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def train_address(files: tuple[Path, ...], *, number: int | None, as_json: bool) -> None:
    """训练地址识别模型：在保留的地址上更好才启用，旧版本保留。"""
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()
    from django.utils import timezone

    from ..kernel.actor import system_actor
    from ..kernel.errors import YiwangError
    from .services.placing_models import CONFIGURE, train_address_model, use_address_model

    if (number is None) == (not files):
        raise click.ClickException("请给出标注地址文件，或用 --use 指定版本，二者取一。")
    actor = system_actor("train", CONFIGURE)
    try:
        if number is not None:
            row = use_address_model(actor=actor, at=timezone.now(), number=number)
        else:
            addresses = [address for file in files for address in _read(file)]
            row = train_address_model(actor=actor, at=timezone.now(), addresses=addresses)
    except YiwangError as error:
        raise click.ClickException(error.message) from error
    if as_json:
        shown = {
            "number": row.number, "addresses": row.addresses, "held_back": row.held_back,
            "span_f1": round(row.span_f1, 4), "beaten_f1": round(row.beaten_f1, 4), "in_use": row.in_use,
        }  # fmt: skip
        click.echo(json.dumps(shown))
        return
    said = "已启用" if row.in_use else "未启用，原有的不比它差"
    click.echo(
        f"第 {row.number} 版：训练 {row.addresses} 条，在保留的 {row.held_back} 条上片段 F1 "
        f"{row.span_f1:.4f}，原有 {row.beaten_f1:.4f}；{said}。"
    )


def _read(file: Path) -> list[TaggedAddress]:
    from .rules.placing.tagged import read_tagged

    try:
        return read_tagged(text_of(file.read_bytes()))
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} 的编码无法识别，请另存为 UTF-8。") from error
    except ValueError as error:
        raise click.ClickException(f"{file.name}：{error}") from error
