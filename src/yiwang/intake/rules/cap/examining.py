"""Examining 受理: one message's bytes through every check of its channel, to a message or a named refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from cryptography import x509
from lxml import etree

from ....kernel.coordinates import to_wgs84
from .documents import read_document
from .identifiers import LENGTH, looks_like_warning_identifier, read_warning_identifier
from .messages import CapAlert, CapArea, Circle
from .parsing import parse_alert
from .refusals import CapRefused
from .schema import schema_problems
from .settings import CapSettings
from .signatures import signed_part

#: Polygons and circles of one message; each is held against every street.
MOST_SHAPES = 1_000


@dataclass(frozen=True, slots=True)
class Trust:
    """What a channel's files hold 信任材料: its certificates, and the city's copy of the schema."""

    certificates: Sequence[x509.Certificate] = ()
    schema: etree.XMLSchema | None = None


def examine(raw: bytes, *, settings: CapSettings, trust: Trust, at: datetime) -> CapAlert:
    """The message of some bytes, as its channel demands it.

    Args:
        at: when it came in.

    Raises:
        CapRefused: naming the reason.
    """
    root = read_document(raw, limit=settings.most_bytes)
    part = signed_part(root, mode=settings.signature, certificates=trust.certificates, at=at)
    if settings.strict:
        _check_schema(root, trust)
    alert = parse_alert(part)
    if alert.scope != "Public":
        raise CapRefused("not_public", alert.scope)
    _check_shapes(alert)
    return _in_wgs84(_with_identifier(alert, settings), settings.crs)


def _check_schema(root: etree._Element, trust: Trust) -> None:
    problems = schema_problems(root)
    if problems:
        raise CapRefused("not_valid", str(problems[0]))
    if trust.schema is not None and not trust.schema.validate(root):
        raise CapRefused("not_valid", str(trust.schema.error_log.last_error.message)[:200])


def _check_shapes(alert: CapAlert) -> None:
    areas = {area for block in alert.infos for area in block.areas}
    if sum(len(area.polygons) + len(area.circles) for area in areas) > MOST_SHAPES:
        raise CapRefused("too_large", f"多边形和圆超过 {MOST_SHAPES} 个")


def _with_identifier(alert: CapAlert, settings: CapSettings) -> CapAlert:
    """Check the identifier of 12379, or note what is wrong with one that means to be one."""
    try:
        found = read_warning_identifier(alert.identifier)
        if found.serial is not None:
            return alert
        wrong = f"只有 {len(alert.identifier)} 位，应为 {LENGTH} 位"
    except ValueError as error:
        wrong = str(error)
    if settings.national_identifier:
        raise CapRefused("bad_identifier", wrong)
    if not looks_like_warning_identifier(alert.identifier):
        return alert
    return replace(alert, deviations=tuple(sorted({*alert.deviations, "identifier_12379"})))


def _in_wgs84(alert: CapAlert, crs: str) -> CapAlert:
    if crs in {"wgs84", "cgcs2000"}:
        return alert
    infos = tuple(
        replace(block, areas=tuple(_turned(area, crs) for area in block.areas)) for block in alert.infos
    )
    return replace(alert, infos=infos)


def _turned(area: CapArea, crs: str) -> CapArea:
    polygons = tuple(tuple(_points(ring, crs)) for ring in area.polygons)
    circles = tuple(
        Circle(*_points([(circle.lon, circle.lat)], crs)[0], circle.km) for circle in area.circles
    )
    return replace(area, polygons=polygons, circles=circles)


def _points(points: Sequence[tuple[float, float]], crs: str) -> list[tuple[float, float]]:
    lons, lats = to_wgs84(np.array([p[0] for p in points]), np.array([p[1] for p in points]), crs)
    return list(zip(lons.tolist(), lats.tolist(), strict=True))
