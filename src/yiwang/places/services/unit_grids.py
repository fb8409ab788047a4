"""Importing unit grids 导入单元网格: cells of communities, checked like areas, with no area behind them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from ...kernel.errors import FieldProblem
from ...ledger.public import Act
from ...orgs.public import Area
from ..models import Layer
from ..queries.boundaries import StandingBoundary
from ..queries.unit_grids import standing_cells
from ..rules.coverage import same_shape
from ..rules.features import Feature
from .checking import AreaCounts, Known, Look, Sheet, check_parents, parent_shapes, refuse
from .writing import boundaries_changed, write_unit_grids


def take_unit_grids(act: Act, layer: Layer, sheet: Sheet) -> AreaCounts:
    """Take the cells of a file 导入单元网格; every community that the file names must have a boundary.

    A cell lies within its community's boundary, so cells of different communities cannot overlap unless the
    communities do, and only the cells of the communities in the file are looked at.

    Raises:
        AreasRefused: naming each cell that is wrong; nothing is taken then.
    """
    spec, features, day = sheet.spec, sheet.features, sheet.origin.valid_from
    known = _known_communities(features, day)
    refuse([*sheet.problems, *check_parents(features, spec, known)])
    parents = parent_shapes(features, spec, known, day)
    refuse(_without_boundary(features, known, parents))
    standing = {row.code: row for row in standing_cells(day, parents)}
    old = {feature.code: standing.pop(feature.code, None) for feature in features}
    redrawn = [f for f in features if (row := old[f.code]) is None or not same_shape(f.shape, row.shape)]
    replaced = [row.id for f in redrawn if (row := old[f.code]) is not None]
    staying: list[StandingBoundary] = []
    retired: list[StandingBoundary] = []
    for row in standing.values():
        gives_way = sheet.replace or (row.illustrative and not sheet.origin.illustrative)
        (retired if gives_way else staying).append(row)
    refuse(Look.of(sheet, staying, known, parents).problems(spec))
    closed = [*replaced, *(row.id for row in retired)]
    if (redrawn or closed) and not sheet.dry_run:
        shapes = {feature.code: feature.shape for feature in redrawn}
        keys = {code: facts[0] for code, facts in known.by_code.items()}
        write_unit_grids(act, layer, shapes, keys, origin=sheet.origin, replaced=closed)
        boundaries_changed(act)
    return AreaCounts(len(features), len(redrawn), len(features) - len(redrawn), len(closed))


def _known_communities(features: Sequence[Feature], day: date) -> Known:
    """The areas that the cells name as theirs, by code."""
    codes = {feature.parent_code for feature in features}
    rows = Area.objects.exclude(valid_to__lte=day).filter(code__in=codes)
    found = list(rows.values_list("id", "code", "name", "kind", "parent_id"))
    return Known({row[1]: row for row in found}, {row[0]: row[1] for row in found})


def _without_boundary(
    features: Sequence[Feature], known: Known, drawn: Collection[UUID | None]
) -> list[FieldProblem]:
    codes = sorted({f.parent_code for f in features if known.parent_id(f) not in drawn})
    return [FieldProblem("上级", code, "该社区还没有边界，请先导入图层 community。") for code in codes]
