"""Writing boundaries 写入边界: the one set-based path that every load of boundaries goes through.

Closes what is replaced, copies the new rows, and adds one journaled `BoundaryVersion`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import shapely
from django.db import connection

from ...kernel.ids import uuid7
from ...ledger.public import Act, bump, execute
from ...orgs.public import Area
from ..models import BoundaryVersion, Layer
from ..rules.layers import STANDARD_LAYERS

_COPY = (
    "COPY places_boundary (id, layer_id, area_id, loaded_by_id, geometry, west, south, east, north, "
    "illustrative, valid_from) FROM STDIN"
)
_COPY_CELLS = "COPY places_unitgrid (id, code, community_id, loaded_by_id, geometry, valid_from) FROM STDIN"
_CLOSE_CELLS = "UPDATE places_unitgrid SET valid_to = GREATEST(valid_from, %s) WHERE id = ANY(%s)"
_CLOSE = "UPDATE places_boundary SET valid_to = GREATEST(valid_from, %s) WHERE id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where boundaries come from 来源: what is said of the load as a whole."""

    source: str
    valid_from: date
    crs: str = "wgs84"
    illustrative: bool = False


def open_layers() -> dict[str, Layer]:
    """The standard layers by code, added where they are missing; holds the lock on boundaries.

    The lock lasts until the end of the transaction, so two loads never see half of each other.
    """
    execute("SELECT pg_advisory_xact_lock(hashtext('places.boundaries'))", [])
    known = {layer.code: layer for layer in Layer.objects.all()}
    missing = [
        Layer(code=spec.code, name=spec.name, tiling=spec.tiling, wins_over=spec.wins_over)
        for spec in STANDARD_LAYERS
        if spec.code not in known
    ]
    Layer.objects.bulk_create(missing)
    return known | {layer.code: layer for layer in missing}


def shapes_digest(shapes: Mapping[str, shapely.Geometry]) -> str:
    """SHA-256 in hex over codes and normalised shapes, by code."""
    digest = hashlib.sha256()
    for code in sorted(shapes):
        digest.update(code.encode() + b"\0" + shapely.to_wkb(shapely.normalize(shapes[code])))
    return digest.hexdigest()


def is_loaded(layer: Layer, digest: str) -> bool:
    """Whether exactly these boundaries have been loaded into the layer before."""
    return BoundaryVersion.objects.filter(layer=layer, digest=digest).exists()


def write_boundaries(
    act: Act,
    layer: Layer,
    shapes: Mapping[str, shapely.Geometry],
    areas: Mapping[str, UUID],
    *,
    origin: Origin,
    replaced: Iterable[UUID] = (),
) -> BoundaryVersion:
    """Put the boundaries of areas in force 启用边界 from `origin.valid_from`, and end those replaced.

    Args:
        shapes: code of the area to its shape in WGS84 degrees; already checked.
        areas: code to key of the area, for every code in `shapes`.
        replaced: keys of boundaries that end on the day the new ones begin.
    """
    closing = list(replaced)
    if closing:
        execute(_CLOSE, [origin.valid_from, closing])
    version = _version_of(act, layer, shapes, origin, closed=len(closing))
    _copy(layer, version, shapes, areas)
    return version


def write_unit_grids(
    act: Act,
    layer: Layer,
    shapes: Mapping[str, shapely.Geometry],
    communities: Mapping[str, UUID],
    *,
    origin: Origin,
    replaced: Iterable[UUID] = (),
) -> BoundaryVersion:
    """Put unit grids in force 启用单元网格 from `origin.valid_from`, and end those replaced.

    Args:
        shapes: code of the cell to its shape in WGS84 degrees; already checked.
        communities: 12-digit code to key of the community, for every cell.
    """
    closing = list(replaced)
    if closing:
        execute(_CLOSE_CELLS, [origin.valid_from, closing])
    version = _version_of(act, layer, shapes, origin, closed=len(closing))
    with connection.cursor() as cursor, cursor.copy(_COPY_CELLS) as copy:
        for code, shape in sorted(shapes.items()):
            geometry = shapely.to_wkb(shapely.normalize(shape))
            row = (uuid7(), code, communities[code[:12]], version.id, geometry, version.valid_from)
            copy.write_row(row)
    return version


def _version_of(
    act: Act, layer: Layer, shapes: Mapping[str, shapely.Geometry], origin: Origin, *, closed: int
) -> BoundaryVersion:
    """One load as a row and its journal entry."""
    version = BoundaryVersion(
        layer=layer,
        source=origin.source,
        crs=origin.crs,
        illustrative=origin.illustrative,
        digest=shapes_digest(shapes),
        opened=len(shapes),
        closed=closed,
        valid_from=origin.valid_from,
        at=act.at,
    )
    act.insert(version)
    body = {
        "layer": layer.code,
        "opened": len(shapes),
        "closed": closed,
        "valid_from": origin.valid_from,
        "illustrative": origin.illustrative,
        "crs": origin.crs,
        "digest": version.digest,
    }
    act.record(version, "places.boundaries_loaded", body)
    return version


def boundaries_changed(act: Act) -> None:
    """Tell every process that boundaries have changed; once an act."""
    bump(act, "boundaries")


def _copy(
    layer: Layer,
    version: BoundaryVersion,
    shapes: Mapping[str, shapely.Geometry],
    areas: Mapping[str, UUID],
) -> None:
    codes = sorted(shapes)
    drawn = [shapely.normalize(shapes[code]) for code in codes]
    bounds = shapely.bounds(drawn).tolist() if drawn else []
    binary = shapely.to_wkb(drawn) if drawn else []
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for code, box, geometry in zip(codes, bounds, binary, strict=True):
            copy.write_row(
                (uuid7(), layer.id, areas[code], version.id, geometry, *box, version.illustrative,
                 version.valid_from)
            )  # fmt: skip


def area_keys(codes: Iterable[str], day: date) -> dict[str, UUID]:
    """Keys of the areas with these codes that stand on a day or later."""
    rows = Area.objects.exclude(valid_to__lte=day).filter(code__in=list(codes))
    return dict(rows.values_list("code", "id"))
