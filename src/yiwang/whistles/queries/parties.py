"""Names of who is called 报到单位名称: units of the instance and outside units."""

from __future__ import annotations

from uuid import UUID

from ...orgs.public import unit_index
from ..models import WhistleTask
from .rulebook import rulebook


def name_of(party: UUID) -> str:
    """Name of a unit or of an outside unit."""
    outside = rulebook().outside_unit(party)
    return outside.name if outside is not None else unit_index().name(party)


def party_name(task: WhistleTask) -> str:
    """What the unit that is called is called."""
    return name_of(task.party)
