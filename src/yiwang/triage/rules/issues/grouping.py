"""Grouping 归并: messages into groups, by average linkage inside the connected parts of their likeness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

#: Average likeness of two groups at which they are one.
SAME = 0.2
#: Likeness below which a pair connects nothing.
CONNECTS = 0.16
#: Days after which two messages are somewhat less likely to be one issue, and how much less at most.
APART_DAYS, APART_LOSS = 180.0, 0.25
#: A connected part larger than this is split by a stricter likeness first; memory grows with its square.
LARGEST = 4000
_STRICTER = 1.2
_DAY = 86400.0


def groups(likeness: Any, instants: Sequence[datetime | None]) -> list[list[int]]:
    """Numbers of the messages of each group, groups of one left out, largest first.

    Deterministic: depends on the order of the messages only where likenesses are equal.

    Args:
        likeness: symmetric sparse matrix, shape (n, n).
        instants: when each message came; None counts as near to everything.
    """
    days = np.array([at.timestamp() / _DAY if at else np.nan for at in instants])
    found: list[list[int]] = []
    waiting = [(np.arange(len(days)), CONNECTS)]
    while waiting:
        members, least = waiting.pop()
        part = likeness[members][:, members]
        part.data = np.where(part.data >= least, part.data, 0)
        part.eliminate_zeros()
        count, labels = connected_components(part, directed=False)
        order = np.argsort(labels, kind="stable")
        for block in np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1]):
            inside = members[block]
            if len(inside) > LARGEST:
                waiting.append((inside, least * _STRICTER))
            elif len(inside) > 1:
                found += _linked(likeness, inside, days[inside])
    return sorted(found, key=lambda group: (-len(group), group))


def _linked(likeness: Any, members: Any, days: Any) -> list[list[int]]:
    from scipy.cluster.hierarchy import fcluster, linkage  # slow to load, and few processes group

    near = likeness[members][:, members].toarray().astype(np.float64)
    apart = np.nan_to_num(np.abs(days[:, None] - days[None, :]))
    near *= 1 - APART_LOSS * np.minimum(1.0, apart / APART_DAYS)
    upper = np.triu_indices(len(members), 1)
    tree = linkage(np.maximum(0.0, 1 - near[upper]), method="average")
    labels = fcluster(tree, 1 - SAME, criterion="distance")
    together: dict[int, list[int]] = {}
    for member, label in zip(members.tolist(), labels.tolist(), strict=True):
        together.setdefault(label, []).append(member)
    return [sorted(group) for group in together.values() if len(group) > 1]
