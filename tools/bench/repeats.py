"""Repeats: how good merges and suggestions are, and what a look-up costs as the open cases grow."""

from __future__ import annotations

from .figures import write

#: Other open cases around the stream: a district's, and a very large city's.
SIZES = (10_000, 1_000_000)
SEED = 1
_FIGURES = {
    "merge_precision": "share",
    "suggestion_recall": "share",
    "suggestion_precision": "share",
    "p50_ms": "ms",
    "p95_ms": "ms",
    "reports_per_cpu_second": "reports/s",
}


def run() -> None:
    """Play one labelled stream against each size of the table."""
    from yiwang.triage.services.repeats_evaluating import evaluate_repeats

    found = evaluate_repeats(seed=SEED, sizes=SIZES)["sizes"]
    for name, unit in _FIGURES.items():
        for size in found:
            write(f"repeats.{name}", size=size["open"], value=size[name], unit=unit)
