"""Grants in words 授权说明: acts by subject with where they hold, to read and to tick."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..acts import ACTS, act_label
from ..enums import GrantScope

#: The scopes in short, as headings of a narrow table.
SCOPES: list[tuple[str, str | Promise]] = [
    (GrantScope.EVERYWHERE.value, gettext_lazy("全域")),
    (GrantScope.AREA.value, gettext_lazy("本区域")),
    (GrantScope.UNIT.value, gettext_lazy("本单位")),
]


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act with a tick for each scope: value, label, whether it is granted."""

    act: str
    label: str
    ticks: list[tuple[str, str, bool]]


def pairs_of(grants: Iterable[tuple[str, str]]) -> set[str]:
    """Grants as the form carries them: `act:scope`."""
    return {f"{act}:{scope}" for act, scope in grants}


def granted_subjects(grants: Iterable[tuple[str, str]]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """What is granted in plain words: subject, and for each scope the acts it is granted for.

    Example: 案件办理 with 本区域 (查看案件, 受理) and 本单位 (处置本单位任务).
    """
    held = set(grants)
    found = []
    for subject, acts in _subjects(act for act, _scope in held):
        lines = [
            (str(name), [act_label(act) for act in acts if (act, scope) in held]) for scope, name in SCOPES
        ]
        if any(words for _name, words in lines):
            found.append((subject, [(name, words) for name, words in lines if words]))
    return found


def ticked_subjects(pairs: set[str]) -> list[tuple[str, list[ActRow]]]:
    """Every act that can be granted, by subject, with ticks where it is."""
    return [
        (
            subject,
            [
                ActRow(act, act_label(act), [(s, str(name), f"{act}:{s}" in pairs) for s, name in SCOPES])
                for act in acts
            ],
        )
        for subject, acts in _subjects(pair.rsplit(":", 1)[0] for pair in pairs)
    ]


def _subjects(present: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The catalogue's subjects with their acts; acts it does not know stand under the last."""
    known = {act for acts in ACTS.values() for act in acts}
    strange = sorted(set(present) - known)
    return [(str(name), list(acts)) for name, acts in ACTS.items()] + (
        [(_("其他"), strange)] if strange else []
    )
