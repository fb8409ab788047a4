"""Forms of what a whistle is about 材料: evidence, and cases by their numbers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...interface.public import pictures
from ...kernel.actor import Actor
from ..queries.whistles import cases_numbered
from ..services import working
from .acts import WHISTLE_FORMS, ActForm
from .fields import uploads


def case_numbers(*, required: bool = False) -> forms.CharField:
    """Numbers of cases, divided by commas."""
    return forms.CharField(
        label=_("案件编号"), max_length=1000, required=required, help_text=_("可填多个，用逗号分开")
    )


class EvidenceForm(ActForm):
    """上传佐证."""

    label = _("上传佐证")
    photos = pictures(_("佐证材料"), required=True)

    def act(self, actor: Actor) -> Any:
        """Attach the files."""
        kept = uploads(self.cleaned_data["photos"], "reference")
        return working.attach_evidence(**self.known(actor), pictures=kept)


class CasesForm(ActForm):
    """关联案件."""

    label = _("附加案件")
    hint = _("案件仍按原流程办理；敏感案件不能关联。")
    cases = case_numbers(required=True)

    def act(self, actor: Actor) -> Any:
        """Attach the cases."""
        found = cases_numbered(actor, self.cleaned_data["cases"])
        return working.attach_cases(**self.known(actor), cases=found)


#: Every form of an act on a whistle by name.
FORMS: dict[str, type[ActForm]] = {**WHISTLE_FORMS, "evidence": EvidenceForm, "cases": CasesForm}
