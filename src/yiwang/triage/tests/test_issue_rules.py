"""Grouping, naming and ranking of hot issues."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.working_time import SHANGHAI

from .. import issues_commands
from ..rules.issues.finding import Issue, find_issues
from ..rules.issues.heat import heat_of
from ..rules.issues.messages import Message, instant_of, likes_of, read_messages
from ..rules.issues.naming import cleaned_title
from ..rules.issues.steadying import Descent, descents
from .issue_corpus import LOUD, PLANTED, corpus

AT = datetime(2026, 3, 1, 8, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def found() -> tuple[list[Issue], list[Message], dict[str, str]]:
    messages, truth = corpus()
    return find_issues(messages), messages, truth


def message(
    number: int, *, reporter: str = "", title: str = "", text: str = "", day: int = 0, likes: int = 0
) -> Message:
    return Message(str(number), AT + timedelta(days=day), reporter, title, text, likes)


def test_every_planted_issue_is_found_whole_and_pure(found):
    issues, _messages, truth = found
    for planted in PLANTED:
        best = max(issues, key=lambda issue: sum(truth[key] == planted.key for key in issue.members))
        own = sum(truth[key] == planted.key for key in best.members)
        assert own >= 0.9 * planted.count, planted.key
        assert own >= 0.95 * len(best.members), planted.key


def test_the_planted_issues_lead_the_list(found):
    issues, _messages, truth = found
    kinds = [Counter(truth[key] for key in issue.members).most_common(1)[0][0] for issue in issues[:6]]
    assert set(kinds) == {planted.key for planted in PLANTED}


def test_two_hundred_messages_of_one_person_are_no_issue(found):
    issues, _messages, truth = found
    assert not [issue for issue in issues if any(truth[key] == LOUD for key in issue.members)]


def test_a_name_holds_place_and_matter_in_8_to_24_characters(found):
    issues, _messages, truth = found
    for planted in PLANTED:
        best = max(issues, key=lambda issue: sum(truth[key] == planted.key for key in issue.members))
        assert planted.place in best.name
        assert planted.matter in best.name
    assert all(8 <= len(issue.name) <= 24 for issue in issues)


def test_the_order_of_the_messages_changes_nothing(found):
    issues, messages, _truth = found
    shuffled = list(messages)
    random.Random(3).shuffle(shuffled)
    assert find_issues(shuffled) == issues


def test_words_of_politeness_group_nothing():
    polite = "尊敬的领导：您好！请问相关部门，希望政府予以解决，恳请尽快处理，谢谢！此致敬礼。"
    matters = (
        "宠物狗随地大小便",
        "学区划分不合理",
        "暖气管爆裂",
        "拖欠货款",
        "高铁噪声",
        "户籍证明",
        "烟花爆竹",
        "公厕太少",
    )
    messages = [
        message(n, reporter=str(n), title=f"投诉{matter}", text=polite + matter)
        for n, matter in enumerate(matters)
    ]
    assert find_issues(messages) == []


def test_the_same_matter_at_two_estates_is_two_issues():
    rows = [
        message(
            n,
            reporter=str(n),
            title=f"{place}地下车库渗水严重",
            text=f"{place}地下车库一下雨就渗水，物业不修。",
        )
        for n, place in enumerate(["锦绣花城小区", "碧波雅苑小区"] * 4)
    ]
    issues = find_issues(rows)
    assert sorted(sorted(issue.members) for issue in issues) == [["0", "2", "4", "6"], ["1", "3", "5", "7"]]


def test_two_matters_at_one_estate_are_two_issues():
    leak = "锦绣花城小区地下车库渗水，雨天积水没过脚面，车位没法停"
    dance = "锦绣花城小区广场舞音响从早响到晚，跳舞的人不听劝，学生没法写作业"
    rows = [
        message(n, reporter=str(n), title=text[:14], text=text) for n, text in enumerate([leak, dance] * 4)
    ]
    assert sorted(len(issue.members) for issue in find_issues(rows)) == [4, 4]


def test_many_likes_make_an_issue_of_one_message():
    rows = [message(1, reporter="a", title="东湖大桥匝道何时开通", text="匝道建好两年不通车", likes=2000)]
    assert [issue.members for issue in find_issues(rows)] == [("1",)]


@pytest.mark.parametrize("rows", [[], [message(1, title="路灯不亮")], [message(1), message(2)]])
def test_little_or_nothing_is_no_issue_and_no_error(rows):
    assert find_issues(rows) == []


def test_the_index_is_the_sum_of_its_parts():
    heat = heat_of([message(n, reporter=str(n), day=n, likes=n) for n in range(9)], places=2)
    assert heat.index == pytest.approx(sum(heat.parts.values()))
    assert (heat.reports, heat.people, heat.days, heat.likes) == (9, 9, 9, 36)


@given(st.integers(2, 300), st.integers(2, 6))
def test_one_person_weighs_less_than_two_however_often_they_write(many, people):
    loud = heat_of([message(n, reporter="a", day=n % 30) for n in range(many)], places=1)
    several = heat_of([message(n, reporter=str(n), day=n) for n in range(people)], places=1)
    assert loud.index < several.index
    assert loud.voices <= 1


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2019/11/15 9:57:11", "2019-11-15T09:57:11+08:00"),
        ("2020-01-25 09:07", "2020-01-25T09:07:00+08:00"),
        ("2020.1.5", "2020-01-05T00:00:00+08:00"),
        ("2019年11月15日 下午3时5分", "2019-11-15T15:05:00+08:00"),
        ("2020-01-25T01:07:00Z", "2020-01-25T09:07:00+08:00"),
        ("2020-01-25T01:07:00+00:00", "2020-01-25T09:07:00+08:00"),
        ("20200125", "2020-01-25T00:00:00+08:00"),
        ("20200125093000", "2020-01-25T09:30:00+08:00"),
        ("1579914420", "2020-01-25T09:07:00+08:00"),
        ("43855.5", "2020-01-25T12:00:00+08:00"),
        ("", None),
        ("昨天", None),
        ("2020-13-45", None),
    ],
)
def test_times_in_their_spellings(text, instant):
    found = instant_of(text)
    assert (found.isoformat() if found else None) == instant


@given(st.text(max_size=30))
def test_no_time_and_no_count_breaks_the_reader(text):
    instant_of(text)
    assert likes_of(text) >= 0


def test_dirty_rows_are_read():
    text = (
        "\ufeffid,time,reporter,title,text,likes,extra\n1,,a,标题,内容,3,x\n\n,,,,,,\n"
        "1,2020/1/1,b,,第二,-2,\n,,,三,,abc\n"
    )
    rows = read_messages(text)
    assert [(row.id, row.likes) for row in rows] == [("1", 3), ("1#2", 0), ("第3条", 0)]


def test_a_file_without_its_columns_is_refused_by_name():
    with pytest.raises(ValueError, match="id,time,reporter,title,text,likes"):
        read_messages("a,b\n1,2\n")


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("投诉A市伊景园滨河苑捆绑销售车位的问题", "A市伊景园滨河苑捆绑销售车位"),
        ("请问：东湖路的路灯什么时候修？", "东湖路的路灯什么时候修"),
        ("关于解决停车难的建议", "解决停车难"),
    ],
)
def test_a_title_loses_its_address_and_its_question(title, cleaned):
    assert cleaned_title(title) == cleaned


@pytest.mark.parametrize(
    ("yesterday", "today", "answer"),
    [
        ({}, [{1, 2}], [Descent(None)]),
        ({"a": {1, 2, 3}}, [{1, 2, 3, 4}], [Descent("a")]),
        ({"a": {1, 2}, "b": {3, 4, 5}}, [{1, 2, 3, 4, 5}], [Descent("b", merged=("a",))]),
        ({"a": {1, 2, 3, 4, 5}}, [{1, 2, 3}, {4, 5}], [Descent("a"), Descent(None, split_from="a")]),
        ({"a": {1, 2, 3, 4}}, [{4, 8, 9, 10}], [Descent(None)]),
    ],
)
def test_an_issue_keeps_its_key_from_day_to_day(yesterday, today, answer):
    assert descents(yesterday, today) == answer


@given(
    st.dictionaries(st.integers(0, 5), st.sets(st.integers(0, 20), min_size=1)),
    st.lists(st.sets(st.integers(0, 20), min_size=1)),
)
def test_a_key_goes_on_once_at_most(yesterday, today):
    keys = [descent.key for descent in descents(yesterday, today) if descent.key is not None]
    assert len(keys) == len(set(keys))


def test_the_command_prints_issues_as_json(tmp_path: Path):
    messages, _truth = corpus(background=40, loud=5)
    lines = ["id,time,reporter,title,text,likes"]
    lines += [f"{m.id},{m.at:%Y/%m/%d %H:%M:%S},{m.reporter},{m.title},{m.text},{m.likes}" for m in messages]
    file = tmp_path / "messages.csv"
    file.write_bytes("\n".join(lines).encode("utf-8-sig"))
    root = click.Group("yiwang", commands={"evaluate": click.Group("evaluate")})
    issues_commands.register(root)
    answer = CliRunner().invoke(root, ["evaluate", "hot", str(file), "--top", "2", "--json"])
    assert answer.exit_code == 0, answer.output
    issues = json.loads(answer.stdout)["issues"]
    assert [issue["rank"] for issue in issues] == [1, 2]
    assert {"name", "place", "span", "index", "parts", "members"} <= set(issues[0])
    assert issues[0]["index"] == pytest.approx(sum(issues[0]["parts"].values()), abs=0.01)
    table = CliRunner().invoke(root, ["evaluate", "hot", str(file)])
    assert issues[0]["name"] in table.stdout
