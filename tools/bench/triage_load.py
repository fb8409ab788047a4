"""The whole chain of triage in bulk: class, wording, place, owner and repeat of many reports, on one core."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

from .figures import write
from .stage import AT

#: Reports read, and how many at once (the batch of `yiwang triage`).
REPORTS, BATCH = 4_000, 200


def run() -> None:
    """CPU seconds of the process for the chain, and for each stage by itself, per report."""
    from threadpoolctl import threadpool_limits

    from yiwang.triage.rules.repeats.generating import generate
    from yiwang.triage.rules.repeats.wordings import Half
    from yiwang.triage.services.chain import triage_reports
    from yiwang.triage.services.classing import classify
    from yiwang.triage.services.owning import own
    from yiwang.triage.services.placing import place
    from yiwang.triage.services.repeats import find_repeats
    from yiwang.triage.services.wording import read_wording

    stream = generate(11, REPORTS // 2, Half.TRAIN)
    said = [replace(one.said, class_id=None) for one in stream.messages[:REPORTS]]
    at = AT + timedelta(days=60)
    with threadpool_limits(limits=1):
        triage_reports(said[:BATCH], at=at)
        stages = {
            "chain": triage_reports, "classing": classify, "wording": lambda part, at: read_wording(part),
            "placing": place, "repeats": find_repeats, "owning": own,
        }  # fmt: skip
        rates: dict[str, float] = {}
        for name, stage in stages.items():
            start, wall = time.process_time(), time.perf_counter()
            for first in range(0, len(said), BATCH):
                stage(said[first : first + BATCH], at=at)  # type: ignore[operator]
            rates[name] = len(said) / (time.process_time() - start)
            print(f"{name}: {len(said) / (time.perf_counter() - wall):,.0f} reports/s by the wall clock")
    for name, value in rates.items():
        write(
            f"triage.{name}", size=len(said), value=value, unit="reports/s",
            baseline=None if name == "chain" else rates["chain"],
        )  # fmt: skip
