"""Importing areas 导入区划边界: a file of features becomes areas with dated boundaries, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from ...kernel.actor import Actor
from ...kernel.coordinates import CoordinateSystem
from ...kernel.errors import FieldProblem, invalid
from ...ledger.public import Act, acting
from ...orgs.public import Area, AreaRow, close_areas, load_divisions
from ..errors import LaterVersion, NoSuchLayer
from ..models import Layer
from ..permissions import demand_import
from ..queries.boundaries import StandingBoundary, day_of, standing_boundaries
from ..rules.coverage import same_shape
from ..rules.features import Feature, read_features
from ..rules.layers import DEFAULT_TOLERANCE, LAYER_BY_CODE, LayerSpec
from .checking import AreaCounts, Known, Look, Sheet, check_parents, parent_shapes, refuse
from .unit_grids import take_unit_grids
from .writing import Origin, area_keys, boundaries_changed, open_layers, write_boundaries


@dataclass(slots=True)
class _Plan:
    """What is to be written, once everything has been checked."""

    changed: list[Feature] = field(default_factory=list)
    redrawn: list[Feature] = field(default_factory=list)
    replaced: list[UUID] = field(default_factory=list)
    retired: list[StandingBoundary] = field(default_factory=list)
    staying: list[StandingBoundary] = field(default_factory=list)

    @property
    def closed(self) -> list[UUID]:
        """Keys of the boundaries that end."""
        return [*self.replaced, *(row.id for row in self.retired)]


def import_areas(
    *,
    actor: Actor,
    at: datetime,
    document: Any,
    layer: str,
    crs: str,
    source: str,
    valid_from: date | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    replace: bool = False,
    illustrative: bool = False,
    dry_run: bool = False,
) -> AreaCounts:
    """Import the areas of a GeoJSON document into a layer 导入区划边界.

    Areas are added or renamed by their code; a boundary that changed is ended on `valid_from` and the new
    one begins that day. An area that the file leaves out keeps its boundary, unless `replace` is set; but
    illustrative ones (示意) of the same parents always give way to real ones.

    Args:
        document: a parsed GeoJSON FeatureCollection (`rules.features`).
        layer: code of a standard layer.
        crs: coordinate system of the document.
        valid_from: first day of the new boundaries; by default the day of `at`.
        tolerance: overlaps and gaps up to this many square metres are taken for drawing noise.
        replace: end areas of the same parents that the file leaves out.
        dry_run: check everything, write nothing.

    Raises:
        Refused: without `places.import` (and `orgs.edit`) everywhere.
        NoSuchLayer: for an unknown layer.
        AreasRefused: naming each feature that is wrong; nothing is taken then.
        LaterVersion: when boundaries of the layer already begin after `valid_from`.
    """
    demand_import(actor)
    spec = LAYER_BY_CODE.get(layer)
    if spec is None:
        raise NoSuchLayer(f"没有图层“{layer}”，可用：{'、'.join(LAYER_BY_CODE)}。")
    if crs not in set(CoordinateSystem):
        raise invalid("crs", crs, f"坐标系应为 {'、'.join(CoordinateSystem)} 之一。")
    if not tolerance >= 0:
        raise invalid("tolerance", tolerance, "容差应为不小于 0 的平方米数。")
    day = valid_from or day_of(at)
    features, problems = read_features(document, spec, crs)
    origin = Origin(source, day, crs, illustrative)
    sheet = Sheet(spec, features, problems, origin, tolerance, replace=replace, dry_run=dry_run)
    with acting(actor=actor, at=at) as act:
        layer_row = open_layers()[spec.code]
        _refuse_going_back(layer_row, day)
        return take_unit_grids(act, layer_row, sheet) if spec.cells else _take_areas(act, layer_row, sheet)


def _take_areas(act: Act, layer: Layer, sheet: Sheet) -> AreaCounts:
    spec, features, day = sheet.spec, sheet.features, sheet.origin.valid_from
    known = _known_areas(day, spec, features)
    refuse([*sheet.problems, *check_parents(features, spec, known)])
    plan = _plan(features, spec, known, day, replace=sheet.replace, real=not sheet.origin.illustrative)
    parents = parent_shapes(features, spec, known, day)
    refuse(Look.of(sheet, plan.staying, known, parents).problems(spec))
    if not sheet.dry_run:
        _write(act, plan, layer, known, sheet.origin)
    return AreaCounts(len(features), len(plan.changed), len(features) - len(plan.changed), len(plan.closed))


def _refuse_going_back(layer: Layer, day: date) -> None:
    latest = layer.versions.aggregate(latest=Max("valid_from"))["latest"]
    if latest is not None and latest > day:
        raise LaterVersion(f"图层“{layer.name}”已有自 {latest} 起的边界，请把生效日改为该日或以后。")


def _known_areas(day: date, spec: LayerSpec, features: Sequence[Feature]) -> Known:
    """Areas that stand on the day or later and that the file names, their parents included."""
    kinds = {spec.code, *spec.parents}
    codes = {code for feature in features for code in (feature.code, feature.parent_code)}
    rows = Area.objects.exclude(valid_to__lte=day).filter(Q(kind__in=kinds) | Q(code__in=codes))
    found = list(rows.values_list("id", "code", "name", "kind", "parent_id"))
    return Known({row[1]: row for row in found}, {row[0]: row[1] for row in found})


def _plan(
    features: Sequence[Feature], spec: LayerSpec, known: Known, day: date, *, replace: bool, real: bool
) -> _Plan:
    plan = _Plan()
    standing = {row.code: row for row in standing_boundaries(spec.code, day)}
    for feature in features:
        old = standing.pop(feature.code, None)
        redrawn = old is None or not same_shape(feature.shape, old.shape)
        if redrawn:
            plan.redrawn.append(feature)
        if redrawn or not known.is_as_listed(feature):
            plan.changed.append(feature)
        if redrawn and old is not None:
            plan.replaced.append(old.id)
    parents = {known.parent_id(feature) for feature in features}
    for row in standing.values():
        gives_way = row.parent_id in parents and (replace or (real and row.illustrative))
        (plan.retired if gives_way else plan.staying).append(row)
    return plan


def _write(act: Act, plan: _Plan, layer: Layer, known: Known, origin: Origin) -> None:
    if not plan.changed and not plan.retired:
        return
    spec = LAYER_BY_CODE[layer.code]
    rows = [AreaRow(f.code, f.name, spec.code, known.parent_code(f), tree=spec.tree) for f in plan.changed]
    load_divisions(actor=act.actor, at=act.at, rows=rows, source=origin.source, valid_from=origin.valid_from)
    shapes = {f.code: f.shape for f in plan.redrawn}
    if shapes or plan.closed:
        areas = area_keys(shapes, origin.valid_from)
        write_boundaries(act, layer, shapes, areas, origin=origin, replaced=plan.closed)
        boundaries_changed(act)
    _close_areas(act, plan.retired, origin.valid_from)


def _close_areas(act: Act, retired: Sequence[StandingBoundary], day: date) -> None:
    """End the areas whose boundaries gave way; one that begins on the same day stays, without a shape."""
    named = {row.area_id: f"现有的{row.code} {row.name}" for row in retired}
    in_use = close_areas(actor=act.actor, at=act.at, area_ids=named, valid_to=day) if named else {}
    refuse([FieldProblem(named[key], "", reason) for key, reason in in_use.items()])
