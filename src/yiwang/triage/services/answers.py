"""Check an answer 答复检查: a unit's reply against the report, its earlier replies and readable rules."""

from __future__ import annotations

from collections.abc import Sequence

from ..rules.answers.checking import AnswerWarning, EarlierReply, check_reply
from ..rules.encoding import sentence_vectors


def check_answer(
    *, report: str, reply: str, address: str = "", earlier: Sequence[EarlierReply] = ()
) -> list[AnswerWarning]:
    """What strikes the eye in a reply, for whoever reviews it; warnings with reasons, never a judgement.

    Reads nothing from the database. Costs about 10 ms, most of it for the sentence vectors.

    Args:
        report: the reporter's words. reply: the unit's. address: the place of the case.
        earlier: the unit's earlier replies, to find copies among.
    """
    nearness = None
    if report.strip() and reply.strip():
        first, second = sentence_vectors([report, reply])
        nearness = float(first @ second)
    return check_reply(report=report, reply=reply, address=address, earlier=earlier, nearness=nearness)
