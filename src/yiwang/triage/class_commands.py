"""Commands of the class stage: `yiwang train class` and `yiwang evaluate class`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .models import ClassModelVersion
    from .rules.classing.evaluating import Evaluation
    from .rules.classing.reading import Labelled

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SCHEME = "hotline_12345"


def register(cli: click.Group) -> None:
    """Add the commands; the group `train` is made when no other stage has made it."""
    evaluate = cli.commands["evaluate"]
    assert isinstance(evaluate, click.Group)
    evaluate.add_command(evaluate_class)
    train = cli.commands.get("train")
    if not isinstance(train, click.Group):
        train = click.Group("train", help="训练：事项类别、地址等模型。", no_args_is_help=True)
        cli.add_command(train)
    train.add_command(train_class)


@click.command("class")
@click.option(
    "--train",
    "train_file",
    type=_FILE,
    required=True,
    help="训练用 CSV，列 text,label，可有 title 或 topic。",
)
@click.option(
    "--test", "test_file", type=_FILE, required=True, help="检验用 CSV，列同上；只用于打分，不参与训练。"
)
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def evaluate_class(*, train_file: Path, test_file: Path, as_json: bool) -> None:
    """事项类别试算：用一份已分类的诉求训练，用另一份打分。不需要数据库。

    阈值只由训练数据的交叉验证确定（目标准确率 95%）；在检验数据上的覆盖率和实际准确率一并列出。
    """
    from .rules.classing.evaluating import evaluate
    from .rules.classing.training import TooLittle

    given, tested = _read(train_file), _read(test_file)
    try:
        found = evaluate(given.messages, given.labels, tested.messages, tested.labels)
    except TooLittle as problem:
        raise click.ClickException(f"{train_file.name}：{problem}") from problem
    skipped = given.skipped + tested.skipped
    if as_json:
        click.echo(json.dumps(_plain(found) | {"skipped_rows": skipped}, ensure_ascii=False))
        return
    _show(found)
    if skipped:
        click.echo(f"略过没有内容或类别的 {skipped} 行。", err=True)


evaluate_class.callback.needs_nothing = True  # type: ignore[union-attr]


def _read(file: Path) -> Labelled:
    from .rules.classing.reading import FileWrong, read_labelled

    try:
        return read_labelled(file.read_bytes())
    except FileWrong as problem:
        raise click.ClickException(f"{file.name}：{problem}") from problem


def _plain(found: Evaluation) -> dict[str, Any]:
    plain = asdict(found)
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in plain.items()}


def _show(found: Evaluation) -> None:
    rows = (
        ("macro_f1", f"{found.macro_f1:.4f}", "宏平均 F1"),
        ("accuracy", f"{found.accuracy:.4f}", "准确率"),
        ("coverage_at_95", f"{found.coverage_at_95:.4f}", "达到阈值、可自动采纳的比例"),
        ("precision_reached", f"{found.precision_reached:.4f}", "其中实际的准确率"),
        ("promised", f"{found.promised:.4f}", "训练数据交叉验证所得比例"),
        ("calibration_error", f"{found.calibration_error:.4f}", "把握与实际准确率的平均差"),
        ("seconds_per_1000", f"{found.seconds_per_1000:.3f}", "每千条处理器秒数（单核）"),
        ("seconds_to_train", f"{found.seconds_to_train:.1f}", "训练处理器秒数"),
    )
    for name, value, words in rows:
        click.echo(f"{name:<20}{value:>9}  {words}")
    for one in found.classes:
        figures = f"F1 {one.f1:.3f}  精确 {one.precision:.3f}  召回 {one.recall:.3f}"
        click.echo(f"{figures}  {one.cases:>5} 条  {one.label}")


@click.command("class")
@click.argument("file", type=_FILE, required=False)
@click.option(
    "--scheme", default=_SCHEME, show_default=True, help="分类体系代码，或 wording.kind、wording.urgency。"
)
@click.option("--roll-back", "back", is_flag=True, help="停用使用中的版本，恢复上一个使用过的版本。")
@click.option("--list", "listed", is_flag=True, help="列出各版本。")
@click.option("--publish", type=click.IntRange(1), help="发布这个版本号。")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON。")
def train_class(
    *, file: Path | None, scheme: str, back: bool, listed: bool, publish: int | None, as_json: bool
) -> None:
    """训练事项类别模型：按 FILE（列 text,label）或本市案件；留出案件上胜过使用中的版本才发布。"""
    from django.apps import apps

    if not apps.ready:
        import django

        django.setup()
    from ..kernel.errors import YiwangError

    if sum((back, listed, publish is not None, file is not None)) > 1:
        raise click.UsageError("FILE、--roll-back、--list、--publish 只能选一项。")
    try:
        if listed:
            _list(scheme, as_json)
        elif back:
            _roll_back(scheme, as_json)
        else:
            row = _publish(scheme, publish) if publish is not None else _train(scheme, file)
            _tell(row, as_json)
    except YiwangError as problem:
        raise click.ClickException(problem.message) from problem


def _actor() -> Any:
    from ..kernel.actor import system_actor
    from .services.class_models import TRAIN

    return system_actor("command_line", TRAIN)


def _train(scheme: str, file: Path | None) -> ClassModelVersion:
    from django.utils import timezone

    from .services.class_models import train_from_cases, train_from_file

    if file is None:
        return train_from_cases(actor=_actor(), at=timezone.now(), scheme=scheme)
    given = _read(file)
    return train_from_file(
        actor=_actor(), at=timezone.now(), scheme=scheme, messages=given.messages, labels=given.labels
    )


def _publish(scheme: str, number: int) -> ClassModelVersion:
    from django.utils import timezone

    from .queries.classing import versions_of
    from .services.class_models import publish_version

    found = next((row for row in versions_of(scheme, most=1000) if row.number == number), None)
    if found is None:
        raise click.ClickException(f"分类体系 {scheme} 没有第 {number} 版，请用 --list 查看。")
    return publish_version(actor=_actor(), at=timezone.now(), version_id=found.id)


def _roll_back(scheme: str, as_json: bool) -> None:
    from django.utils import timezone

    from .services.class_models import roll_back

    row = roll_back(actor=_actor(), at=timezone.now(), scheme=scheme)
    if row is None:
        click.echo(json.dumps(None) if as_json else "已停用；没有更早的版本，改按事项目录的文字研判。")
    else:
        _tell(row, as_json)


def _list(scheme: str, as_json: bool) -> None:
    from .queries.classing import versions_of

    rows = versions_of(scheme)
    if as_json:
        click.echo(json.dumps([_row(row) for row in rows], ensure_ascii=False))
    elif not rows:
        click.echo(f"分类体系 {scheme} 还没有训练过模型。")
    else:
        for row in rows:
            _tell(row, as_json=False)


def _tell(row: ClassModelVersion, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_row(row), ensure_ascii=False))
        return
    figures = row.figures
    state = "使用中" if row.is_in_use else ("已停用" if row.published_at else "未发布")
    click.echo(
        f"{row.name}  {state}  训练 {row.cases} 条（改正 {row.corrections}）{row.classes} 类  "
        f"留出 {figures['cases']} 条：宏平均 F1 {figures['macro_f1']:.4f}，"
        f"自动采纳 {figures['coverage_at_95']:.1%}，其中准确率 {figures['precision_reached']:.1%}"
    )
    if row.refusal:
        click.echo(f"  未发布：{row.refusal}")


def _row(row: ClassModelVersion) -> dict[str, Any]:
    short = ("cases", "macro_f1", "accuracy", "coverage_at_95", "precision_reached")
    return {
        "version": row.name,
        "in_use": row.is_in_use,
        "refusal": row.refusal,
        "trained_on": row.cases,
        "corrections": row.corrections,
        "classes": row.classes,
        "held_back": {key: row.figures[key] for key in short},
    }
