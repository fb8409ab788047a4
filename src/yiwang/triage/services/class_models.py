"""Acts on class models 分类模型: train, publish, roll back. Each is journaled in the version's own stream."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ...catalog.public import CatalogIndex, catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused, invalid
from ...ledger.public import Act, acting, bump
from ..enums import ModelSource
from ..models import ClassModelContent, ClassModelVersion
from ..queries.classing import MODELS, WORDINGS, city_history, models_in_use
from ..rules.classing.evaluating import Evaluation
from ..rules.classing.holding import Split, as_figures, measured, refusal_of, split_held
from ..rules.classing.model import model_from_bytes
from ..rules.classing.texts import Message
from ..rules.classing.training import TooLittle, train_model

TRAIN = "triage.train"


def train_from_file(
    *, actor: Actor, at: datetime, scheme: str, messages: Sequence[Message], labels: Sequence[str]
) -> ClassModelVersion:
    """Train a scheme's model on labelled reports 按文件训练; published when it beats the one in use.

    Args:
        labels: a code of the scheme each, or a name that only one class of it has.

    Raises:
        Refused: without `triage.train`. Invalid: an unknown scheme or label, or too few reports.
    """
    _demand(actor)
    codes = _codes(catalog_index(at), scheme, labels)
    return _train(actor, at, scheme, ModelSource.FILE, split_held(messages, codes))


def train_from_cases(*, actor: Actor, at: datetime, scheme: str) -> ClassModelVersion:
    """Train a scheme's model on the city's own cases 按本市案件训练, corrections included.

    Raises:
        as `train_from_file`.
    """
    _demand(actor)
    index = catalog_index(at)
    _known_scheme(index, scheme)
    history = city_history(index, scheme)
    split = split_held(history.messages, history.labels)
    return _train(actor, at, scheme, ModelSource.CASES, split, corrections=history.corrections)


def publish_version(*, actor: Actor, at: datetime, version_id: UUID) -> ClassModelVersion:
    """Put a version in use 发布分类模型; the one in use before is taken out.

    Raises:
        Refused; NotFound. Conflict: it is in use already.
    """
    _demand(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(ClassModelVersion, version_id)
        if row.is_in_use:
            raise Conflict("这个版本正在使用。", code="triage.model_in_use")
        _publish(act, row)
    return row


def roll_back(*, actor: Actor, at: datetime, scheme: str) -> ClassModelVersion | None:
    """Take the version in use out 回退分类模型, and put the one that was in use before it back.

    Returns:
        The version now in use; None when there was none before, so that the cold start answers again.

    Raises:
        Refused. Conflict: no version is in use.
    """
    _demand(actor)
    with acting(actor=actor, at=at) as act:
        rows = act.fetch(ClassModelVersion, scheme=scheme)
        current = next((row for row in rows if row.is_in_use), None)
        if current is None:
            raise Conflict("这个分类体系没有使用中的模型版本，无须回退。", code="triage.no_model")
        earlier = [row for row in rows if row.published_at and row.number < current.number]
        _retire(act, current, "triage.model_rolled_back")
        act.flush()
        before = max(earlier, key=lambda row: row.retired_at or act.at, default=None)
        if before is not None:
            _publish(act, before)
        else:
            bump(act, MODELS)
    return before


def _train(
    actor: Actor, at: datetime, scheme: str, source: ModelSource, split: Split, *, corrections: int = 0
) -> ClassModelVersion:
    try:
        trained = train_model(split.messages, split.labels)
    except TooLittle as problem:
        raise invalid("file" if source == ModelSource.FILE else "scheme", scheme, str(problem)) from problem
    content = trained.model.to_bytes()
    new = measured(model_from_bytes(content), split)
    loaded = models_in_use().get(scheme)
    old = measured(loaded.model, split) if loaded else None
    with acting(actor=actor, at=at) as act:
        numbers = [row.number for row in act.fetch(ClassModelVersion, scheme=scheme)]
        row = ClassModelVersion(
            scheme=scheme, number=max(numbers, default=0) + 1, source=source, cases=trained.model.cases,
            corrections=corrections, classes=len(trained.model.labels), trained_at=at,
            figures=_figures(new, old, loaded.name if loaded else ""), refusal=refusal_of(new, old),
        )  # fmt: skip
        act.insert(row)
        body = {"scheme": scheme, "number": row.number, "source": source.value, "cases": row.cases}
        act.record(row, "triage.model_trained", body)
        act.flush()
        act.insert(ClassModelContent(version=row, content=content))
        if not row.refusal:
            _publish(act, row)
    return row


def _figures(new: Evaluation, old: Evaluation | None, name: str) -> dict[str, Any]:
    figures: dict[str, Any] = as_figures(new)
    if old is not None:
        short = ("macro_f1", "accuracy", "coverage_at_95", "precision_reached")
        figures["before"] = {"name": name, **{key: as_figures(old)[key] for key in short}}
    return figures


def _publish(act: Act, row: ClassModelVersion) -> None:
    for other in act.fetch(ClassModelVersion, scheme=row.scheme):
        if other.is_in_use and other.id != row.id:
            _retire(act, other, "triage.model_retired")
    act.flush()
    row.published_at, row.retired_at = act.at, None
    act.update(row, "published_at", "retired_at")
    act.record(row, "triage.model_published", {"scheme": row.scheme, "number": row.number})
    bump(act, MODELS)


def _retire(act: Act, row: ClassModelVersion, kind: str) -> None:
    row.retired_at = act.at
    act.update(row, "retired_at")
    act.record(row, kind, {"scheme": row.scheme, "number": row.number})


def _codes(index: CatalogIndex, scheme: str, labels: Sequence[str]) -> list[str]:
    """The code of each label within the scheme."""
    _known_scheme(index, scheme)
    if scheme in WORDINGS:
        return list(labels)
    nodes = index.classes(scheme)
    by_name: dict[str, list[str]] = {}
    for node in nodes:
        by_name.setdefault(node.name, []).append(node.code)
    codes = {node.code: node.code for node in nodes}
    codes |= {name: found[0] for name, found in by_name.items() if len(found) == 1}
    tops = {node.name: node.code for node in nodes if node.parent_id is None}
    codes = {**codes, **tops}
    for label in labels:
        if label not in codes:
            remedy = "这个分类体系中没有唯一的同名类别，请改用代码。"
            raise invalid("label", label, remedy)
    return [codes[label] for label in labels]


def _known_scheme(index: CatalogIndex, scheme: str) -> None:
    if scheme not in index.schemes and scheme not in WORDINGS:
        known = "、".join([*sorted(index.schemes), *WORDINGS])
        raise invalid("scheme", scheme, f"没有这个分类体系，可选：{known}。")


def _demand(actor: Actor) -> None:
    if not actor.may(TRAIN):
        raise Refused("您没有训练和发布分类模型的权限。", code="triage.train_refused", act=TRAIN)
