"""Services of the place stage: train the address reader, go back to a version, keep other names of places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, Refused, invalid
from ...ledger.public import Act, acting, bump
from ..models import AddressModel, AddressModelContent, PlaceName
from ..queries.placing import NAMES_CACHE, READER_CACHE, trained_reader
from ..rules.placing.characters import folded
from ..rules.placing.evaluation import evaluate_reader, held_back, plain_grammar
from ..rules.placing.reader import ITERATIONS, TrainedReader, train_reader
from ..rules.placing.tagged import Span, TaggedAddress

CONFIGURE = "triage.configure"
#: Fewer addresses say too little to train on, or to tell which reader is better.
LEAST_ADDRESSES = 200
LONGEST_NAME = 60
_PER_MILLE = 1000


def train_address_model(
    *, actor: Actor, at: datetime, addresses: Sequence[TaggedAddress], iterations: int = ITERATIONS
) -> AddressModel:
    """Train a reader 训练地址识别模型 and put it in use if it is better on held-back addresses.

    Compared are the new reader and the one in use (the grammar, when there is none), on the addresses that
    the hash of their text holds back. The version is kept either way.

    Raises:
        Refused: without `triage.configure`.
        Invalid: for too few addresses.
    """
    _demand(actor)
    tests = [one for one in addresses if held_back(one)]
    trained_on = [one for one in addresses if not held_back(one)]
    if len(addresses) < LEAST_ADDRESSES or not tests:
        raise invalid("file", str(len(addresses)), f"训练至少需要 {LEAST_ADDRESSES} 条标注地址。")
    model = train_reader(trained_on, iterations=iterations)
    old = trained_reader()
    before: Callable[[Sequence[str]], list[Span]] = old.read if old is not None else plain_grammar()
    figure = evaluate_reader(TrainedReader(model).read, tests).agreement.span_f1
    beaten = evaluate_reader(before, tests).agreement.span_f1
    with acting(actor=actor, at=at) as act:
        newest = AddressModel.objects.select_for_update().order_by("-number").first()
        row = AddressModel(
            number=newest.number + 1 if newest is not None else 1, addresses=len(trained_on),
            held_back=len(tests), span_f1=figure, beaten_f1=beaten, trained_at=at,
        )  # fmt: skip
        if figure > beaten:
            _retire_current(act)
            row.in_use = True
        act.insert(row)
        act.insert(AddressModelContent(version=row, crf=model.crf, names=model.names))
        body = {"number": row.number, "f1": round(figure * _PER_MILLE), "beaten": round(beaten * _PER_MILLE)}
        act.record(row, "triage.address_model_trained", {**body, "in_use": int(row.in_use)})
        bump(act, READER_CACHE)
    return row


def use_address_model(*, actor: Actor, at: datetime, number: int) -> AddressModel:
    """Put an earlier version in use again 启用地址识别模型版本; the one in use is taken out.

    Raises:
        Refused: without `triage.configure`.
        NotFound: when there is no such version.
        Conflict: when it is in use already.
    """
    _demand(actor)
    with acting(actor=actor, at=at) as act:
        row = AddressModel.objects.select_for_update().filter(number=number).first()
        if row is None:
            raise NotFound(f"没有第 {number} 版地址识别模型。", code="triage.no_such_address_model")
        if row.in_use:
            raise Conflict(f"第 {number} 版正在使用。", code="triage.address_model_in_use")
        _retire_current(act)
        row.in_use = True
        act.update(row, "in_use")
        act.record(row, "triage.address_model_used", {"number": number})
        bump(act, READER_CACHE)
    return row


def _retire_current(act: Act) -> None:
    """Take the version in use out of use, before another one is put in its place."""
    current = AddressModel.objects.select_for_update().filter(in_use=True).first()
    if current is not None:
        current.in_use = False
        act.update(current, "in_use")
        act.record(current, "triage.address_model_retired", {"number": current.number})
        act.flush()


def record_place_name(*, actor: Actor, at: datetime, name: str, stands_for: str) -> PlaceName:
    """Enter another or former name of a road or an estate 登记地名别名.

    Raises:
        Refused: without `triage.configure`.
        Invalid: for an empty or overlong name, or one that stands for itself.
        Conflict: when the name is entered already.
    """
    _demand(actor)
    name, stands_for = _checked("name", name), _checked("stands_for", stands_for)
    if name == stands_for:
        raise invalid("stands_for", stands_for, "别名与现用名相同，请填写地址库中的现用名。")
    with acting(actor=actor, at=at) as act:
        if PlaceName.objects.filter(name=name, retired_at=None).exists():
            raise Conflict(f"别名“{name}”已登记，请先停用。", code="triage.place_name_taken")
        row = act.insert(PlaceName(name=name, stands_for=stands_for))
        act.record(row, "triage.place_name_recorded", {})
        bump(act, NAMES_CACHE)
    return row


def retire_place_name(*, actor: Actor, at: datetime, name_id: UUID) -> PlaceName:
    """Take another name out of use 停用地名别名.

    Raises:
        Refused: without `triage.configure`.
        NotFound: when there is no such name.
        Conflict: when it is out of use already.
    """
    _demand(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(PlaceName, name_id)
        if row.retired_at is not None:
            raise Conflict("该别名已停用。", code="triage.place_name_retired")
        row.retired_at = at
        act.update(row, "retired_at")
        act.record(row, "triage.place_name_retired", {})
        bump(act, NAMES_CACHE)
    return row


def _checked(field: str, words: str) -> str:
    words = folded("".join(words.split()))
    if len(words) < 2 or len(words) > LONGEST_NAME:
        raise invalid(field, words, f"请填写 2 到 {LONGEST_NAME} 个字。")
    return words


def _demand(actor: Actor) -> None:
    if not actor.may_anywhere(CONFIGURE):
        raise Refused("您没有设定研判规则的权限。", act=CONFIGURE)
