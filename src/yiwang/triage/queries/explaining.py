"""Explaining 自动决定的说明: what the platform did by itself, told to the person it concerns (PIPL §24)."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from ...catalog.public import catalog_index
from ...interface.public import error_words
from ...orgs.public import area_index, unit_index
from ..enums import TriageStage, Verdict
from ..models import AutomaticRule, Proposal, ProposalVerdict
from ..rules.chain import from_body


def _was_merged(report_id: UUID) -> bool:
    return ProposalVerdict.objects.filter(
        proposal__report=report_id, stage=TriageStage.REPEAT, verdict=Verdict.AUTOMATIC
    ).exists()


def explanation_of_case(case_id: UUID, report_id: UUID | None = None) -> tuple[str, ...]:
    """Sentences on what was decided by itself and why; empty when a person decided everything.

    They name class, place, unit and what spoke for them; of a merge only that it happened. Three queries at
    most.

    Args:
        report_id: who reads is this report's reporter; words of another reporter are left out.
    """
    merged = report_id is not None and _was_merged(report_id)
    sentences = (
        [
            _(
                "系统判断您反映的与一件正在办理的诉求是同一问题，已并案办理，办理结果会分别答复您。如果不是同一问题，请要求人工复核。"
            )
        ]
        if merged
        else []
    )
    row = (
        Proposal.objects.filter(case=case_id, acted_at__isnull=False, undone_at=None)
        .order_by("-acted_at")
        .first()
    )
    if row is None or row.rule is None:
        return tuple(sentences)
    triaged = from_body(row.body)
    rule = AutomaticRule.objects.filter(pk=row.rule).first()
    index, areas = catalog_index(row.made_at), area_index()
    best = triaged.best_class
    sentences += [
        _("本件由系统自动受理，未经人工判断。您可以要求人工复核，也可以补充说明。"),
        _("事项类别判断为“%(name)s”，把握 %(percent)s%%。")
        % {
            "name": index.full_name(triaged.class_id) if triaged.class_id else "—",
            "percent": round(100 * row.confidence),
        },
    ]
    if best is not None and report_id in {None, row.report}:
        sentences += [error_words(reason.words) for reason in best.reasons[:3]]
    area = areas.by_id.get(triaged.place.area_id) if triaged.place.area_id else None
    if area is not None:
        sentences.append(_("地点判断在%(area)s。") % {"area": area.name})
    goes_on = (rule is not None and rule.dispatches) or triaged.owner.dispatches
    if goes_on and triaged.owner.host_id is not None:
        sentences.append(
            _("按权责清单交由%(unit)s办理。") % {"unit": unit_index().name(triaged.owner.host_id)}
        )
    return tuple(sentences)
