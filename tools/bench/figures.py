"""Figures: how a measurement is written down."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

OUTPUT = Path("build/bench.jsonl")


def write(
    name: str, *, size: int, value: float, unit: str, baseline: float | None = None
) -> dict[str, object]:
    """Append one figure to `build/bench.jsonl` and print it.

    Args:
        size: rows in the database, or things done, whichever the name says.
        baseline: the same unit, measured in the same run.
    """
    line = {
        "name": name,
        "size": size,
        "value": round(value, 3),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 3),
        "ratio": None if not baseline else round(value / baseline, 3),
        "command": f"make bench ONLY={name.split('.', maxsplit=1)[0]}",
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with OUTPUT.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{name:<40} {value:>14,.2f} {unit:<12} size {size:>9,}  ratio {line['ratio']}", flush=True)
    return line


def rate(act: Callable[[], object], *, seconds: float = 5.0, warm: int = 10) -> tuple[float, int]:
    """How often a second `act` runs, and how often it ran, over about `seconds`."""
    for _ in range(warm):
        act()
    done = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        act()
        done += 1
    return done / (time.perf_counter() - start), done


def percentile(samples: list[float], share: float) -> float:
    """A percentile of samples by the nearest rank."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def p50(samples: list[float]) -> float:
    """The median."""
    return statistics.median(samples)
