"""Build the package data of Nanjing 南京: divisions, district outlines and the illustrative partition.

Usage, from the root of the repository::

    .venv/bin/python tools/build_nanjing.py [FOLDER OF THE REAL DATA, default ../shared/data]

Reads `divisions/nanjing_divisions_2023.csv` (statistics bureau, 2023-06-30) and
`divisions/nanjing_districts_gcj02.geojson` (coordinate system undocumented, GCJ-02 presumed), and writes

- `src/yiwang/orgs/data/nanjing_divisions.csv`: 1 city, 11 districts, 101 streets, 1,255 communities;
- `src/yiwang/orgs/data/nanjing_operational.csv`: the 39 statistical pseudo-streets with their communities
  as operational zones, and 江北新区 over seven streets of 浦口 and 六合;
- `src/yiwang/places/data/nanjing_districts.geojson`: simplified outlines in WGS84, borders still shared;
- `src/yiwang/places/data/nanjing_grids.csv.gz`, `nanjing_exclusive_grids.csv.gz`: an invented partition of
  each district into streets, communities and grids. It is illustrative (示意): no public polygons of these
  exist. Its seed is fixed; `tools/nanjing_street_positions.csv` holds rough positions, from general
  knowledge, that only arrange the streets within their district.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import shapely

from yiwang.kernel.coordinates import gcj02_to_wgs84
from yiwang.kernel.grid_codes import exclusive_grid_code, grid_code
from yiwang.places.rules.partition import Parent, cut_outs, partition
from yiwang.places.rules.shapes import UNITS_A_DEGREE, encode_shape

ROOT = Path(__file__).resolve().parent.parent
ORGS = ROOT / "src" / "yiwang" / "orgs" / "data"
PLACES = ROOT / "src" / "yiwang" / "places" / "data"
CITY = ("320100", "南京市")
PSEUDO = "统计虚拟"
#: 江北新区 has no national code; the operator's own code carries an F.
NEW_AREA = ("320100F01", "江北新区")
NEW_AREA_STREETS = (
    "320111001", "320111002", "320111003", "320111007", "320116001", "320116004", "320116005",
)  # fmt: skip
GRIDS = 9968
EXCLUSIVE_GRIDS = 1995
SEED = 20230630
#: Tolerance of simplification: side, in 1e-6 degrees, of the smallest triangle that a vertex may stand for.
TOLERANCE = 350
COORDINATE_NOTE = (
    "Simplified from a public file whose coordinate system is undocumented; GCJ-02 was presumed and "
    "converted to WGS84. Illustrative: not for surveying or legal use. 示意，不作测绘或权属依据。"
)


def short_name(name: str) -> str:
    """Name of the area from the name of its committee: `梅园新村社区居委会` gives `梅园新村社区`."""
    for ending in ("居民委员会", "居委会"):
        if name.endswith(ending):
            stem = name.removesuffix(ending)
            return stem if stem.endswith("社区") else f"{stem}社区"
    if name.endswith(("村村委会", "社区村委会")):
        return name.removesuffix("村委会")
    return name.removesuffix("委会") if name.endswith("村委会") else name


def style_of(name: str, official: str) -> str:
    """`town` for 镇, `village` for 村, else empty (the city's own form)."""
    if name.endswith("镇"):
        return "town"
    return "village" if official.endswith("村委会") else ""


def read_divisions(folder: Path) -> list[dict[str, str]]:
    """Rows of the statistics bureau's list of communities."""
    with (folder / "divisions" / "nanjing_divisions_2023.csv").open(encoding="utf-8-sig") as source:
        return list(csv.DictReader(source))


def write_csv(path: Path, header: str, rows: list[tuple[str, ...]]) -> None:
    """Write rows under a header, with Unix line ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def build_divisions(rows: list[dict[str, str]]) -> None:
    """The legal division: city, districts, real streets and their communities, by code."""
    found: dict[str, tuple[str, ...]] = {CITY[0]: (*CITY, "city", "", "")}
    for row in rows:
        if row["street_kind"] == PSEUDO:
            continue
        district, street, code = row["district_code"], row["street_code"], row["community_code"]
        found.setdefault(district, (district, row["district"], "district", CITY[0], ""))
        found.setdefault(street, (street, row["street"], "street", district, style_of(row["street"], "")))
        name = short_name(row["community"])
        found[code] = (code, name, "community", street, style_of(name, row["community"]))
    write_csv(
        ORGS / "nanjing_divisions.csv",
        "code,name,kind,parent_code,style",
        sorted(found.values(), key=lambda r: (len(r[0]), r[0] != CITY[0], r[0])),
    )


def build_operational(rows: list[dict[str, str]]) -> None:
    """The operational areas; `legal_codes` names the legal areas they run, where that is known."""
    found: dict[str, tuple[str, ...]] = {
        NEW_AREA[0]: (*NEW_AREA, "functional_zone", "", "", " ".join(NEW_AREA_STREETS))
    }
    for row in rows:
        if row["street_kind"] == PSEUDO:
            zone, code = row["street_code"], row["community_code"]
            found.setdefault(zone, (zone, row["street"], "functional_zone", "", row["district_code"], ""))
            name = short_name(row["community"])
            found[code] = (code, name, "community", zone, row["district_code"], "")
    write_csv(
        ORGS / "nanjing_operational.csv",
        "code,name,kind,parent_code,district_code,legal_codes",
        sorted(found.values(), key=lambda r: (len(r[0]), r[0] != NEW_AREA[0], r[0])),
    )


def read_outlines(folder: Path, codes: dict[str, str]) -> dict[str, shapely.Geometry]:
    """District outlines by code, in whole units of 1e-6 degrees of WGS84, simplified as one coverage."""
    text = (folder / "divisions" / "nanjing_districts_gcj02.geojson").read_text(encoding="utf-8")
    features = [f for f in json.loads(text)["features"] if f["properties"]["district"]]
    shapes = np.array([shapely.geometry.shape(f["geometry"]) for f in features])

    def convert(points: np.ndarray) -> np.ndarray:
        lons, lats = gcj02_to_wgs84(points[:, 0], points[:, 1])
        return np.round(np.column_stack([lons, lats]) * UNITS_A_DEGREE)

    shapes = shapely.transform(shapes, convert)
    shapes = shapely.coverage_simplify(shapes, TOLERANCE)
    shapes = shapely.transform(shapes, np.round)
    if not (shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)):
        raise SystemExit("The simplified outlines are no coverage any more: lower TOLERANCE.")
    found = {codes[f["properties"]["district"]]: s for f, s in zip(features, shapes, strict=True)}
    return dict(sorted(found.items()))


def build_outlines(outlines: dict[str, shapely.Geometry], names: dict[str, str]) -> None:
    """The outlines as GeoJSON, one feature a line."""
    lines = []
    for code, shape in outlines.items():
        degrees = shapely.transform(shape, lambda points: points / UNITS_A_DEGREE)
        geometry = json.loads(shapely.to_geojson(degrees))
        properties = {"code": code, "name": names[code], "parent_code": CITY[0], "illustrative": True}
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = {"type": "FeatureCollection", "note": COORDINATE_NOTE}
    body = json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"
    PLACES.mkdir(parents=True, exist_ok=True)
    (PLACES / "nanjing_districts.geojson").write_text(body, encoding="utf-8")


def build_partition(outlines: dict[str, shapely.Geometry], rows: list[dict[str, str]]) -> None:
    """The illustrative grids and exclusive grids of all districts."""
    with (ROOT / "tools" / "nanjing_street_positions.csv").open(encoding="utf-8") as source:
        positions = {r["street_code"]: (float(r["lon"]), float(r["lat"])) for r in csv.DictReader(source)}
    parents = []
    for code, outline in outlines.items():
        streets: dict[str, list[str]] = {}
        for row in rows:
            if row["street_kind"] != PSEUDO and row["district_code"] == code:
                streets.setdefault(row["street_code"], []).append(row["community_code"])
        parents.append(
            Parent(code, outline, {s: (positions[s], tuple(sorted(c))) for s, c in sorted(streets.items())})
        )
    cells = partition(parents, cells=GRIDS, seed=SEED)
    numbered: Counter[str] = Counter()
    grids: list[tuple[str, str]] = []
    for community, shape in cells:
        numbered[community] += 1
        grids.append((grid_code(community, numbered[community]), encode_shape(shape)))
    write_shapes(PLACES / "nanjing_grids.csv.gz", sorted(grids))
    exclusive: list[tuple[str, str]] = []
    numbered.clear()
    for community, shape in cut_outs(cells, count=EXCLUSIVE_GRIDS):
        numbered[community] += 1
        exclusive.append((exclusive_grid_code(community, numbered[community]), encode_shape(shape)))
    write_shapes(PLACES / "nanjing_exclusive_grids.csv.gz", sorted(exclusive))


def write_shapes(path: Path, rows: list[tuple[str, str]]) -> None:
    """Write `code,shape` rows gzipped, the same bytes each time."""
    text = "code,shape\n" + "".join(f"{code},{shape}\n" for code, shape in rows)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main() -> None:
    """Build everything, in the order of the module's docstring."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    rows = read_divisions(folder)
    build_divisions(rows)
    build_operational(rows)
    names = {row["district_code"]: row["district"] for row in rows}
    outlines = read_outlines(folder, {name: code for code, name in names.items()})
    build_outlines(outlines, names)
    build_partition(outlines, rows)
    for path in sorted([*ORGS.glob("nanjing_*"), *PLACES.glob("nanjing_*")]):
        sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
