"""Defaults 默认数据 of the loop: policies, the rating scale and the phrases, loaded once."""

from __future__ import annotations

from datetime import date, datetime

from ...kernel.actor import Actor
from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import acting, bump
from ..models import LoopPolicy, Phrase, RatingOption
from .application_defaults import load_applications
from .level_defaults import load_level_defaults
from .return_rules import load_return_defaults
from .setting_ladders import load_ladders
from .stage_limits import load_stage_limits

BEGINNING = date(2024, 1, 1)


def load_defaults(*, actor: Actor, at: datetime) -> int:
    """Load what is missing of the shipped defaults; returns how many rows were added.

    Existing rows are never changed: they may be the city's own.
    """
    shipped = shipped_yaml("yiwang.cases", "defaults/loop.yaml")
    added = 0
    with acting(actor=actor, at=at) as act:
        kinds = set(LoopPolicy.objects.values_list("class_kind", flat=True))
        for row in shipped["policies"]:
            if row["class_kind"] not in kinds:
                policy = act.insert(LoopPolicy(valid_from=BEGINNING, **row))
                act.record(policy, "cases.policy_set", {"class_kind": policy.class_kind})
                added += 1
        known = set(RatingOption.objects.values_list("question", "code"))
        for order, row in enumerate(shipped["ratings"]):
            if (row["question"], row["code"]) not in known:
                option = act.insert(RatingOption(order=order, valid_from=BEGINNING, **row))
                body = {"question": option.question, "code": option.code, "valid_from": BEGINNING}
                act.record(option, "cases.option_added", body)
                added += 1
        if not Phrase.objects.exists():
            for order, row in enumerate(shipped["phrases"]):
                phrase = act.insert(Phrase(order=order, **row))
                act.record(phrase, "cases.phrase_added", {"purpose": phrase.purpose})
                added += 1
        added += load_level_defaults(act, valid_from=BEGINNING)
        added += load_stage_limits(act, valid_from=BEGINNING)
        added += load_return_defaults(act, BEGINNING)
        added += load_applications(act, BEGINNING)
        added += load_ladders(act, BEGINNING)
        bump(act, "policy")
    return added
