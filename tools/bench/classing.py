"""The class stage: 5 folds by hash over the labelled petitions, and the speed of the bulk entry."""

from __future__ import annotations

import csv
import os
import statistics
import time
from pathlib import Path

from .figures import write

FOLDS = 5
_FILE = Path("petitions") / "petitions_labelled.csv"


def run() -> None:
    """Macro-F1, accuracy, coverage at 95 % precision; times of one core."""
    from yiwang.triage.rules.classing.evaluating import evaluate
    from yiwang.triage.rules.classing.texts import Message

    folder = Path(os.environ.get("YIWANG_TEST_DATA", "../shared/data"))
    if not (folder / _FILE).exists():
        print(f"classing: no file {folder / _FILE}, left out")
        return
    with (folder / _FILE).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    messages = [Message(row["text"], row["topic"]) for row in rows]
    labels = [row["label"] for row in rows]
    folds = [int(row["hash"], 16) % FOLDS for row in rows]
    found = []
    for fold in range(FOLDS):
        rest = [n for n, one in enumerate(folds) if one != fold]
        held = [n for n, one in enumerate(folds) if one == fold]
        found.append(
            evaluate(
                [messages[n] for n in rest], [labels[n] for n in rest],
                [messages[n] for n in held], [labels[n] for n in held],
            )
        )  # fmt: skip
    units = {
        "macro_f1": "share", "accuracy": "share", "coverage_at_95": "share", "precision_reached": "share",
        "promised": "share", "calibration_error": "share", "seconds_per_1000": "s", "seconds_to_train": "s",
    }  # fmt: skip
    for name, unit in units.items():
        value = statistics.fmean(getattr(one, name) for one in found)
        write(f"classing.{name}", size=len(rows), value=value, unit=unit)
    _bulk(messages, labels)


def _bulk(messages: list, labels: list[str]) -> None:
    """Milliseconds a report of the trained model with its phrases, and of the wording rules."""
    from yiwang.triage.rules.classing.explaining import scores_and_reasons
    from yiwang.triage.rules.classing.texts import readable
    from yiwang.triage.rules.classing.training import train_model
    from yiwang.triage.rules.wording.reading import wordings_of

    model = train_model(messages, labels).model
    texts = readable(messages)
    begun = time.process_time()
    scores_and_reasons(model, texts, lambda some: some.argmax(1))
    spent = time.process_time() - begun
    write("classing.with_phrases", size=len(texts), value=spent / len(texts) * 1000, unit="ms/report")
    begun = time.process_time()
    wordings_of([one.text for one in messages])
    spent = time.process_time() - begun
    write("classing.wording", size=len(texts), value=spent / len(texts) * 1000, unit="ms/report")
