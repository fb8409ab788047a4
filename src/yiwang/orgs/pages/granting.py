"""Grants in words 授权说明: acts by subject with where they hold, to read and to tick."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..acts import ACTS, act_label
from ..enums import GrantScope

SCOPES = [(scope.value, scope.label) for scope in GrantScope]


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act with the scopes it is granted in, in words and as ticks."""

    act: str
    label: str
    ticks: list[tuple[str, str, bool]]

    @property
    def shown(self) -> str:
        """The scopes in words, such as `岗位所在区域、岗位所在单位`."""
        return "、".join(str(label) for _value, label, is_on in self.ticks if is_on)


def pairs_of(grants: Iterable[tuple[str, str]]) -> set[str]:
    """Grants as the form carries them: `act:scope`."""
    return {f"{act}:{scope}" for act, scope in grants}


def granted_subjects(grants: Iterable[tuple[str, str]]) -> list[tuple[str, list[ActRow]]]:
    """What is granted, by subject."""
    return _subjects(pairs_of(grants), whole=False)


def ticked_subjects(pairs: set[str]) -> list[tuple[str, list[ActRow]]]:
    """Every act that can be granted, by subject, with ticks where it is."""
    return _subjects(pairs, whole=True)


def _subjects(pairs: set[str], *, whole: bool) -> list[tuple[str, list[ActRow]]]:
    """Acts by subject; with `whole`, those not granted too, to be ticked."""
    known = {act for acts in ACTS.values() for act in acts}
    strange = sorted({pair.rsplit(":", 1)[0] for pair in pairs} - known)
    subjects = [(str(name), list(acts)) for name, acts in ACTS.items()]
    subjects += [(_("其他"), strange)] if strange else []
    found = []
    for name, acts in subjects:
        rows = [
            ActRow(act, act_label(act), [(s, str(label), f"{act}:{s}" in pairs) for s, label in SCOPES])
            for act in acts
        ]
        shown = rows if whole else [row for row in rows if row.shown]
        if shown:
            found.append((name, shown))
    return found
