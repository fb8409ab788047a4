"""The package's examples of admitted lists 内置准入清单示例, and its rules of checking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import Act, bump
from ..models import BEGINNING, AdmissionRule, AdmittedMatter, MatterClass
from ..queries.admission import ADMISSION
from ..states import ADMITTED


def packaged_admission() -> Mapping[str, Any]:
    """Rules, common terms and matters as the package ships them."""
    found: Mapping[str, Any] = shipped_yaml("yiwang.catalog", "standards/admission.yaml")
    return found


def load_admitted(act: Act) -> int:
    """Add the packaged rows whose list and code this instance has never had; returns how many.

    A level that has any rule of checking keeps its own. A row none of whose classes is there is left out.
    """
    content = packaged_admission()
    rules = _load_rules(act, content["rules"])
    known = set(AdmittedMatter.objects.values_list("list_kind", "code"))
    classes = _classes(content["matters"])
    added = 0
    for entry in content["matters"]:
        found = [classes[key] for key in entry["classes"] if key in classes]
        if (entry["list"], entry["code"]) in known or not found:
            continue
        row = _matter(content["defaults"] | entry, found, act)
        act.insert(row)
        act.record(row, "catalog.admission_loaded", {"list": row.list_kind, "code": row.code})
        added += 1
    if added or rules:
        bump(act, ADMISSION)
    return added


def _load_rules(act: Act, entries: list[Mapping[str, Any]]) -> int:
    known = set(AdmissionRule.objects.values_list("level", flat=True))
    for entry in entries:
        if entry["level"] in known:
            continue
        row = act.insert(AdmissionRule(**entry))
        body = {"level": row.level, "area": None, "mode": row.mode, "hours": row.exemption_hours}
        act.record(row, "catalog.admission_rule_saved", body)
    return sum(entry["level"] not in known for entry in entries)


def _classes(entries: list[Mapping[str, Any]]) -> dict[str, UUID]:
    """`scheme/code` to the key of the class."""
    codes = {key.partition("/")[2] for entry in entries for key in entry["classes"]}
    rows = MatterClass.objects.select_related("scheme").filter(code__in=codes).order_by("valid_from")
    return {f"{row.scheme.code}/{row.code}": row.id for row in rows}


def _matter(terms: Mapping[str, Any], classes: list[UUID], act: Act) -> AdmittedMatter:
    return AdmittedMatter(
        list_kind=terms["list"],
        code=terms["code"],
        name=terms["name"],
        class_ids=classes,
        basis=terms["basis"],
        frequency=terms["frequency"],
        funding=terms["funding"],
        training=terms["training"],
        minutes=terms.get("minutes"),
        is_example=True,
        state=ADMITTED,
        valid_from=BEGINNING,
        applied_at=act.at,
        decided_at=act.at,
    )
