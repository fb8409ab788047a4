"""Hot issues of a generated corpus with planted issues, and the check of answers; processor time."""

from __future__ import annotations

import time

from .figures import p50, write

#: Messages of the measured corpus: planted issues, one loud person, the rest background.
MESSAGES = 5000
_SEEDS = (7, 8, 9)


def run() -> None:
    """Seconds for 5,000 messages; planted issues found whole, pure and in the first ten; ms a reply."""
    from yiwang.triage.rules.issues.finding import find_issues
    from yiwang.triage.tests.issue_corpus import PLANTED, corpus

    planted = sum(issue.count for issue in PLANTED)
    seconds, recall, precision, first = [], [], [], 0
    for seed in _SEEDS:
        messages, truth = corpus(seed=seed, background=MESSAGES - planted - 200)
        start = time.process_time()
        issues = find_issues(messages)
        seconds.append(time.process_time() - start)
        for wanted in PLANTED:
            best = max(issues, key=lambda i: sum(truth[key] == wanted.key for key in i.members))
            own = sum(truth[key] == wanted.key for key in best.members)
            recall.append(own / wanted.count)
            precision.append(own / len(best.members))
            first += best in issues[:10]
    write("issues.seconds", size=MESSAGES, value=p50(seconds), unit="s")
    write("issues.recall", size=len(recall), value=sum(recall) / len(recall), unit="share")
    write("issues.precision", size=len(precision), value=sum(precision) / len(precision), unit="share")
    write("issues.in_first_ten", size=len(recall), value=first / len(recall), unit="share")
    _answers()


def _answers() -> None:
    from yiwang.triage.services.answers import check_answer

    report = "明月路12号门口的路灯坏了一个多星期，晚上一片漆黑，什么时候能修好？"
    reply = "3月4日上午维修人员到明月路12号门口查看，系线路老化，已更换灯头和电缆，当晚19时恢复照明。"
    check_answer(report=report, reply=reply)
    taken = []
    for turn in range(50):
        start = time.process_time()
        check_answer(report=f"{report}已经{turn}天。", reply=f"{reply}共{turn}盏。")
        taken.append((time.process_time() - start) * 1000)
    write("issues.answer_check", size=len(taken), value=p50(taken), unit="ms")
