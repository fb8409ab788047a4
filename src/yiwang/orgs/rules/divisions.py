"""Rules of a division list 区划清单规则: the rows, their checks and the paths they make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from ...kernel.errors import FieldProblem, Invalid

LEGAL, OPERATIONAL = "legal", "operational"
_PROBLEMS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One row of a division list: an area and the code of the area above it (empty for a root)."""

    code: str
    name: str
    kind: str
    parent_code: str = ""
    style: str = ""
    tree: str = LEGAL


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One row of the list of links: an operational area runs a legal one."""

    operational_code: str
    legal_code: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One row of a unit list: codes of the unit above it and of its home area may be empty."""

    code: str
    name: str
    kind: str
    parent_code: str = ""
    area_code: str = ""
    is_example: bool = False


def style_of(kind: str, name: str) -> str:
    """Style of a street or community by its name 区域形态: 镇, 乡 and 村 are told by their last characters.

    Example: `style_of("street", "竹镇镇")` is `"town"`; `style_of("community", "白鹿村委会")` is `"village"`.
    """
    if kind == "street":
        return "town" if name.endswith("镇") else "township" if name.endswith("乡") else "urban"
    if kind == "community":
        return "village" if name.endswith(("村委会", "村民委员会", "村")) else "urban"
    return ""


def read_area_row(raw: Mapping[str, str], *, tree: str) -> AreaRow:
    """An area row from the named columns `code,name,kind,parent_code` and, where given, `style`."""
    kind, name = raw["kind"].strip(), raw["name"].strip()
    style = (raw.get("style") or "").strip() or style_of(kind, name)
    return AreaRow(raw["code"].strip(), name, kind, (raw.get("parent_code") or "").strip(), style, tree)


def rows_digest(rows: Sequence[object]) -> str:
    """SHA-256 in hex over the rows in their order, for the journal."""
    text = json.dumps([asdict(row) for row in rows], ensure_ascii=False, sort_keys=True)  # type: ignore[call-overload]
    return hashlib.sha256(text.encode()).hexdigest()


def check_area_rows(
    rows: Iterable[AreaRow], known: Mapping[str, str], kinds: frozenset[str], styles: frozenset[str]
) -> None:
    """Check a division list as a whole.

    Args:
        known: code to tree of the areas that stand already.

    Raises:
        Invalid: naming each row with an empty or repeated code, no name, an unknown kind, style or tree, an
            unknown parent, or a parent in the other tree.
    """
    listed = list(rows)
    trees = {**known, **{row.code: row.tree for row in listed}}
    seen: set[str] = set()
    problems: list[FieldProblem] = []
    for row in listed:
        remedy = _row_remedy(row, seen, trees, kinds, styles)
        seen.add(row.code)
        if remedy:
            problems.append(FieldProblem(f"{row.code} {row.name}".strip(), row.parent_code, remedy))
    if problems:
        raise Invalid(f"区划清单有 {len(problems)} 处错误。", problems[:_PROBLEMS_SHOWN], count=len(problems))


def _row_remedy(
    row: AreaRow, seen: set[str], trees: Mapping[str, str], kinds: frozenset[str], styles: frozenset[str]
) -> str | None:
    checks = (
        (not row.code or not row.name, "代码和名称均须填写。"),
        ("/" in row.code, "代码不得含有“/”。"),
        (row.code in seen, "代码重复，请保留一行。"),
        (row.kind not in kinds, f"类别“{row.kind}”不存在。"),
        (bool(row.style) and row.style not in styles, f"形态“{row.style}”不存在。"),
        (row.tree not in {LEGAL, OPERATIONAL}, f"所属树“{row.tree}”不存在。"),
        (bool(row.parent_code) and row.parent_code not in trees, f"上级代码“{row.parent_code}”不存在。"),
        (
            bool(row.parent_code) and trees.get(row.parent_code, row.tree) != row.tree,
            "上级须与本区域同属一棵树，跨树请用对应关系。",
        ),
    )
    return next((remedy for wrong, remedy in checks if wrong), None)


def area_paths(parents: Mapping[str, str]) -> dict[str, str]:
    """Path of every code: the codes from the root down, each followed by `/`.

    Args:
        parents: code to parent code, empty for a root.

    Raises:
        Invalid: when parents run in a circle.
    """
    paths: dict[str, str] = {}
    for code in parents:
        line: list[str] = []
        step = code
        while step and step not in paths:
            if step in line:
                raise Invalid("上级关系成环。", [FieldProblem("parent_code", step, "请改正上级代码。")])
            line.append(step)
            step = parents[step]
        base = paths.get(step, "")
        for below in reversed(line):
            base = f"{base}{below}/"
            paths[below] = base
    return paths
