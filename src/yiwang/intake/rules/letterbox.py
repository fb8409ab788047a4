"""Letterbox 公众表单: what a public form asks for, and to whom a message of a place goes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .yaml_tree import YamlTree

KINDS = ("consult", "help", "complaint", "tip_off", "suggestion")
PLACES = ("required", "optional", "none")
CONTACTS = ("required", "optional")
_KEYS = frozenset({
    "title", "intro", "notice", "text_label", "kinds", "place", "contact", "privacy", "pictures",
    "per_ten_minutes", "recipients", "recipient_label",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom messages of an area go 收件人: an office or post, never a person's name.

    Attributes:
        area: statistical code of a community, street or district; empty for everywhere else.
    """

    area: str
    name: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody wrote into a form 表单内容.

    Attributes:
        number: of this form as it was handed out; the same form sent twice is one message.
        lon, lat: WGS84 degrees, both or neither.
        areas: names of the areas that hold the place, the widest first.
        codes: their codes, the narrowest first; the first is the community's when it is known.
        pictures: each with `name` and `base64`.
    """

    number: str
    text: str
    kind: str
    privacy: str
    name: str = ""
    phone: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    community: str = ""
    areas: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    pictures: Sequence[Mapping[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class FormSettings:
    """Settings 设置 of a form channel.

    Attributes:
        kinds: which kinds of request may be chosen; of a single one nothing is asked.
        place: whether a point or a community must be given, may be given, or is not asked for.
        pictures: how many at most.
        per_ten_minutes: messages that one address may send.
    """

    title: str
    intro: str = ""
    notice: str = ""
    text_label: str = ""
    kinds: tuple[str, ...] = KINDS
    place: str = "optional"
    contact: str = "optional"
    asks_privacy: bool = True
    pictures: int = 6
    per_ten_minutes: int = 20
    recipients: tuple[Recipient, ...] = ()
    recipient_label: str = ""

    def recipient_for(self, codes: Sequence[str]) -> Recipient | None:
        """Who gets a message: the recipient of the narrowest area that has one, else the one for everywhere.

        Args:
            codes: of the areas that hold the place, the narrowest first.
        """
        by_area = {recipient.area: recipient for recipient in self.recipients}
        return next((by_area[code] for code in (*codes, "") if code in by_area), None)


def form_settings(tree: YamlTree) -> FormSettings:
    """The settings of a form channel, checked.

    Raises:
        Invalid: the first that is wrong, with its line.
    """
    tree.known(_KEYS)
    return FormSettings(
        title=tree.words("title", most=40),
        intro=tree.text("intro", most=500),
        notice=tree.text("notice", most=1_000),
        text_label=tree.text("text_label", most=40),
        kinds=_kinds(tree),
        place=tree.choice("place", PLACES, "optional"),
        contact=tree.choice("contact", CONTACTS, "optional"),
        asks_privacy=tree.flag("privacy", True),
        pictures=tree.count("pictures", 6, 0, 9),
        per_ten_minutes=tree.count("per_ten_minutes", 20, 1, 10_000),
        recipients=_recipients(tree),
        recipient_label=tree.text("recipient_label", most=20),
    )


def _kinds(tree: YamlTree) -> tuple[str, ...]:
    listed: Any = tree.tree.get("kinds")
    if listed is None:
        return KINDS
    if not isinstance(listed, list) or not listed or any(kind not in KINDS for kind in listed):
        tree.wrong("kinds", value=listed, remedy=f"请写成列表，可用 {'、'.join(KINDS)}。")
    return tuple(dict.fromkeys(listed))


def _recipients(tree: YamlTree) -> tuple[Recipient, ...]:
    listed: Any = tree.tree.get("recipients")
    if listed is None:
        return ()
    if not isinstance(listed, list):
        tree.wrong("recipients", remedy='请写成列表，每项如 {area: "320115001", name: 街道党工委书记}。')
    found: dict[str, Recipient] = {}
    for number, given in enumerate(listed):
        where = ("recipients", str(number))
        if not isinstance(given, dict) or not given.get("name"):
            tree.wrong(*where, remedy="请填写收件人的名称（职务或机构）。")
        area = str(given.get("area") or "")
        if area in found:
            tree.wrong(*where, value=area, remedy="这个区域已有收件人，请删去一个。")
        if area and not (area.isascii() and area.isdigit() and 6 <= len(area) <= 12):
            tree.wrong(*where, value=area, remedy="area 请填写 6 到 12 位统计用区划代码；其余地区留空。")
        found[area] = Recipient(area, str(given["name"])[:60])
    return tuple(found.values())


_TITLE = 24


def body_of(answers: Answers, settings: FormSettings) -> str:
    """The message of a form as the JSON text that the channel's mapping reads.

    The contact of somebody who wants to stay anonymous is left out here already, so that it is nowhere kept.
    """
    recipient = settings.recipient_for(answers.codes)
    is_known = answers.privacy != "anonymous"
    summary = " ".join(answers.text.split())
    summary = summary if len(summary) <= _TITLE else summary[: _TITLE - 1] + "…"
    tree = {
        "number": answers.number,
        "title": f"致{recipient.name}：{summary}" if recipient else summary,
        "recipient": recipient.name if recipient else "",
        "text": answers.text,
        "kind": answers.kind,
        "privacy": answers.privacy,
        "name": answers.name if is_known else "",
        "phone": answers.phone if is_known else "",
        "address": answers.address or " ".join(answers.areas),
        "community": answers.community,
        "lon": answers.lon,
        "lat": answers.lat,
        "pictures": list(answers.pictures),
    }
    return json.dumps(tree, ensure_ascii=False, sort_keys=True)
