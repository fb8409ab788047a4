"""The rating scale 评价选项 as data: options come and go on days, and are put in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...ledger.public import Act, acting, bump
from ..enums import RatingQuestion
from ..models import RatingOption
from ..policy import local_day
from .policies import demand_configure

#: Fewer options ask nothing.
FEWEST = 2
_CODE = re.compile(r"[a-z][a-z0-9_]{0,23}")


def add_rating_option(
    *,
    actor: Actor,
    at: datetime,
    question: str,
    code: str,
    label: str,
    is_positive: bool,
    label_en: str = "",
    valid_from: date | None = None,
) -> RatingOption:
    """Add an option (新增评价选项) at the end of a question's scale, from a day on.

    Raises:
        Refused; Invalid: a wrong code, an empty label, a past day.
        Conflict: an option of this code holds then already.
    """
    demand_configure(actor)
    first = valid_from or local_day(at)
    if question not in RatingQuestion.values:
        raise invalid("question", question, f"只能是 {'、'.join(RatingQuestion.values)} 之一。")
    if not _CODE.fullmatch(code):
        raise invalid("code", code, "请用小写字母开头的字母、数字或下划线，最多 24 个。")
    if not 0 < len(label.strip()) <= 24 or len(label_en.strip()) > 40:
        raise invalid("label", label, "请填写名称：中文最多 24 字，英文最多 40 字。")
    if first < local_day(at):
        raise invalid("valid_from", first, "生效日不得早于今天。")
    with acting(actor=actor, at=at) as act:
        rows = act.fetch(RatingOption, question=question)
        if any(r.code == code and (r.valid_to is None or r.valid_to > first) for r in rows):
            raise Conflict(f"代码 {code} 已在用，请先停用它或换一个代码。", code="cases.option_in_use")
        row = act.insert(
            RatingOption(
                question=question, code=code, label=label.strip(), label_en=label_en.strip(),
                is_positive=is_positive, valid_from=first,
                order=max((r.order for r in rows), default=-1) + 1,
            )
        )  # fmt: skip
        act.record(
            row, "cases.option_added",
            {"question": question, "code": code, "positive": is_positive, "valid_from": first},
        )  # fmt: skip
        bump(act, "policy")
    return row


def end_rating_option(
    *, actor: Actor, at: datetime, option_id: UUID, valid_to: date, expected: int | None = None
) -> RatingOption:
    """End an option (停用评价选项): `valid_to` is the first day on which nobody may choose it.

    Raises:
        Conflict: it has ended, or fewer than two options of the question would be left.
        Invalid: a past day.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(RatingOption, option_id, expected=expected)
        if row.valid_to is not None:
            raise Conflict(f"该选项已于 {row.valid_to} 停用。", code="cases.option_ended")
        if valid_to < max(local_day(at), row.valid_from):
            raise invalid("valid_to", valid_to, "停用日不得早于今天，也不得早于生效日。")
        _keep_enough(act, row, valid_to)
        row.valid_to = valid_to
        act.update(row, "valid_to")
        act.record(row, "cases.option_ended", {"valid_to": valid_to})
        bump(act, "policy")
    return row


def _keep_enough(act: Act, row: RatingOption, day: date) -> None:
    left = [
        other
        for other in act.fetch(RatingOption, question=row.question)
        if other.id != row.id and other.valid_from <= day and (other.valid_to is None or other.valid_to > day)
    ]
    if len(left) < FEWEST:
        raise Conflict("每个评价问题至少保留两个选项，请先新增再停用。", code="cases.option_needed")


def order_rating_options(*, actor: Actor, at: datetime, question: str, options: Sequence[UUID]) -> None:
    """Put the options of a question in order (调整评价选项次序): those named first, in the order given.

    Raises:
        Refused; Invalid: an option of another question.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        rows = {row.id: row for row in act.fetch(RatingOption, question=question)}
        unknown = [key for key in options if key not in rows]
        if unknown:
            raise invalid("option", unknown[0], "请选择本问题的选项。")
        rest = sorted((r for r in rows.values() if r.id not in set(options)), key=lambda r: r.order)
        for position, row in enumerate([*(rows[key] for key in options), *rest]):
            if row.order != position:
                row.order = position
                act.update(row, "order")
                act.record(row, "cases.option_moved", {"order": position})
        bump(act, "policy")
