"""Boundaries of Nanjing 南京边界 from the package: simplified districts and an illustrative partition."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from importlib.resources import files

import numpy as np
import shapely

from ...kernel.actor import Actor
from ...kernel.errors import Conflict
from ...kernel.grid_codes import read_grid_code
from ...ledger.public import acting
from ...orgs.public import AreaIndex, AreaRow, area_index, load_divisions
from ..permissions import demand_import
from ..queries.boundaries import day_of
from ..rules.coverage import shapes_of
from ..rules.shapes import decode_shape
from .writing import (
    Origin,
    area_keys,
    boundaries_changed,
    is_loaded,
    open_layers,
    shapes_digest,
    write_boundaries,
)

SOURCE = "yiwang: nanjing, simplified and partitioned (illustrative)"
CITY = "320100"
#: Length of a code of each level that is made of grids.
_LEVELS = {"city": 4, "district": 6, "street": 9, "community": 12, "grid": 15}
Shapes = dict[str, shapely.Geometry]


def load_nanjing_boundaries(*, actor: Actor, at: datetime, valid_from: date | None = None) -> int:
    """Load the package's boundaries of Nanjing 载入南京边界, with its grids as areas; safe to run again.

    All are flagged illustrative (示意): district outlines are simplified from a public file whose coordinate
    system is presumed, and everything below the district is invented (docs/adr).

    Returns:
        The number of boundaries written; 0 when they stand already.

    Raises:
        Conflict: when the divisions of Nanjing have not been loaded.
        Refused: without `places.import` and `orgs.edit` everywhere.
    """
    demand_import(actor)
    day = valid_from or day_of(at)
    index = area_index(day)
    if CITY not in index.by_code:
        raise Conflict("请先载入南京区划（load_divisions），再载入边界。", code="places.divisions_missing")
    layers = {**_grown(read_package("grids")), "exclusive_grid": read_package("exclusive_grids")}
    layers["functional_zone"] = _zones(layers["street"], index)
    written = 0
    with acting(actor=actor, at=at) as act:
        known = open_layers()
        rows = [*grid_rows("grid", layers["grid"], index)]
        rows += grid_rows("exclusive_grid", layers["exclusive_grid"], index)
        load_divisions(actor=actor, at=at, rows=rows, source=SOURCE, valid_from=day)
        keys = area_keys([code for shapes in layers.values() for code in shapes], day)
        for code, shapes in layers.items():
            if not is_loaded(known[code], shapes_digest(shapes)):
                origin = Origin(SOURCE, day, illustrative=True)
                write_boundaries(act, known[code], shapes, keys, origin=origin)
                written += len(shapes)
        if written:
            boundaries_changed(act)
    return written


def read_package(name: str) -> Shapes:
    """Shapes by code of a file of the package: `grids` or `exclusive_grids`, in WGS84 degrees."""
    packed = files("yiwang.places").joinpath(f"data/nanjing_{name}.csv.gz").read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    return {row["code"]: decode_shape(row["shape"]) for row in csv.DictReader(lines)}


def _grown(grids: Shapes) -> dict[str, Shapes]:
    """Every level from the city down; each area is the union of its grids, so borders match exactly."""
    codes = np.array(list(grids))
    shapes = shapes_of(list(grids.values()))
    found: dict[str, Shapes] = {}
    for level, length in _LEVELS.items():
        names, member = np.unique([code[:length] for code in codes], return_inverse=True)
        order = np.argsort(member, kind="stable")
        parts = np.split(shapes[order], np.cumsum(np.bincount(member))[:-1])
        found[level] = {
            f"{name}00" if level == "city" else str(name): shapely.coverage_union_all(part)
            for name, part in zip(names, parts, strict=True)
        }
    return found


def _zones(streets: Mapping[str, shapely.Geometry], index: AreaIndex) -> Shapes:
    """Functional zones whose legal areas are whole streets with a shape, such as 江北新区."""
    found: Shapes = {}
    for node in index.by_code.values():
        legal = [index.by_id[key].code for key in index.linked(node.id)]
        if node.kind == "functional_zone" and legal and all(code in streets for code in legal):
            found[node.code] = shapely.coverage_union_all([streets[code] for code in legal])
    return found


def grid_rows(kind: str, codes: Iterable[str], index: AreaIndex) -> list[AreaRow]:
    """Area rows of grids, named after their community: `东山社区第3网格`, `东山社区专属网格1`."""
    rows = []
    for code in codes:
        read = read_grid_code(code)
        name = index.by_code[read.community].name
        number = f"第{read.sequence}网格" if kind == "grid" else f"专属网格{read.sequence}"
        rows.append(AreaRow(code, f"{name}{number}", kind, read.community))
    return rows
