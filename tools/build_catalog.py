"""Build the packaged schemes 内置事项目录 from the public facts in a folder of source files.

    python tools/build_catalog.py FOLDER

FOLDER holds `standards/city_management_classes.json`, `standards/cjt214_2007_events.json` and
`petitions/label_tree.xlsx`. Class codes, names and limits are carried over as facts; the wording of the
conditions comes from `catalog_phrases`, and the fifteen grid items are examples written for this project.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
from catalog_phrases import conditions_for

TARGET = Path(__file__).resolve().parent.parent / "src" / "yiwang" / "catalog" / "standards"
_KIND = {"component": ("part", "P"), "event": ("event", "E")}
_UNIT = {"natural_day": "urgent_day"}
_OWN_WORDS = (
    "分类代码、名称与时限为公开事实；立案、结案条件的文字为本项目自拟示例，正式使用前请导入本市标准。"
)
#: 01 to 99 of CJ/T 214-2007 events to the event of GB/T 30428.2; None where no class says the same.
_CROSSWALK: dict[str, str | None] = {
    "0101": "0101", "0102": "0110", "0103": "0111", "0104": "0112", "0105": "0125", "0106": "0117",
    "0107": None, "0108": "0135", "0109": "0119", "0110": "0113", "0111": None, "0112": "0114",
    "0113": "0104", "0114": None, "0115": "0120", "0116": None, "0117": "0137", "0118": "0138", "0199": None,
    "0201": "0201", "0202": "0206", "0203": "0203", "0204": "0202", "0205": None,
    "0301": "0301", "0302": "0304", "0303": "0305", "0304": "0302", "0305": "0303", "0399": None,
    "0401": "0505", "0402": "0501", "0403": "0502", "0404": "0503", "0405": "0504", "0406": "0506",
    "0407": "0507", "0408": "0508", "0409": None, "0499": None,
    "0501": "0401", "0502": None, "0503": "0404", "0504": "0405", "0505": "0490", "0506": "0410",
    "0507": "0136", "0508": "0128", "0509": None, "0510": "0129", "0511": "0107", "0512": None,
    "0513": None, "0599": None,
}  # fmt: skip
#: Local extensions 地方扩展小类 of the project, by big class: what reports name and the source lacks.
#: GB/T 30428.2 lets a city count its own codes down from 99 under a name that no class of the standard bears.
_OWN_EXTENSIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "E04": (
        {
            "code": "E0490",
            "name": "车辆违停",
            "basis": "项目自设的地方扩展小类（扩展码自 99 倒排），供“车辆违停”流程用；本市有代码的从其代码",
            "conditions": [
                {
                    "text": "机动车违停，堵住消防通道、路口、小区或单位出入口、公交站，妨碍通行",
                    "closing": "车辆已驶离或移走，通道畅通",
                    "limit": [2, "urgent_hour"],
                },
                {
                    "text": "汽车、货车等机动车乱停放，占用人行道、盲道、绿地、消防登高场地或禁停路段",
                    "closing": "车辆已驶离或已依法告知、取证、移交",
                    "limit": [4, "work_hour"],
                },
            ],
        },
    ),
}
#: Big classes: 04 and 05 changed places.
_BIG_CROSSWALK = {"01": "01", "02": "02", "03": "03", "04": "05", "05": "04"}
#: Big request classes that are sensitive unless somebody decides otherwise: complaints about officials.
_SENSITIVE_REQUESTS = frozenset({"纪检监察"})
_REQUEST_LIMIT = [5, "work_day"]
#: (big class, item, amount, unit, admitted basis).
_GRID_ITEMS = (
    ("采集走访", "人口信息变动采集", 3, "work_day", "示例：实有人口登记由街道交网格协助采集，须经区级准入"),
    ("采集走访", "房屋出租情况采集", 3, "work_day", "示例：出租房屋信息登记协助事项，须经区级准入"),
    ("采集走访", "单位从业信息采集", 5, "work_day", "示例：实有单位信息登记协助事项，须经区级准入"),
    ("采集走访", "独居老人定期走访", 2, "work_day", "示例：社区为老服务协助事项，须经区级准入"),
    ("采集走访", "困难家庭定期走访", 2, "work_day", "示例：社会救助主动发现协助事项，须经区级准入"),
    ("隐患发现", "楼道堆物与消防通道占用报告", 4, "work_hour", "示例：发现并报告，不承担执法，须经区级准入"),
    ("隐患发现", "电动自行车违规充电报告", 4, "work_hour", "示例：发现并报告，不承担执法，须经区级准入"),
    ("隐患发现", "小场所用火用电隐患报告", 1, "work_day", "示例：发现并报告，不承担检查，须经区级准入"),
    ("隐患发现", "房屋裂缝与外墙脱落报告", 4, "work_hour", "示例：发现并报告，由住建部门鉴定，须经区级准入"),
    ("隐患发现", "积水点与排水不畅报告", 2, "urgent_hour", "示例：汛期发现并报告，须经区级准入"),
    ("矛盾化解", "邻里纠纷初步调解", 3, "work_day", "示例：人民调解协助事项，须经区级准入"),
    ("矛盾化解", "物业服务争议协调", 5, "work_day", "示例：社区协商议事协助事项，须经区级准入"),
    ("服务代办", "政策告知与材料代收", 1, "work_day", "示例：便民服务代办事项，须经区级准入"),
    ("服务代办", "行动不便居民上门代办", 2, "work_day", "示例：便民服务代办事项，须经区级准入"),
    ("服务代办", "意见建议收集上报", 2, "work_day", "示例：民意收集协助事项，须经区级准入"),
)  # fmt: skip


def _read(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))


def _limits(entry: dict[str, Any]) -> list[tuple[int, str]]:
    return [(limit["value"], _UNIT.get(limit["unit"], limit["unit"])) for limit in entry["limits"]]


def city_management(folder: Path) -> dict[str, Any]:
    """Parts and events 部件事件 with their conditions; `P` and `E` keep the two series of codes apart."""
    classes: list[dict[str, Any]] = []
    seen: set[str] = set()
    for entry in _read(folder / "standards" / "city_management_classes.json"):
        kind, letter = _KIND[entry["kind"]]
        big = letter + entry["big_code"]
        shared = {"kind": kind, "demands_registering": True}
        if big not in seen:
            seen.add(big)
            classes.append({"code": big, "level": "big", "name": entry["big_name"], **shared})
        classes.append(
            {
                "code": letter + entry["full_code"],
                "level": "small",
                "parent": big,
                "name": entry["name"],
                **shared,
                "local_extension": entry["local_extension"],
                "conditions": conditions_for(kind, entry["name"], _limits(entry)),
            }
        )
    return {
        "code": "city_management",
        "name": "城市管理部件和事件",
        "source": f"GB/T 30428.2 管理部件和事件；含地方扩展小类。{_OWN_WORDS}",
        "classes": [*classes, *_own_extensions(classes)],
    }


def _own_extensions(classes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The project's own extensions; refuses a code or a name that the source has."""
    taken = {entry[key] for entry in classes for key in ("code", "name")}
    for big, entries in _OWN_EXTENSIONS.items():
        for entry in entries:
            if {entry["code"], entry["name"]} & taken:
                raise SystemExit(f"{entry['code']} {entry['name']} is taken by the source")
            yield {
                "level": "small", "parent": big, "kind": "event", "demands_registering": True,
                "local_extension": True, **entry,
            }  # fmt: skip


def cjt214_2007(folder: Path) -> dict[str, Any]:
    """Events of the older standard 旧事件表 and where they go in `city_management`; ended, for old data."""
    classes: list[dict[str, Any]] = []
    walks: list[dict[str, Any]] = []
    seen: set[str] = set()
    for entry in _read(folder / "standards" / "cjt214_2007_events.json"):
        big, code = entry["big_code"], entry["big_code"] + entry["small_code"]
        shared = {"kind": "event", "demands_registering": True}
        if big not in seen:
            seen.add(big)
            classes.append({"code": f"E{big}", "level": "big", "name": entry["big_name"], **shared})
            note = "大类 04 与 05 在两套标准中次序相反。" if big in {"04", "05"} else ""
            walks.append(_walk(f"E{big}", f"E{_BIG_CROSSWALK[big]}", note))
        classes.append(
            {"code": f"E{code}", "level": "small", "parent": f"E{big}", "name": entry["name"], **shared}
        )
        reached = _CROSSWALK[code]
        walks.append(
            _walk(
                f"E{code}", f"E{reached}" if reached else None, "" if reached else "无对应小类，请人工选择。"
            )
        )
    return {
        "code": "cjt214_2007",
        "name": "旧版城市管理事件（2007）",
        "source": "CJ/T 214-2007 事件表，用于对照旧数据；大类 04 突发事件、05 街面秩序与现行标准次序相反。",
        "classes": classes,
        "crosswalks": walks,
    }


def _walk(origin: str, reached: str | None, note: str) -> dict[str, Any]:
    return {"from": origin, "to_scheme": "city_management", "to": reached, "note": note}


def hotline_12345(folder: Path) -> dict[str, Any]:
    """Three levels of request names 诉求分类; the codes are ours, two digits a level in order of the tree."""
    tree: dict[str, dict[str, list[str]]] = {}
    sheet = openpyxl.load_workbook(folder / "petitions" / "label_tree.xlsx", read_only=True).active
    for big, small, third, *_ in sheet.iter_rows(min_row=2, values_only=True):
        tree.setdefault(big.strip(), {}).setdefault(small.strip(), []).append(third.strip())
    classes: list[dict[str, Any]] = []
    for i, (big, smalls) in enumerate(tree.items(), start=1):
        shared = {
            "kind": "request",
            "review_required": True,
            "sensitive": big in _SENSITIVE_REQUESTS,
            "default_limit": _REQUEST_LIMIT,
        }
        classes.append({"code": f"H{i:02d}", "level": "big", "name": big, **shared})
        for j, (small, thirds) in enumerate(smalls.items(), start=1):
            code = f"H{i:02d}{j:02d}"
            classes.append({"code": code, "level": "small", "parent": f"H{i:02d}", "name": small, **shared})
            classes += [
                {"code": f"{code}{k:02d}", "level": "third", "parent": code, "name": third, **shared}
                for k, third in enumerate(thirds, start=1)
            ]
    return {
        "code": "hotline_12345",
        "name": "12345 热线诉求分类",
        "source": "分类名称取自某市公开的三级标签；代码与默认时限（5 个工作日）为本项目所定，可以调整。",
        "classes": classes,
    }


def grid_items() -> dict[str, Any]:
    """Fifteen example items 网格事项（示例）, each with the basis on which it would be admitted."""
    classes: list[dict[str, Any]] = []
    bigs = list(dict.fromkeys(item[0] for item in _GRID_ITEMS))
    for place, big in enumerate(bigs, start=1):
        classes.append({"code": f"G{place:02d}", "level": "big", "name": big, "kind": "grid_item"})
        items = [item for item in _GRID_ITEMS if item[0] == big]
        classes += [
            {
                "code": f"G{place:02d}{number:02d}",
                "level": "small",
                "parent": f"G{place:02d}",
                "name": f"{name}（示例）",
                "kind": "grid_item",
                "local_extension": True,
                "default_limit": [amount, unit],
                "basis": basis,
            }
            for number, (_, name, amount, unit, basis) in enumerate(items, start=1)
        ]
    return {
        "code": "grid_items",
        "name": "网格事项（示例）",
        "source": "本项目自拟的示例清单；实际事项须经本地准入程序后列入。",
        "classes": classes,
    }


def main(folder: Path) -> None:
    """Write one file for each scheme."""
    TARGET.mkdir(exist_ok=True)
    for content in (city_management(folder), cjt214_2007(folder), hotline_12345(folder), grid_items()):
        lines = ",\n".join(json.dumps(c, ensure_ascii=False, sort_keys=True) for c in content.pop("classes"))
        walks = ",\n".join(
            json.dumps(w, ensure_ascii=False, sort_keys=True) for w in content.pop("crosswalks", [])
        )
        head = json.dumps(content, ensure_ascii=False, indent=1)[:-2]
        text = f'{head},\n "classes": [\n{lines}\n ],\n "crosswalks": [\n{walks}\n ]\n}}\n'
        json.loads(text)
        (TARGET / f"{content['code']}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
