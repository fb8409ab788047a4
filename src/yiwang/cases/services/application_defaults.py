"""Default rules and reasons of applications 默认申请规则与事由, loaded once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import Act
from ..models import ApplicationReason, ApplicationRule


def load_applications(act: Act, beginning: date) -> int:
    """Load what is missing of the shipped rules and reasons; returns how many rows were added.

    A kind that has a rule, and a reason whose code is known, are left alone: they may be the city's own.
    """
    shipped = shipped_yaml("yiwang.cases", "defaults/applications.yaml")
    added = 0
    kinds = set(ApplicationRule.objects.values_list("kind", flat=True))
    for given in shipped["rules"]:
        if given["kind"] in kinds:
            continue
        amount = Decimal(given.pop("answer_amount"))
        rule = act.insert(ApplicationRule(valid_from=beginning, answer_amount=amount, **given))
        act.record(rule, "cases.application_rule_set", {"kind": rule.kind, "valid_from": beginning})
        added += 1
    known = set(ApplicationReason.objects.values_list("kind", "code"))
    for order, given in enumerate(shipped["reasons"]):
        if (given["kind"], given["code"]) not in known:
            reason = act.insert(ApplicationReason(order=order, valid_from=beginning, **given))
            body = {"kind": reason.kind, "code": reason.code, "valid_from": beginning}
            act.record(reason, "cases.application_reason_added", body)
            added += 1
    return added
