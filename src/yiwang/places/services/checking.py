"""Checking areas 核对区划边界: parents, overlaps and gaps, each problem with feature, place and remedy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import shapely

from ...kernel.errors import FieldProblem
from ...orgs.public import AreaKind
from ..errors import AreasRefused
from ..queries.boundaries import StandingBoundary, standing_boundaries
from ..rules.coverage import (
    Noise,
    Spot,
    find_gaps,
    find_overlaps,
    find_overshoots,
    noise_of,
    shapes_of,
    size_text,
)
from ..rules.features import Feature, position_text
from ..rules.layers import LayerSpec
from .writing import Origin

#: id, code, name, kind, key of the parent
AreaFacts = tuple[UUID, str, str, str, UUID | None]


@dataclass(frozen=True, slots=True)
class Known:
    """Areas that stand already 已有区域, by code, and their codes by key."""

    by_code: Mapping[str, AreaFacts]
    code_of: Mapping[UUID, str]

    def parent_code(self, feature: Feature) -> str:
        """Code of the area above a feature: as the file says, else as it stands."""
        if feature.parent_code:
            return feature.parent_code
        standing = self.by_code.get(feature.code)
        return self.code_of.get(standing[4], "") if standing and standing[4] else ""

    def parent_id(self, feature: Feature) -> UUID | None:
        """Key of the area above a feature, None for a root."""
        above = self.by_code.get(self.parent_code(feature))
        return above[0] if above else None

    def is_as_listed(self, feature: Feature) -> bool:
        """Whether the area stands with the name and parent that the file gives."""
        standing = self.by_code.get(feature.code)
        return standing is not None and (standing[2], standing[4]) == (feature.name, self.parent_id(feature))


@dataclass(frozen=True, slots=True)
class AreaCounts:
    """What an import did 导入结果: features read, taken, found as they were; boundaries ended."""

    read: int
    accepted: int
    unchanged: int
    closed: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was read 边界文件, and how it is to be taken.

    Attributes:
        features: the sound ones.
        problems: what is wrong with the others.
        tolerance: square metres of overlap or gap that are taken for drawing noise.
        replace: end what the file leaves out below the same parents.
        dry_run: check everything, write nothing.
    """

    spec: LayerSpec
    features: Sequence[Feature]
    problems: Sequence[FieldProblem]
    origin: Origin
    tolerance: float
    replace: bool
    dry_run: bool


def refuse(problems: Sequence[FieldProblem]) -> None:
    """Raise `AreasRefused` unless there is no problem."""
    if problems:
        raise AreasRefused(f"边界文件有 {len(problems)} 处问题，未导入任何要素。", problems)


def check_parents(features: Sequence[Feature], spec: LayerSpec, known: Known) -> list[FieldProblem]:
    """Codes that stand for something else, and parents that are missing or of the wrong kind."""
    problems = []
    for feature in features:
        standing = known.by_code.get(feature.code)
        if standing is not None and standing[3] != spec.code:
            kind = AreaKind(standing[3]).label
            problems.append(
                FieldProblem(
                    feature.label, feature.code, f"该代码已是{kind}“{standing[2]}”，请更正代码或图层。"
                )
            )
        remedy = _parent_remedy(known.parent_code(feature), spec, known)
        if remedy:
            problems.append(FieldProblem(feature.label, feature.parent_code, remedy))
    return problems


def _parent_remedy(code: str, spec: LayerSpec, known: Known) -> str | None:
    if not spec.parents:
        return None
    wanted = "或".join(str(AreaKind(kind).label) for kind in spec.parents)
    if not code:
        return f"没有上级代码（parent_code），{spec.name}的上级应为{wanted}。"
    parent = known.by_code.get(code)
    if parent is None:
        return f"上级“{code}”不存在，请先导入{wanted}或更正上级代码。"
    if parent[3] not in spec.parents:
        return f"上级“{code}”是{AreaKind(parent[3]).label}，{spec.name}的上级应为{wanted}。"
    return None


def parent_shapes(
    features: Sequence[Feature], spec: LayerSpec, known: Known, day: date
) -> dict[UUID, shapely.Geometry]:
    """Boundaries of the areas above the features, where they have one, by key."""
    wanted = {key for feature in features if (key := known.parent_id(feature)) is not None}
    return {
        row.area_id: row.shape
        for layer in spec.parents
        for row in standing_boundaries(layer, day, areas=wanted)
    }


@dataclass(frozen=True, slots=True)
class Look:
    """Features beside the boundaries that stay 核对, and how to speak of them.

    Attributes:
        staying: boundaries of the layer that the file neither replaces nor ends.
        parents: boundaries of the areas above, by key, where they have one.
        crs: coordinate system of the file, used in messages.
        noise: what is taken for drawing noise.
    """

    features: Sequence[Feature]
    staying: Sequence[StandingBoundary]
    known: Known
    parents: Mapping[UUID, shapely.Geometry]
    crs: str
    noise: Noise

    @classmethod
    def of(
        cls,
        sheet: Sheet,
        staying: Sequence[StandingBoundary],
        known: Known,
        parents: Mapping[UUID, shapely.Geometry],
    ) -> Look:
        """The look at a file, with the noise that its coordinate system brings."""
        crs = sheet.origin.crs
        drawn = shapes_of([*(feature.shape for feature in sheet.features), *parents.values()])
        return cls(sheet.features, staying, known, parents, crs, noise_of(drawn, sheet.tolerance, crs))

    def problems(self, spec: LayerSpec) -> list[FieldProblem]:
        """Overlaps within the layer, features outside their parent, and gaps that they leave in it."""
        found = list(self.overlaps())
        if spec.parents:
            found += self.overshoots()
        if spec.tiling:
            found += self.gaps()
        return found

    def _where(self, spot: Spot) -> str:
        return position_text(spot.lon, spot.lat, self.crs)

    def overlaps(self) -> Iterator[FieldProblem]:
        """Overlaps that a feature takes part in."""
        own = [feature.shape for feature in self.features]
        near = self._near(own)
        names = [f.label for f in self.features] + [f"现有的{row.code} {row.name}" for row in near]
        shapes = shapes_of([*own, *(row.shape for row in near)])
        for first, second, spot in find_overlaps(shapes, self.noise):
            if first < len(own):
                remedy = f"与{names[second]}重叠 {size_text(spot.square_metres)}，请修正其中一个的边界"
                remedy += "，或用 --replace 停用文件未列出的区域。" if second >= len(own) else "。"
                yield FieldProblem(names[first], self._where(spot), remedy)

    def _near(self, own: Sequence[shapely.Geometry]) -> list[StandingBoundary]:
        if not self.staying or not own:
            return []
        shapes = shapely.from_wkb([bytes(row.geometry) for row in self.staying])
        hit = shapely.STRtree(own).query(shapes, predicate="intersects")[0]
        return [self.staying[int(i)] for i in sorted(set(hit.tolist()))]

    def overshoots(self) -> Iterator[FieldProblem]:
        """Features that reach outside their parent."""
        below: dict[UUID, dict[int, shapely.Geometry]] = defaultdict(dict)
        for number, feature in enumerate(self.features):
            parent = self.known.parent_id(feature)
            if parent is not None and parent in self.parents:
                below[parent][number] = feature.shape
        for parent, children in below.items():
            for number, spot in find_overshoots(self.parents[parent], children, self.noise):
                remedy = (
                    f"超出上级“{self.known.code_of[parent]}” {size_text(spot.square_metres)}，请修正边界。"
                )
                yield FieldProblem(self.features[number].label, self._where(spot), remedy)

    def gaps(self) -> Iterator[FieldProblem]:
        """Pieces of the parents that nobody covers, the boundaries that stay counted in."""
        below: dict[UUID, list[shapely.Geometry]] = defaultdict(list)
        for feature in self.features:
            parent = self.known.parent_id(feature)
            if parent is not None:
                below[parent].append(feature.shape)
        for row in self.staying:
            if row.parent_id in below:
                below[row.parent_id].append(row.shape)
        for parent, children in below.items():
            name = f"{self.known.code_of[parent]} {self.known.by_code[self.known.code_of[parent]][2]}"
            for spot in find_gaps(self.parents.get(parent), shapes_of(children), self.noise):
                remedy = (
                    f"有 {size_text(spot.square_metres)} 空隙未被下级覆盖，"
                    "请补齐边界；若是绘图误差，请用 --tolerance 放宽容差。"
                )
                yield FieldProblem(f"上级（{name}）", self._where(spot), remedy)
