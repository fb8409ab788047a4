"""Evaluation of the responsibility list 权责清单评估: how often past cases went where the list says."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from ...catalog.public import catalog_index, draft_for, drafted_list, responsibility_list
from .owning_cases import months_before, owner_of, past_cases, read_cases


def evaluate_owners(*, at: datetime, months: int, draft_id: UUID | None = None) -> dict[str, Any]:
    """Share of dispatched cases whose host is the one that the list names.

    Args:
        months: how far to look back.
        draft_id: judge the list as this draft would leave it, instead of the list of today.

    Returns:
        `cases`, `equal`, `share` (of all cases), `no_owner` (no row covers them) and `classes`: the same for
        each class, the one with most cases first.
    """
    standing = drafted_list(draft_for(draft_id), at)[1] if draft_id else responsibility_list(at)
    cases: Counter[UUID] = Counter()
    equal: Counter[UUID] = Counter()
    nobody: Counter[UUID] = Counter()
    for case in read_cases(past_cases(months_before(at, months), at, dispatched=True)):
        cases[case.class_id] += 1
        decision = owner_of(standing, case)
        if decision is None:
            nobody[case.class_id] += 1
        elif decision.winner.host_id == case.host_id:
            equal[case.class_id] += 1
    index = catalog_index(at)
    classes = []
    for key, count in sorted(cases.items(), key=lambda entry: (-entry[1], str(entry[0]))):
        node = index.class_by_id.get(key)
        classes.append(
            {
                "scheme": node.scheme_code if node else "",
                "code": node.code if node else str(key),
                "name": node.name if node else "",
                "cases": count,
                "equal": equal[key],
                "no_owner": nobody[key],
                "share": round(equal[key] / count, 4),
            }
        )
    total = cases.total()
    return {
        "months": months,
        "draft": str(draft_id) if draft_id else None,
        "cases": total,
        "equal": equal.total(),
        "no_owner": nobody.total(),
        "share": round(equal.total() / total, 4) if total else None,
        "classes": classes,
    }
