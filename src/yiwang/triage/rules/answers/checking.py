"""Checking 检查 a reply against the report it answers, and against the unit's earlier replies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import rjieba

from ....kernel.yaml_files import shipped_yaml
from ..issues.messages import Message
from ..issues.wording import BOILER_PLATE, word

#: Share of the report's words in the reply, and nearness of their sense, below which it seems off the point.
LEAST_SHARED, LEAST_NEAR = 0.12, 0.42
#: Share of the words at which the point is met whatever the sense says.
ENOUGH_SHARED = 0.3
#: Share of four-character pieces at which a reply is a copy of an earlier one.
COPY = 0.75
#: Characters below which a reply is too short to be called a copy.
LEAST_COPIED = 20
#: Share of a reply that set phrases may make up, and characters that it must say beside them.
MOST_BOILER, LEAST_CONTENT = 0.6, 12
_PIECE = 4
_CLAUSE = re.compile(r"[^，。；！？,;!?\n]+")
_NUMBERS = re.compile(r"\d+")
_SPACES = re.compile(r"[\s\u3000]+")
_CONTENT_TAGS = ("n", "v", "a", "i", "l", "j", "eng")
_LONGEST_PASSAGE = 60


@dataclass(frozen=True, slots=True)
class EarlierReply:
    """An earlier reply of the same unit: what to call it, and its words."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerWarning:
    """One thing that strikes the eye 答复提醒.

    Attributes:
        code: which rule spoke, such as `answer.copy`.
        words: why, for a person (Chinese).
        passage: the words of the report or the reply that it is about; may be empty.
        other: the earlier reply, for a copy.
        score: what was measured, 0 to 1; 0 where nothing was.
    """

    code: str
    words: str
    passage: str = ""
    other: str = ""
    score: float = 0.0


def check_reply(
    *,
    report: str,
    reply: str,
    address: str = "",
    earlier: Sequence[EarlierReply] = (),
    nearness: float | None = None,
) -> list[AnswerWarning]:
    """What strikes the eye in a reply, the weightiest first; empty when nothing does.

    Args:
        report: the reporter's words; empty (erased) leaves out what compares with them.
        nearness: cosine of the sentence vectors of both, None when they were not made.

    Example: to 路灯什么时候能修好 the reply 我单位高度重视，将尽快处理 is only a promise, says no time, no
    place, and leaves the question open.
    """
    report, reply = _plain(report), _plain(reply)
    if not reply:
        return [AnswerWarning("answer.empty", "没有写办理情况。")]
    is_inquiry = bool(report) and re.search(_rules()["inquiry"], report) is not None
    found = [
        *_off_topic(report, reply, nearness),
        *_other_place(report + "，" + address, reply),
        *_open_questions(report, reply),
        *_copied(reply, earlier),
        *_boiler(reply),
        *_promised(reply, is_inquiry=is_inquiry),
    ]
    if not is_inquiry:
        found += _named(reply, report, address)
    return found


def shared_words(report: str, reply: str) -> float:
    """Share of the report's words of content that come back in the reply; 1 when it has none."""
    tagged = rjieba.tag(BOILER_PLATE.sub("，", report))
    words = {w for w, tag in tagged if len(w) > 1 and tag[:1] in _CONTENT_TAGS}
    return sum(w in reply for w in words) / len(words) if words else 1.0


def likeness(first: str, second: str) -> float:
    """Jaccard share of four-character pieces, numbers taken as equal: 1 for the same words on another day."""
    one, two = _pieces(first), _pieces(second)
    return len(one & two) / len(one | two) if one and two else 0.0


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _off_topic(report: str, reply: str, nearness: float | None) -> list[AnswerWarning]:
    if not report:
        return []
    shared = shared_words(report, reply)
    far = nearness is None or nearness < LEAST_NEAR
    if shared >= ENOUGH_SHARED or not far or (nearness is None and shared >= LEAST_SHARED):
        return []
    words = f"答复与诉求的内容相去较远：诉求中的词只有 {shared:.0%} 在答复中出现，可能答非所问。"
    return [AnswerWarning("answer.off_topic", words, _cut(report), score=round(1 - shared, 2))]


def _other_place(report: str, reply: str) -> list[AnswerWarning]:
    asked, named = _places(report), _places(reply)
    if not asked or not named or any(a in b or b in a for a in asked for b in named):
        return []
    if any(name in report for name in named):
        return []
    words = f"答复写的地点“{named[0]}”在诉求中没有出现，诉求写的是“{asked[0]}”，请核对是否张冠李戴。"
    return [AnswerWarning("answer.other_place", words, _clause_with(reply, named[0]))]


def _places(text: str) -> list[str]:
    return list(word(Message("", None, "", "", text)).names)


def _open_questions(report: str, reply: str) -> list[AnswerWarning]:
    found = []
    for question in _rules()["questions"]:
        asked = re.search(question["asks"], report)
        if asked and not re.search(question["answers"], reply):
            words = f"诉求问到“{asked[0]}”，答复没有说明（{question['name']}）。"
            found.append(AnswerWarning("answer.question", words, _clause_with(report, asked[0])))
    return found


def _copied(reply: str, earlier: Sequence[EarlierReply]) -> list[AnswerWarning]:
    best, like = None, 0.0
    for other in earlier:
        if (share := likeness(reply, other.text)) > like:
            best, like = other, share
    if best is None or like < COPY or len(reply) < LEAST_COPIED:
        return []
    words = f"与{best.label}的答复有 {like:.0%} 相同，请核对是否照搬。"
    return [AnswerWarning("answer.copy", words, _cut(best.text), best.label, round(like, 2))]


def _boiler(reply: str) -> list[AnswerWarning]:
    content = _content(reply)
    share = 1 - len(content) / max(1, len(reply))
    if len(content) >= LEAST_CONTENT and share <= MOST_BOILER:
        return []
    if len(content) < LEAST_CONTENT and share < 0.2:
        return [AnswerWarning("answer.short", "答复过于简短，看不出办理经过。", _cut(reply))]
    words = f"答复多为套话（占 {share:.0%}），实际内容只有 {len(content)} 字。"
    return [AnswerWarning("answer.boiler", words, _cut(reply), score=round(share, 2))]


def _promised(reply: str, *, is_inquiry: bool) -> list[AnswerWarning]:
    promise = _first("promise", reply)
    if promise and not _first("done", reply) and not is_inquiry:
        return [
            AnswerWarning(
                "answer.promise", "只说将要怎样做，没有写明已经做了什么。", _clause_with(reply, promise)
            )
        ]
    return []


def _named(reply: str, report: str, address: str) -> list[AnswerWarning]:
    found = []
    if not _first("done", reply) and not _first("promise", reply):
        found.append(AnswerWarning("answer.no_action", "没有写明做了什么。"))
    if not _first("when", reply):
        found.append(AnswerWarning("answer.no_time", "没有写明何时做的。"))
    asked = _places(f"{report}，{address}")
    if not _first("where", reply) and not any(name in reply for name in asked):
        found.append(AnswerWarning("answer.no_place", "没有写明在哪里做的。"))
    return found


def _first(kind: str, text: str) -> str:
    for pattern in _rules()[kind]:
        if found := re.search(pattern, text):
            return found[0]
    return ""


def _content(reply: str) -> str:
    for pattern in _rules()["boiler"]:
        reply = re.sub(pattern, "", reply)
    return re.sub(r"[^\w]", "", reply)


def _pieces(text: str) -> frozenset[str]:
    plain = re.sub(r"[^\w]", "", _NUMBERS.sub("0", text))
    return frozenset(plain[i : i + _PIECE] for i in range(len(plain) - _PIECE + 1))


def _clause_with(text: str, words: str) -> str:
    for clause in _CLAUSE.findall(text):
        if words in clause:
            return _cut(clause.strip())
    return _cut(words)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_PASSAGE else text[: _LONGEST_PASSAGE - 1] + "…"


@cache
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = shipped_yaml("yiwang.triage.rules.answers", "phrases.yaml")
    return rules
