"""How good the stages are 研判成效: how often people took what was proposed, and what was done by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.functional import Promise

from ...cases.public import Case, visible_to
from ...kernel.actor import Actor
from ..enums import TriageStage, Verdict
from ..models import Proposal, ProposalVerdict

#: Verdicts of the last so many days are counted.
WINDOW = timedelta(days=30)
MOST_ACTED = 50


@dataclass(frozen=True, slots=True)
class StageFigures:
    """Verdicts on one stage 环节成效."""

    label: str | Promise
    accepted: int
    changed: int
    automatic: int
    undone: int

    @property
    def percent(self) -> int | None:
        """Share that stood, of those a person or time has judged; None when there are none."""
        judged = self.accepted + self.changed + self.automatic
        return round(100 * (self.accepted + self.automatic - self.undone) / judged) if judged else None


def stage_figures(at: datetime) -> list[StageFigures]:
    """Verdicts of the last 30 days by stage."""
    rows = (
        ProposalVerdict.objects.filter(at__gte=at - WINDOW)
        .values_list("stage", "verdict")
        .annotate(count=Count("id"))
    )
    found: Counter[tuple[str, str]] = Counter()
    for stage, verdict, count in rows:
        found[stage, verdict] += count
    return [
        StageFigures(stage.label, *(found[stage.value, verdict.value] for verdict in Verdict))
        for stage in TriageStage
    ]


def acted_lately(actor: Actor) -> list[tuple[Case, Proposal]]:
    """The latest cases that the platform handled by itself and the reader may see; at most 50."""
    rows = list(Proposal.objects.filter(acted_at__isnull=False).order_by("-acted_at")[:MOST_ACTED])
    seen = {case.id: case for case in visible_to(actor).filter(pk__in=[row.case for row in rows])}
    return [(seen[row.case], row) for row in rows if row.case in seen]
