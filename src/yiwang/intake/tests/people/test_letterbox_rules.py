"""Letterbox rules: who gets a message of a place, and what its settings may say."""

from __future__ import annotations

import pytest

from yiwang.intake.rules.letterbox import FormSettings, form_settings
from yiwang.intake.rules.yaml_tree import YamlTree
from yiwang.kernel.errors import Invalid

TEXT = """\
title: 我对书记有话说
recipients:
  - {area: "320111001", name: 街道党工委书记}
  - {area: "320111001002", name: 社区党委书记}
  - {name: 区委书记}
"""


def settings(text: str = TEXT) -> FormSettings:
    return form_settings(YamlTree.read(text, "渠道定义"))


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        (("320111001002", "320111001", "320111"), "社区党委书记"),
        (("320111001003", "320111001", "320111"), "街道党工委书记"),
        (("320111005001", "320111005", "320111"), "区委书记"),
        ((), "区委书记"),
    ],
)
def test_the_narrowest_area_with_a_recipient_wins(codes: tuple[str, ...], name: str) -> None:
    found = settings().recipient_for(codes)
    assert found is not None
    assert found.name == name


def test_without_a_recipient_for_everywhere_else_there_may_be_none() -> None:
    assert settings(TEXT.replace("  - {name: 区委书记}\n", "")).recipient_for(("320115",)) is None
    assert settings("title: 随手拍\n").recipient_for(("320115",)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "intro: 缺少标题\n",
        "title: 甲\nkinds: []\n",
        "title: 甲\nkinds: [gossip]\n",
        "title: 甲\nplace: maybe\n",
        "title: 甲\npictures: 50\n",
        "title: 甲\nrecipients: 某人\n",
        "title: 甲\nrecipients: [{area: 江宁, name: 某}]\n",
        'title: 甲\nrecipients: [{area: "320115", name: 某}, {area: "320115", name: 另}]\n',
        "title: 甲\nrecipients: [{area: '320115'}]\n",
    ],
)
def test_wrong_settings_are_refused(wrong: str) -> None:
    with pytest.raises(Invalid):
        settings(wrong)
