"""Features 要素: what a GeoJSON file of boundaries says, read without guessing.

A feature needs the properties `code` (代码) and, unless it is a unit grid, `name` (名称), may carry
`parent_code` (上级代码), and is a polygon or multipolygon. Whatever is wrong is named with the feature, the
place and the remedy; coordinates in messages are those of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.validation import explain_validity

from ...kernel.coordinates import from_wgs84, to_wgs84
from ...kernel.errors import FieldProblem, Invalid
from ...kernel.grid_codes import read_grid_code
from .layers import LayerSpec, parent_code_of

_NAMES = {
    "code": ("code", "代码", "编码"),
    "name": ("name", "名称"),
    "parent": ("parent_code", "上级代码", "上级编码"),
}
_FEWEST_POSITIONS = 4


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature 要素 of a file.

    Attributes:
        number: its place in the file, from 1.
        shape: polygon or multipolygon in WGS84 degrees.
    """

    number: int
    code: str
    name: str
    parent_code: str
    shape: shapely.Geometry

    @property
    def label(self) -> str:
        """How messages name it."""
        return label_of(self.number, self.code, self.name)


def label_of(number: int, code: str, name: str) -> str:
    """How messages name a feature: `第 3 个要素（320115002001 甲社区）`."""
    known = " ".join(text for text in (code, name) if text)
    return f"第 {number} 个要素（{known or '无代码'}）"


def position_text(lon: float, lat: float, crs: str) -> str:
    """A WGS84 position in the coordinates of the file, six decimals."""
    x, y = from_wgs84(lon, lat, crs)
    return f"{float(x):.6f},{float(y):.6f}"


def read_features(document: Any, spec: LayerSpec, crs: str) -> tuple[list[Feature], list[FieldProblem]]:
    """The sound features of a GeoJSON document and the problems of the others.

    Args:
        document: the parsed JSON.
        crs: coordinate system of the file, a `CoordinateSystem` value.
    """
    if not isinstance(document, Mapping) or document.get("type") != "FeatureCollection":
        return [], [FieldProblem("文件", "", "应为 GeoJSON 的 FeatureCollection。")]
    raw = document.get("features")
    if not isinstance(raw, list) or not raw:
        return [], [FieldProblem("features", "", "文件里没有要素。")]
    features: list[Feature] = []
    problems: list[FieldProblem] = []
    first: dict[str, str] = {}
    for number, item in enumerate(raw, 1):
        found, wrong = _read_feature(number, item, spec, crs)
        problems += wrong
        code = found.code if found else ""
        if found and code in first:
            problems.append(
                FieldProblem(found.label, code, f"代码与{first[code]}重复，请合并成一个要素或更正代码。")
            )
        elif found:
            first[code] = found.label
            features.append(found)
    return features, problems


def _read_feature(
    number: int, item: Any, spec: LayerSpec, crs: str
) -> tuple[Feature | None, list[FieldProblem]]:
    properties = item.get("properties") if isinstance(item, Mapping) else None
    if not isinstance(properties, Mapping):
        return None, [FieldProblem(label_of(number, "", ""), "", "要素没有 properties。")]
    code, name, parent = (_text(properties, key) for key in ("code", "name", "parent"))
    label = label_of(number, code, name)
    problems = []
    if spec.cells:
        problems += [FieldProblem(label, code, remedy) for remedy in _cell_remedies(code, parent)]
    elif not code or "/" in code:
        problems.append(FieldProblem(label, code, "请填写 code（代码），且不得含有“/”。"))
    if not name and not spec.cells:
        problems.append(FieldProblem(label, name, "请填写 name（名称）。"))
    shape, wrong = _read_shape(item.get("geometry"), crs)
    problems += [FieldProblem(label, where, remedy) for where, remedy in wrong]
    if problems or shape is None:
        return None, problems
    return Feature(number, code, name, parent or parent_code_of(spec.code, code), shape), []


def _cell_remedies(code: str, parent: str) -> Iterator[str]:
    """What is wrong with the code of a unit grid 单元网格: 15 digits that begin with its community's 12."""
    try:
        read = read_grid_code(code)
    except Invalid as error:
        yield error.problems[0].remedy
        return
    if not code.isdigit():
        yield "单元网格编码应为 15 位数字，专属网格请导入图层 exclusive_grid。"
    elif parent and parent != read.community:
        yield f"上级代码“{parent}”与编码的前 12 位不符，请更正其中一个。"


def _text(properties: Mapping[str, Any], key: str) -> str:
    for name in _NAMES[key]:
        value = properties.get(name)
        if value is not None and not isinstance(value, (dict, list, bool, float)):
            return str(value).strip()
    return ""


def _read_shape(geometry: Any, crs: str) -> tuple[shapely.Geometry | None, list[tuple[str, str]]]:
    """The shape in WGS84, or what is wrong as (where, remedy)."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        return None, [("", f"几何应为 Polygon 或 MultiPolygon，文件中是 {kind or '空'}。")]
    polygons = geometry.get("coordinates")
    if kind == "Polygon":
        polygons = [polygons]
    if not isinstance(polygons, (list, tuple)) or not polygons:
        return None, [("", "几何没有坐标。")]
    problems: list[tuple[str, str]] = []
    parts = []
    for polygon in polygons:
        rings = list(_rings(polygon, problems))
        if rings and not problems:
            parts.append(shapely.Polygon(rings[0], rings[1:]))
    if problems:
        return None, problems
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    if not shapely.is_valid(shape):
        reason = explain_validity(shape)
        return None, [(_place_in(reason), f"环无效（{_in_chinese(reason)}），请在制图软件中修复几何。")]
    return shapely.transform(shape, lambda p: np.column_stack(to_wgs84(p[:, 0], p[:, 1], crs))), []


def _rings(polygon: Any, problems: list[tuple[str, str]]) -> Iterator[np.ndarray]:
    if not isinstance(polygon, (list, tuple)) or not polygon:
        problems.append(("", "多边形没有环。"))
        return
    for ring in polygon:
        positions = _positions(ring)
        if positions is None:
            problems.append(("", "环的坐标应为 [经度, 纬度] 数字对，且在经纬度范围内。"))
        elif len(positions) < _FEWEST_POSITIONS:
            problems.append((_spot(positions), "环至少要有 4 个点。"))
        elif (positions[0] != positions[-1]).any():
            problems.append((_spot(positions), "环没有闭合，首尾两点应相同。"))
        else:
            yield positions


def _positions(ring: Any) -> np.ndarray | None:
    """The ring as n x 2 degrees, or None when it is not made of such."""
    if not isinstance(ring, (list, tuple)):
        return None
    try:
        found = np.array([position[:2] for position in ring], dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError):
        return None
    in_range = (np.abs(found[:, 0]) <= 180) & (np.abs(found[:, 1]) <= 90)
    return found if in_range.all() else None


def _spot(positions: np.ndarray) -> str:
    return f"{positions[0, 0]:.6f},{positions[0, 1]:.6f}" if len(positions) else ""


def _place_in(reason: str) -> str:
    inside = reason.partition("[")[2].partition("]")[0].split()
    return f"{float(inside[0]):.6f},{float(inside[1]):.6f}" if len(inside) == 2 else ""


def _in_chinese(reason: str) -> str:
    known = {
        "Self-intersection": "自相交",
        "Ring Self-intersection": "环自相交",
        "Hole lies outside shell": "内环在外环之外",
        "Holes are nested": "内环嵌套",
        "Nested shells": "外环嵌套",
        "Duplicate Rings": "环重复",
        "Interior is disconnected": "内部不连通",
        "Too few points in geometry component": "点数不足",
    }
    cause = reason.partition("[")[0]
    return known.get(cause, cause)
