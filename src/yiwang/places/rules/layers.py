"""Layers 图层: which kinds of boundary a city keeps, and how they relate.

Administrative layers tile their parents without gap. 专属网格 are cut out of 综合网格 and win a look-up.
Overlays (警格, 消防应急片区, 共治片区, 功能区) stand in the operational tree and leave the rest of the city
uncovered. 单元网格 are finer than any area and stand beside them, in a table of their own. Nothing overlaps
within one layer.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...kernel.errors import Invalid
from ...kernel.grid_codes import read_grid_code


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One layer of the standard set 图层.

    Attributes:
        code: identifier; also the kind of the areas drawn in it, unless they are cells.
        name: Chinese name.
        tiling: whether the areas below one parent cover it without gap.
        wins_over: layer out of which this one is cut, empty for none.
        tree: `legal` or `operational`, the tree its areas stand in.
        parents: kinds an area's parent may have; empty when it may have none.
        least_zoom: zoom from which vector tiles show it.
        cells: whether its shapes are cells (单元网格) with a code of their own and no area behind them.
    """

    code: str
    name: str
    tiling: bool
    tree: str
    parents: tuple[str, ...]
    least_zoom: int
    wins_over: str = ""
    cells: bool = False


#: The layer of 单元网格, whose shapes are cells and no areas.
UNIT_GRID = "unit_grid"
STANDARD_LAYERS: tuple[LayerSpec, ...] = (
    LayerSpec("city", "市", False, "legal", (), 3),
    LayerSpec("district", "区", True, "legal", ("city",), 6),
    LayerSpec("street", "街道", True, "legal", ("district",), 8),
    LayerSpec("community", "社区", True, "legal", ("street",), 11),
    LayerSpec("grid", "综合网格", True, "legal", ("community",), 13),
    LayerSpec("exclusive_grid", "专属网格", False, "legal", ("community",), 14, wins_over="grid"),
    LayerSpec("micro_grid", "微网格", False, "legal", ("grid",), 15),
    LayerSpec(UNIT_GRID, "单元网格", True, "legal", ("community",), 15, cells=True),
    LayerSpec("police_grid", "警格", False, "operational", (), 12),
    LayerSpec("fire_zone", "消防应急片区", False, "operational", (), 12),
    LayerSpec("shared_zone", "共治片区", False, "operational", (), 12),
    LayerSpec("functional_zone", "功能区", False, "operational", (), 6),
)
LAYER_BY_CODE = {spec.code: spec for spec in STANDARD_LAYERS}
#: From fine to coarse: a point is placed in the finest of these that a part of the city has.
PLACE_LAYERS = ("grid", "community", "street", "district")
#: Layers whose outlines are public geography: residents see them without login.
PUBLIC_LAYERS = frozenset({"city", "district", "street"})
#: Square metres of overlap or gap that are taken for drawing noise unless somebody says otherwise.
DEFAULT_TOLERANCE = 1.0
#: Length of the statistical code of the areas above a code of that length (GB/T 2260, 12-digit codes).
_ABOVE = {12: 9, 9: 6}


def parent_code_of(layer: str, code: str) -> str:
    """Code of the area above, read from a standard code; empty when the code does not say.

    Example: `parent_code_of("grid", "320115002001007")` is `"320115002001"`.
    """
    if layer in {"grid", "exclusive_grid", UNIT_GRID}:
        try:
            return read_grid_code(code).community
        except Invalid:
            return ""
    if not code.isdigit():
        return ""
    if layer == "district" and len(code) == 6:
        return f"{code[:4]}00"
    return code[: _ABOVE[len(code)]] if len(code) in _ABOVE else ""
