"""Templates 短信模板: the words of a notice from a day on; defaults are examples to be made one's own."""

from __future__ import annotations

from datetime import date, datetime

from ...kernel.actor import Actor
from ...kernel.errors import invalid
from ...kernel.working_time import SHANGHAI
from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import acting
from ..enums import Notice
from ..models import MessageTemplate
from ..permissions import CONFIGURE, require
from ..rules import MOST_TEXT, TEXT_NAMES, unknown_names

BEGINNING = date(2024, 1, 1)
#: The words of a call-back are written by whoever calls back, those of a trial are fixed.
TEMPLATED = tuple(notice for notice in Notice.values if notice not in {Notice.CALLBACK, Notice.TEST})


def save_template(
    *, actor: Actor, at: datetime, notice: str, text: str, valid_from: date, is_sent: bool = True
) -> MessageTemplate:
    """Save the words of a notice from a day on 保存模板; a row of the same day is replaced.

    Raises:
        Refused; Invalid: an unknown notice or placeholder, no or a long text, a day that has passed.
    """
    require(actor, CONFIGURE)
    text = _checked(notice, text)
    if valid_from < at.astimezone(SHANGHAI).date():
        raise invalid("valid_from", valid_from, "起始日期不能早于今天：已发的短信按当日的模板。")
    with acting(actor=actor, at=at) as act:
        found = act.fetch(MessageTemplate, notice=notice, valid_from=valid_from)
        if found:
            row = found[0]
            row.text, row.is_sent, row.is_example = text, is_sent, False
            act.update(row, "text", "is_sent", "is_example")
        else:
            row = act.insert(
                MessageTemplate(notice=notice, text=text, valid_from=valid_from, is_sent=is_sent)
            )
        body = {"notice": notice, "from": valid_from, "sent": is_sent, "characters": len(text)}
        act.record(row, "notify.template_saved", body)
    return row


def load_templates(*, actor: Actor, at: datetime) -> int:
    """Load the shipped words of notices that have none 载入默认模板; returns how many were added.

    Raises:
        Refused.
    """
    require(actor, CONFIGURE)
    shipped = shipped_yaml("yiwang.notify", "defaults/templates.yaml")
    added = 0
    with acting(actor=actor, at=at) as act:
        known = set(MessageTemplate.objects.values_list("notice", flat=True))
        for notice, words in shipped.items():
            if notice not in known:
                row = act.insert(
                    MessageTemplate(
                        notice=notice, text=_checked(notice, words), valid_from=BEGINNING, is_example=True
                    )
                )
                act.record(row, "notify.template_saved", {"notice": notice, "from": BEGINNING})
                added += 1
    return added


def _checked(notice: str, text: str) -> str:
    if notice not in TEMPLATED:
        raise invalid("notice", notice, f"只能是 {'、'.join(TEMPLATED)} 之一。")
    text = " ".join(text.split())
    if not 0 < len(text) <= MOST_TEXT:
        raise invalid("text", text[:20], f"请填写内容，最多 {MOST_TEXT} 字。")
    if wrong := unknown_names(text, TEXT_NAMES):
        known = "、".join(TEXT_NAMES)
        raise invalid("text", wrong[0], f"没有占位符“{wrong[0]}”；可用的有：{known}。")
    return text
