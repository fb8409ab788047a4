"""The packaged standard processes 内置标准流程: 22 for frequent street events, most of them 示例."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from ...ledger.public import Act, bump
from ..models import BEGINNING, MatterClass, StandardProcess
from ..queries.processes import PROCESSES
from ..rules.nodes import limit_value
from ..rules.processes import StepNode
from .processes import write_process

STANDARDS = Path(__file__).resolve().parent.parent / "standards"


def packaged_processes() -> list[Mapping[str, Any]]:
    """The processes as the package ships them."""
    found: list[Mapping[str, Any]] = json.loads((STANDARDS / "processes.json").read_text(encoding="utf-8"))
    return found


def load_processes(act: Act) -> int:
    """Add the packaged processes whose code this instance has never had; returns how many.

    One whose class is missing, or whose class has a process already, is left out.
    """
    codes, taken = set(), set()
    for code, class_id in StandardProcess.objects.values_list("code", "matter_class_id"):
        codes.add(code)
        taken.add(class_id)
    classes = {
        (row.scheme.code, row.code): row
        for row in MatterClass.objects.select_related("scheme").filter(
            code__in={entry["class"] for entry in packaged_processes()}
        )
    }
    added = 0
    for entry in packaged_processes():
        matter = classes.get((entry["scheme"], entry["class"]))
        if entry["code"] in codes or matter is None or matter.id in taken:
            continue
        row = StandardProcess(
            code=entry["code"],
            name=entry["name"],
            matter_class=matter,
            is_example=entry["is_example"],
            can_dispatch=entry["can_dispatch"],
            basis=entry["basis"],
            valid_from=BEGINNING,
        )
        write_process(act, row, steps_of(entry["steps"]))
        added += 1
    if added:
        bump(act, PROCESSES)
    return added


def steps_of(entries: list[Mapping[str, Any]]) -> list[StepNode]:
    """Steps as a file has them: in order, each followed by the next unless it names another."""
    last = len(entries)
    return [
        StepNode(
            ordinal=number,
            what=entry["what"],
            act=entry.get("act", ""),
            unit_kind=entry.get("unit_kind", ""),
            limit=limit_value(Decimal(entry["limit"][0]), entry["limit"][1]) if entry.get("limit") else None,
            proof=tuple(entry.get("proof", ())),
            next_ordinal=entry.get("next", number + 1 if number < last else None),
        )
        for number, entry in enumerate(entries, start=1)
    ]
