# ruff: noqa: E501 - replies read better in one line
"""The answer check: a small labelled corpus of our own wording."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..rules.answers.checking import EarlierReply, check_reply, likeness
from ..services.answers import check_answer

LAMP = "明月路12号门口的路灯坏了一个多星期，晚上一片漆黑，什么时候能修好？"
DUST = "锦湖小区北门外的工地白天扬尘很大，渣土车不盖篷布，请管一管。"
SHOP = "桂花街烧烤店把桌子摆到人行道上，油烟直排，凌晨还在营业，吵得睡不着。"
WAGE = "我在云帆物流公司干了四个月，工资一直没发，老板电话不接，请帮忙讨薪。"
CARD = "请问老年人乘车卡怎么办理？需要带哪些材料？"
POOL = "为什么银杏社区游泳馆关门了？什么时候再开？"
GOOD = {
    LAMP: "3月4日上午维修人员到明月路12号门口查看，系线路老化，已更换灯头和电缆，当晚19时恢复照明。",
    DUST: "3月5日执法队员到锦湖小区北门外工地检查，已责令施工方开启喷淋、覆盖裸土，并对两辆未覆盖篷布的渣土车立案处罚。",
    SHOP: "3月6日晚，城管队员到桂花街检查，该烧烤店店外摆放的桌子已全部清理，并下达整改通知书，要求3月10日前安装油烟净化设备。",
    WAGE: "3月7日劳动监察人员到云帆物流公司核实，拖欠您四个月工资共2.4万元，已责令其3月15日前支付，逾期将立案。",
    CARD: "您好，老年人乘车卡请携带身份证原件和一寸照片，到任一街道便民服务中心窗口办理，当场领取。",
    POOL: "银杏社区游泳馆因过滤设备故障，已于3月1日停业检修，预计4月15日恢复开放。",
}
PROMISE = "您好，感谢您对我们工作的支持。我单位高度重视，将尽快安排人员处理，请您耐心等待。"


def codes(report: str, reply: str, **more) -> set[str]:
    return {warning.code for warning in check_answer(report=report, reply=reply, **more)}


@pytest.mark.parametrize("report", list(GOOD))
def test_a_reply_that_answers_gets_no_warning(report):
    assert codes(report, GOOD[report]) == set()


@pytest.mark.parametrize(
    ("report", "reply"),
    [
        (LAMP, GOOD[WAGE]),
        (DUST, GOOD[CARD]),
        (WAGE, GOOD[LAMP]),
        (SHOP, "3月6日我中心已在门户网站公布本年度公开招聘教师的报名条件，请留意。"),
        (POOL, "3月2日我局已组织辖区企业开展消防培训，共发放宣传册三百份。"),
    ],
)
def test_a_reply_to_something_else_is_off_the_point(report, reply):
    assert {"answer.off_topic", "answer.other_place"} & codes(report, reply)


@pytest.mark.parametrize("report", [LAMP, DUST, SHOP, WAGE])
def test_a_promise_is_no_deed(report):
    found = codes(report, PROMISE)
    assert "answer.promise" in found
    assert {"answer.no_time", "answer.no_place"} <= found


def test_set_phrases_are_no_answer():
    reply = (
        "尊敬的市民您好！感谢您的来电。您反映的问题已收悉，已转交相关部门处理。如有疑问请来电。祝您生活愉快！"
    )
    assert "answer.boiler" in codes(SHOP, reply)


@pytest.mark.parametrize(
    ("report", "reply", "name"),
    [
        (LAMP, "维修人员已到明月路12号门口查看，路灯线路老化，正在更换电缆。", "何时"),
        (POOL, "银杏社区游泳馆已于3月1日关门，4月15日再开。", "为何"),
        (CARD, "老年人乘车卡是一项惠民政策，深受好评。", "如何"),
        ("请问锦湖小区停车费多少钱？", "锦湖小区停车由物业公司管理，按规定收取。", "多少"),
    ],
)
def test_an_open_question_is_named(report, reply, name):
    warnings = [w for w in check_answer(report=report, reply=reply) if w.code == "answer.question"]
    assert [name in w.words for w in warnings] == [True]
    assert warnings[0].passage in report


def test_a_copy_of_an_earlier_reply_is_named_with_its_case():
    earlier = (
        EarlierReply("案件 1", GOOD[DUST]),
        EarlierReply("案件 2", GOOD[LAMP].replace("3月4日", "2月11日")),
    )
    warnings = [
        w for w in check_answer(report=LAMP, reply=GOOD[LAMP], earlier=earlier) if w.code == "answer.copy"
    ]
    assert [(w.other, w.score >= 0.9) for w in warnings] == [("案件 2", True)]


def test_a_reply_of_its_own_is_no_copy():
    earlier = [EarlierReply(f"案件 {n}", text) for n, text in enumerate(GOOD.values()) if text != GOOD[SHOP]]
    assert "answer.copy" not in codes(SHOP, GOOD[SHOP], earlier=earlier)


def test_a_reply_about_another_place_is_named():
    reply = GOOD[DUST].replace("锦湖小区", "碧水花园")
    assert "answer.other_place" in codes(DUST, reply)


def test_an_empty_reply_is_named_and_an_erased_report_breaks_nothing():
    assert codes(LAMP, "  ") == {"answer.empty"}
    assert "answer.off_topic" not in codes("", GOOD[LAMP])


@given(st.text(max_size=200), st.text(max_size=200))
def test_likeness_is_a_share_and_symmetric(one, two):
    assert 0 <= likeness(one, two) <= 1
    assert likeness(one, two) == likeness(two, one)


@given(st.text(max_size=120), st.text(max_size=120))
def test_whatever_is_written_the_check_answers(report, reply):
    for warning in check_reply(report=report, reply=reply):
        assert warning.words
