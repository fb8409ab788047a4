"""Commands of the repeat stage: `yiwang evaluate repeats`, `yiwang check repeats`, `yiwang train repeats`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


def register(cli: click.Group) -> None:
    """Add the commands to the console script."""
    for group, command in (("evaluate", repeats), ("check", check_repeats)):
        found = cli.commands[group]
        assert isinstance(found, click.Group)
        found.add_command(command)
    train = cli.commands.get("train")
    if train is None:
        train = click.Group("train", help="训练：用本市历史数据训练模型。", no_args_is_help=True)
        cli.add_command(train)
    assert isinstance(train, click.Group)
    train.add_command(train_repeats)


def _set_up() -> None:
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()


def _sizes(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[int]:
    try:
        sizes = [int(part.replace("_", "")) for text in given for part in text.split(",") if part.strip()]
    except ValueError as problem:
        raise click.BadParameter("请写整数，可用逗号分隔，例如 10000,1000000。") from problem
    if any(not 1_000 <= size <= 5_000_000 for size in sizes):
        raise click.BadParameter("须在 1000 到 5000000 之间。")
    return sizes


@click.command("repeats")
@click.option("--seed", type=click.IntRange(0, 10**6), default=1, show_default=True, help="来件流的种子。")
@click.option(
    "--open", "sizes", multiple=True, default=("10000",), show_default=True, callback=_sizes,
    help="其他未办结案件数，可用逗号分隔多个，例如 10000,1000000。",
)  # fmt: skip
@click.option(
    "--problems", type=click.IntRange(50, 5000), default=900, show_default=True, help="真实问题数。"
)
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def repeats(*, seed: int, sizes: list[int], problems: int, as_json: bool) -> None:
    """查重评测：用已知真值的模拟来件，量自动合并的准确率、提示的召回率和单次查询耗时；不改动数据。"""
    _set_up()
    from .services.repeats_evaluating import evaluate_repeats

    found = evaluate_repeats(seed=seed, sizes=sizes, problems=problems)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    _table(found)


_ROWS = (
    ("open", "其他未办结案件"),
    ("reports", "来件"),
    ("repeats", "其中重复"),
    ("merge_precision", "自动合并：同案诉求两两准确率"),
    ("merges", "自动合并次数"),
    ("wrong_merges", "其中有误"),
    ("merge_recall", "自动合并召回率"),
    ("suggestion_recall", "提示（含合并）召回率"),
    ("held_out_classes_recall", "其中未学过的类别"),
    ("suggestion_precision", "提示准确率"),
    ("first_suggestion_precision", "首位提示准确率"),
    ("p50_ms", "单次查重耗时中位数（毫秒）"),
    ("p95_ms", "单次查重耗时 95% 分位（毫秒）"),
    ("rows_p95", "比对行数 95% 分位"),
    ("reports_per_cpu_second", "批量每秒件数（单核）"),
)


def _table(found: dict[str, Any]) -> None:
    for name, label in _ROWS:
        values = "".join(f"{size[name]:>16,}" for size in found["sizes"])
        click.echo(f"{values}  {label}")


@click.command("repeats")
@click.option("--mend", is_flag=True, help="补上缺少的，去掉多余的。")
def check_repeats(*, mend: bool) -> None:
    """核对查重特征是否与未办结案件一致；加 --mend 修复。"""
    _set_up()
    from django.utils import timezone

    from .services.repeat_keys import key_gaps, mend_keys

    if mend:
        added, dropped = mend_keys(at=timezone.now())
        click.echo(f"补上 {added} 条诉求的特征，去掉 {dropped} 个已办结案件的特征。")
        return
    missing, spare = key_gaps()
    click.echo(f"缺少特征的未办结案件 {missing} 个，多余特征的案件 {spare} 个。")
    if missing or spare:
        raise SystemExit(1)


@click.command("repeats")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="把权重写到这个 JSON 文件。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def train_repeats(*, out: Path | None, as_json: bool) -> None:
    """学习查重权重：用模拟来件的训练部分和本市判定过的案件对；撤销的合并作为反例。"""
    _set_up()
    from .services.repeats_learning import learn_weights

    found = learn_weights()
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if out is not None:
        out.write_text(text + "\n", "utf-8")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(f"权重 {found['version']}：{found['pairs']} 对，其中本市判定 {found['judged']} 对。")
        for name, weight in sorted(found["weights"].items(), key=lambda pair: -abs(pair[1])):
            click.echo(f"{weight:>9.3f}  {name}")
