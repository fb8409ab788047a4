"""Regions 片区: gather cells into connected regions of given sizes.

Cells are points with neighbours. `balanced_regions` draws a power diagram over them whose weights are
tuned until each region holds about its wanted number of cells; `mend_regions` then makes every region one
connected piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_TUNING = 400
_MENDINGS = 50


@dataclass(frozen=True)
class Neighbours:
    """Who borders whom 相邻关系.

    Attributes:
        first, second: numbers of the two cells of each common border; each pair stands in both directions.
        shared: length of the common border; 0 for a link that only bridges separate pieces.
        count: number of cells.
    """

    first: Ints
    second: Ints
    shared: Floats
    count: int

    @classmethod
    def of(cls, shapes: NDArray[np.object_]) -> Neighbours:
        """Neighbours among polygons that share vertices exactly."""
        segments, owner = _segments(shapes)
        keys, inverse, uses = np.unique(segments, axis=0, return_inverse=True, return_counts=True)
        order = np.argsort(inverse.ravel(), kind="stable")
        starts = np.concatenate([[0], np.cumsum(uses)[:-1]])[uses == 2]
        a, b = owner[order[starts]], owner[order[starts + 1]]
        pairs = keys[uses == 2]
        length = np.hypot(pairs[:, 0] - pairs[:, 2], pairs[:, 1] - pairs[:, 3])
        return cls._summed(a, b, length, len(shapes))

    @classmethod
    def _summed(cls, a: Ints, b: Ints, length: Floats, count: int) -> Neighbours:
        differs = a != b
        low, high = np.minimum(a, b)[differs], np.maximum(a, b)[differs]
        pairs, inverse = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
        total = np.bincount(inverse.ravel(), weights=length[differs], minlength=len(pairs))
        first = np.concatenate([pairs[:, 0], pairs[:, 1]])
        second = np.concatenate([pairs[:, 1], pairs[:, 0]])
        return cls(first, second, np.concatenate([total, total]), count)

    def within(self, members: Ints) -> Neighbours:
        """The same among some of the cells, renumbered in the order of `members`."""
        number = np.full(self.count, -1)
        number[members] = np.arange(len(members))
        first, second = number[self.first], number[self.second]
        kept = (first >= 0) & (second >= 0)
        return Neighbours(first[kept], second[kept], self.shared[kept], len(members))

    def pieces(self, labels: Ints) -> Ints:
        """Number of the connected piece of each cell; a piece holds cells of one label only."""
        same = labels[self.first] == labels[self.second]
        a, b = self.first[same], self.second[same]
        piece = np.arange(self.count)
        while True:
            lowest = piece.copy()
            np.minimum.at(lowest, a, piece[b])
            lowest = lowest[lowest]
            if np.array_equal(lowest, piece):
                return piece
            piece = lowest

    def bridged(self, centres: Floats) -> Neighbours:
        """With links of length 0 added between separate pieces, so that all cells hang together."""
        found = self
        while True:
            piece = found.pieces(np.zeros(found.count, dtype=np.int64))
            names, sizes = np.unique(piece, return_counts=True)
            if len(names) == 1:
                return found
            island = np.flatnonzero(piece == names[np.argmin(sizes)])
            main = np.flatnonzero(piece != names[np.argmin(sizes)])
            gaps = np.hypot(*(centres[island][:, None] - centres[main][None]).transpose(2, 0, 1))
            i, j = np.unravel_index(np.argmin(gaps), gaps.shape)
            a, b = int(island[i]), int(main[j])
            found = Neighbours(
                np.append(found.first, [a, b]),
                np.append(found.second, [b, a]),
                np.append(found.shared, [0.0, 0.0]),
                found.count,
            )


def _segments(shapes: NDArray[np.object_]) -> tuple[Floats, Ints]:
    """Undirected segments (x, y, x, y; lower end first) of all rings, and whose they are."""
    parts, whole = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[:-1] == ring[1:]
    a, b = points[:-1][inside], points[1:][inside]
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    a, b = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    return np.hstack([a, b]), whole[part[ring[:-1][inside]]]


def mend_regions(labels: Ints, neighbours: Neighbours, sizes: Floats, group: Ints | None = None) -> Ints:
    """Make each region one connected piece.

    All but the largest piece of a region go to the neighbouring region of the same group with which they
    share most border; a piece without such a neighbour stays.

    Args:
        labels: region of each cell.
        sizes: what decides which piece is the largest, a number a cell.
        group: cells of different groups never share a region; by default there is one group.
    """
    group = np.zeros(len(labels), dtype=np.int64) if group is None else group
    labels = labels.copy()
    for _ in range(_MENDINGS):
        piece = neighbours.pieces(labels)
        weight = np.bincount(piece, weights=sizes, minlength=len(labels))
        names = np.unique(piece)
        order = names[np.lexsort((names, -weight[names], labels[names]))]
        main = order[np.unique(labels[order], return_index=True)[1]]
        stray = np.setdiff1d(names, main)
        outward = np.isin(piece[neighbours.first], stray) & (
            labels[neighbours.first] != labels[neighbours.second]
        )
        outward &= group[neighbours.first] == group[neighbours.second]
        if not outward.any():
            return labels
        source = piece[neighbours.first[outward]]
        target = labels[neighbours.second[outward]]
        pairs, inverse = np.unique(np.column_stack([source, target]), axis=0, return_inverse=True)
        border = np.bincount(inverse.ravel(), weights=neighbours.shared[outward])
        best = np.lexsort((pairs[:, 1], -border, pairs[:, 0]))
        chosen = best[np.unique(pairs[best, 0], return_index=True)[1]]
        moves = dict(pairs[chosen].tolist())
        move = min(moves, key=lambda name: (weight[name], name))
        labels[piece == move] = moves[move]
        for name, label in moves.items():
            if weight[name] < weight[move] * 4:
                labels[piece == name] = label
    return labels


def balanced_regions(
    centres: Floats, targets: Sequence[int], neighbours: Neighbours, *, seeds: Floats | None = None
) -> Ints:
    """The region (0 to k-1) of each cell, connected and of about the wanted sizes.

    Args:
        centres: cell centres, n x 2, in units of equal length in both directions.
        targets: wanted number of cells of each region.
        seeds: where the regions should lie, k x 2; by default spread out and moved to their middle.

    Raises:
        ValueError: when a region ends empty, because there are too few cells.
    """
    wanted = np.asarray(targets, dtype=np.float64)
    free = seeds is None
    places = _spread(centres, len(wanted)) if seeds is None else seeds.astype(np.float64)
    unit = np.ptp(centres, axis=0).prod() / max(len(centres), 1) if len(centres) > 1 else 1.0
    weights = np.zeros(len(wanted))
    best, least = None, np.inf
    for step in range(_TUNING):
        distance = ((centres[:, None] - places[None]) ** 2).sum(axis=2) - weights
        labels = np.argmin(distance, axis=1)
        count = np.bincount(labels, minlength=len(wanted))
        worst = np.abs(count - wanted).max() + (count == 0).sum() * len(centres)
        if worst < least and (not free or step > _TUNING // 8):
            best, least = labels, worst
        weights += (wanted - count) * unit * (1.0 - step / _TUNING) * 0.15
        if free and step < _TUNING // 2:
            for number in np.flatnonzero(count):
                places[number] += 0.3 * (centres[labels == number].mean(axis=0) - places[number])
    result = mend_regions(np.asarray(best), neighbours.bridged(centres), np.ones(len(centres)), None)
    if len(np.unique(result)) < len(wanted):
        raise ValueError(f"{len(centres)} cells are too few for {len(wanted)} connected regions")
    return result


def _spread(centres: Floats, count: int) -> Floats:
    """`count` of the centres, each as far as possible from those before; ordered north to south."""
    chosen = [int(np.argmin(centres.sum(axis=1)))]
    nearest = ((centres - centres[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, ((centres - centres[chosen[-1]]) ** 2).sum(axis=1))
    found = centres[chosen]
    return found[np.lexsort((found[:, 0], -found[:, 1]))].copy()
