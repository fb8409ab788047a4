"""The address index 地址索引: an address base in memory, by road and number, by estate, by name.

Names are few beside addresses, so likeness is sought among names only; the addresses of a name lie side by
side in arrays. One address takes about 700 bytes (docs/benchmarks.md); `MOST_ADDRESSES` is the upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from .keys import AddressKeys, standard_keys
from .names import NameBook
from .scanner import NameScanner

#: Addresses that one process holds; those beyond it, in the order of their texts, are not matched.
MOST_ADDRESSES = 1_000_000
#: Shorter names stand in too many words to be looked for by themselves.
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class AddressRow:
    """One standard address 标准地址 as plain values."""

    id: UUID
    text: str
    community_id: UUID
    lon: float
    lat: float


class _Postings:
    """Address positions of each name, one array with a start a name."""

    def __init__(self, pairs: Sequence[tuple[int, int]], names: int) -> None:
        table = np.array(pairs, dtype=np.int32).reshape(-1, 2)
        table = table[np.argsort(table[:, 0], kind="stable")]
        self._starts = np.searchsorted(table[:, 0], np.arange(names + 1))
        self._positions = np.ascontiguousarray(table[:, 1])

    def of(self, name: int) -> npt.NDArray[np.int32]:
        return self._positions[self._starts[name] : self._starts[name + 1]]


class AddressIndex:
    """Standard addresses by what a report may call them.

    Args:
        rows: addresses in use.
        divisions: names of the city's divisions, read off in front of each address.
    """

    def __init__(self, rows: Iterable[AddressRow], divisions: NameScanner) -> None:
        self._ids: list[bytes] = []
        self.texts: list[str] = []
        communities: list[int] = []
        self._communities: dict[UUID, int] = {}
        points: list[tuple[float, float]] = []
        numbers: dict[str, int] = {}
        pairs: list[tuple[int, int]] = []
        doors: dict[tuple[int, str], list[int]] = {}
        self.houses: list[str] = []
        self._tags: dict[str, str] = {}
        for place, row in enumerate(rows):
            if place == MOST_ADDRESSES:
                break
            self._ids.append(row.id.bytes)
            self.texts.append(row.text)
            communities.append(self._communities.setdefault(row.community_id, len(self._communities)))
            points.append((row.lon, row.lat))
            keys = standard_keys(row.text, divisions)
            self.houses.append(keys.house)
            self._enter(keys, place, numbers, pairs, doors)
        self._points = np.array(points, dtype=np.float64).reshape(-1, 2)
        self._community = np.array(communities, dtype=np.int32)
        self.community_ids = list(self._communities)
        self._doors = {key: np.array(found, dtype=np.int32) for key, found in doors.items()}
        self._along: dict[int, list[tuple[int, int]]] = {}
        for (road, said), found in doors.items():
            if said.isdigit():
                self._along.setdefault(road, []).append((int(said), found[0]))
        self._postings = _Postings(pairs, len(numbers))
        self.book = NameBook(numbers)
        self.aliases: Mapping[str, str] = {}

    def _enter(
        self,
        keys: AddressKeys,
        place: int,
        numbers: dict[str, int],
        pairs: list[tuple[int, int]],
        doors: dict[tuple[int, str], list[int]],
    ) -> None:
        for tag, names in (("road", keys.roads), ("poi", keys.estates)):
            for name in names:
                number = numbers.setdefault(name, len(numbers))
                self._tags.setdefault(name, tag)
                pairs.append((number, place))
                if tag == "road" and keys.number:
                    doors.setdefault((number, keys.number), []).append(place)

    def called(self, aliases: Mapping[str, str]) -> AddressIndex:
        """The same addresses, found by other and former names of their roads and estates as well.

        Args:
            aliases: each such name to the one in the address base.
        """
        other = copy(self)
        other.aliases = {
            name: stands for name, stands in aliases.items() if self.book.exact(stands) is not None
        }
        return other

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def tags(self) -> Mapping[str, str]:
        """Names of the base, all but the shortest, and aliases with their tags, for scanning reports."""
        own = {name: tag for name, tag in self._tags.items() if len(name) >= _SHORTEST_NAME}
        return {**own, **{name: self._tags[stands] for name, stands in self.aliases.items()}}

    def id_of(self, place: int) -> UUID:
        """Key of the address at a position."""
        return UUID(bytes=self._ids[place])

    def community_of(self, place: int) -> UUID:
        """Community of the address at a position."""
        return self.community_ids[int(self._community[place])]

    def points(self, places: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        """Points of addresses in WGS84 degrees, shape (n, 2): longitude, latitude."""
        return np.asarray(self._points[places])

    def named(self, name: int) -> npt.NDArray[np.int32]:
        """Positions of the addresses that carry a name."""
        return self._postings.of(name)

    def at_door(self, road: int, number: str) -> npt.NDArray[np.int32]:
        """Positions of the addresses with this number of a road."""
        return self._doors.get((road, number), _NONE)

    def within(self, places: npt.NDArray[np.int32], communities: frozenset[UUID]) -> npt.NDArray[np.int32]:
        """The positions that lie in one of some communities."""
        wanted = [self._communities[one] for one in communities if one in self._communities]
        return places[np.isin(self._community[places], wanted)]

    def community_numbers(self, places: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Number of the community of each position, into `community_ids`."""
        return np.asarray(self._community[places])

    def doors_along(self, road: int, number: int) -> list[tuple[int, int]]:
        """The nearest known numbers of a road on the same side below and above, with their positions."""
        known = [one for one in self._along.get(road, ()) if one[0] % 2 == number % 2]
        below = max((one for one in known if one[0] < number), default=None)
        above = min((one for one in known if one[0] > number), default=None)
        return [one for one in (below, above) if one is not None]


_NONE: npt.NDArray[np.int32] = np.empty(0, dtype=np.int32)
