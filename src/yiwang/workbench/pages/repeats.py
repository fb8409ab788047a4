"""Repeats 重复来件: closed cases that a new one may say again, proposed to whoever may reopen them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ...cases import public as cases
from ...interface.public import staff, within_budget
from ...kernel.actor import Actor
from .. import names
from ..level_registering import REPEAT_NOTICE


@require_GET
@staff("cases.reopen")
@within_budget(REPEAT_NOTICE)
def notice(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """疑似重复来件 of a new case: each earlier one with why it is proposed, and the act that reopens it."""
    case, at = cases.case_for(actor, case_id), timezone.now()
    rows = [
        (found, names.unit_name(found.case.host), _reasons(found), _words(found))
        for found in cases.earlier_closed(actor, case, at)
    ]
    context = {"case": case, "rows": rows, "lifecycle": cases.CASE}
    return render(request, "workbench/parts/repeat_notice.html", context)


def _reasons(found: cases.EarlierCase) -> list[str]:
    """Why it is proposed: who reported it, and how near it was."""
    said = [_("同一诉求人")] if found.is_same_reporter else []
    if found.is_same_address:
        said.append(_("地点相同"))
    elif found.metres is not None:
        said.append(_("相距 %(metres)d 米") % {"metres": round(found.metres)})
    return said


def _words(found: cases.EarlierCase) -> str:
    """The reason that the form begins with."""
    if found.is_same_reporter:
        return _("诉求人再次反映同一问题。")
    return _("同一地点再次反映同一问题。")
