"""Wording: named rules of urgency and request kind."""

from __future__ import annotations

import pytest

from yiwang.cases.public import RequestKind, Urgency
from yiwang.triage.rules.wording.reading import RulesWrong, read_rules, shipped_rules, wording_of

URGENCY = [
    ("三号楼楼道里电瓶车着火了，浓烟很大！", "urgent", "fire"),
    ("厨房闻到很浓的煤气味，怎么办", "urgent", "gas_leak"),
    ("路口高压线昨晚断了垂下来", "urgent", "live_wire"),
    ("电梯困人，里面还有老人和孩子", "urgent", "trapped"),
    ("人行道上井盖不见了，天黑怕摔跤", "urgent", "collapse"),
    ("小区从昨晚停水到现在", "prompt", "water"),
    ("整栋楼跳闸，一直没电", "prompt", "power"),
    ("暖气不热，屋里只有十三度", "prompt", "heating"),
    ("建议在公园增加座椅", "ordinary", ""),
    ("物业做好防火宣传，没有发生火灾", "ordinary", ""),
    ("小区没有电梯，希望加装", "ordinary", ""),
    ("为避免触电，请给配电箱上锁", "ordinary", ""),
]
KINDS = [
    ("我要举报邻居私搭乱建", "tip_off", True),
    ("这家作坊夜里偷排污水", "tip_off", False),
    ("我要投诉物业乱收费", "complaint", True),
    ("楼下烧烤油烟扰民，苦不堪言", "complaint", False),
    ("建议在路口增设红绿灯", "suggestion", True),
    ("请问办理居住证需要什么材料？", "consult", True),
    ("家里老人走失了，求助", "help", False),
    ("路灯坏了三天", "help", False),
    ("今天天气不错", "help", False),
]


@pytest.mark.parametrize(("text", "urgency", "rule"), URGENCY)
def test_urgency_is_read_by_a_named_rule(text: str, urgency: str, rule: str) -> None:
    found = wording_of(text)
    assert found.urgency == urgency
    assert [reason.code for reason in found.urgency_reasons][:1] == ([f"wording.{rule}"] if rule else [])


@pytest.mark.parametrize(("text", "kind", "named"), KINDS)
def test_the_kind_is_what_the_reporter_wants(text: str, kind: str, named: bool) -> None:
    found = wording_of(text)
    assert (found.kind, found.kind_named) == (kind, named)


def test_a_reason_quotes_the_phrase_and_names_the_basis() -> None:
    (reason,) = wording_of("楼下停水了").urgency_reasons
    assert reason.words.startswith("“停水”：供水中断")
    assert "24 小时" in reason.words


def test_the_strongest_urgency_stands_first_and_all_rules_are_named() -> None:
    found = wording_of("停电了，而且电线掉落在路上")
    assert found.urgency == "urgent"
    assert [reason.code for reason in found.urgency_reasons] == ["wording.live_wire", "wording.power"]


def test_the_shipped_rules_name_only_what_cases_know() -> None:
    rules = shipped_rules()
    assert {rule.answer for rule in rules.urgency} <= set(Urgency.values)
    assert set(rules.kinds) == set(RequestKind.values)
    assert all(rule.basis and rule.reason for rule in (*rules.urgency, *rules.kind))


def test_wrong_rules_are_refused_by_name() -> None:
    rule = "{name: a, answer: help, phrases: [救], basis: b, reason: r%s}"
    base = f"kinds: [help]\notherwise: help\nkind:\n  - {rule}\n"
    assert len(read_rules(base % "").kind) == 1
    with pytest.raises(RulesWrong, match="a：不认识字段 weigth"):
        read_rules(base % ", weigth: 3")
    with pytest.raises(RulesWrong, match="a：answer"):
        read_rules((base % "").replace("answer: help", "answer: shout"))
    with pytest.raises(RulesWrong, match="a：缺少字段 basis"):
        read_rules((base % "").replace("basis: b, ", ""))
    with pytest.raises(RulesWrong, match="otherwise"):
        read_rules((base % "").replace("otherwise: help", "otherwise: x"))
