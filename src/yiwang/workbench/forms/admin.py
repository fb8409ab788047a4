"""Forms of administration 管理表单 on one case: correction, sensitive mark, access list, erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from ...accounts.public import display_names
from ...cases import public as cases
from ...catalog.public import catalog_index
from ...kernel.actor import Actor
from .. import names
from .acts import ActForm
from .fields import Picker, choice_field, class_field, select, text_area, text_input, unit_field
from .places import PlaceFields


def condition_label(condition_id: UUID) -> str:
    """Class and words of a registering condition; empty for an unknown key."""
    found = catalog_index().condition(condition_id)
    return f"{names.short_class_name(found.class_id)}：{found.text}" if found else ""


class CorrectionForm(PlaceFields, ActForm):
    """申请更正: every field starts as it stands; only what differs is asked for."""

    action = "correct"

    title = forms.CharField(label=_("标题"), max_length=80, widget=text_input())
    matter_class = class_field()
    condition = forms.UUIDField(
        label=_("立案条件"),
        required=False,
        widget=Picker(reverse_lazy("workbench:pick_conditions"), condition_label),
        help_text=_("更正后的类别须按条件立案时选择。"),
    )
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=cases.Urgency.choices, widget=select())
    privacy = forms.ChoiceField(label=_("保密要求"), choices=cases.Privacy.choices, widget=select())
    address = forms.CharField(label=_("地点"), max_length=300, required=False, widget=text_input())
    place_lon = forms.FloatField(
        label=_("经度"), required=False, min_value=-180, max_value=180,
        help_text=_("可只填坐标（WGS84），社区和网格按坐标确定；不填则按所选社区。"),
    )  # fmt: skip
    place_lat = forms.FloatField(label=_("纬度"), required=False, min_value=-90, max_value=90)
    resets_clock = forms.BooleanField(label=_("按更正后的类别重算办理时限（自派遣时起）"), required=False)
    reason = forms.CharField(
        label=_("理由"), max_length=500, widget=text_area(2), help_text=_("须由另一人批准后才生效。")
    )

    field_order = (
        "version", "title", "matter_class", "condition", "urgency", "privacy", "district", "street",
        "community", "address", "place_lon", "place_lat", "resets_clock", "reason",
    )  # fmt: skip

    def prepare(self) -> None:
        """Start from what stands; a case without a place gets it by acceptance."""
        for name in ("title", "matter_class", "condition", "urgency", "privacy", "address"):
            self.fields[name].initial = getattr(self.case, name)
        if self.case.community is None:
            self.drop_place()
        else:
            self.prepare_place()
        if self.case.state != "handling":
            del self.fields["resets_clock"]

    def prepare_place(self) -> None:
        """The areas of the case; the point is left empty, so that it stays unless one is given."""
        for level in ("district", "street", "community"):
            self.fields[level].initial = getattr(self.case, level)

    def clean(self) -> dict[str, Any]:
        """A point has two coordinates."""
        given = super().clean() or {}
        if (given.get("place_lon") is None) != (given.get("place_lat") is None):
            self.add_error("place_lat", _("经度和纬度须一起填写。"))
        return given

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Ask for what differs."""
        given = self.cleaned_data
        terms = cases.CorrectionTerms(
            lon=given.get("place_lon"),
            lat=given.get("place_lat"),
            community=self._changed("community"),
            resets_clock=bool(given.get("resets_clock")),
            **{name: self._changed(name) for name in ("title", "urgency", "privacy", "address")},
            **self._class(),
        )
        cases.ask_correction(terms=terms, reason=given["reason"], **self._given(actor, at))

    def _changed(self, name: str) -> Any:
        value = self.cleaned_data.get(name)
        return None if value is None or value == getattr(self.case, name) else value

    def _class(self) -> dict[str, Any]:
        """Class and condition; a condition alone names its class."""
        wanted, condition = self._changed("matter_class"), self.cleaned_data.get("condition")
        found = catalog_index().condition(condition) if condition else None
        if found is not None and wanted is None and found.class_id != self.case.matter_class:
            wanted = found.class_id
        if wanted is not None and found is not None and found.class_id != wanted:
            found = None if condition == self.case.condition else found
        changed = found is not None and (wanted is not None or found.id != self.case.condition)
        return {"matter_class": wanted, "condition": found.id if changed and found else None}


class WishForm(ActForm):
    """Base of the forms that decide on the correction that waits; they carry its key."""

    SERVICES: ClassVar[dict[str, Any]] = {
        "approve_correction": cases.approve_correction,
        "take_back_correction": cases.take_back_correction,
    }

    correction = forms.UUIDField(widget=forms.HiddenInput)

    def prepare(self) -> None:
        """The correction that waits, if there is one."""
        waiting = cases.Correction.objects.filter(case=self.case, state="asked").first()
        self.fields["correction"].initial = waiting.id if waiting else None

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Approve, or take back."""
        given: dict[str, Any] = {"correction_id": self.cleaned_data["correction"]}
        if self.action == "approve_correction":
            given["expected"] = self.cleaned_data.get("version")
        self.SERVICES[self.action](actor=actor, at=at, **given)


class ApproveCorrectionForm(WishForm):
    """批准更正."""

    action = "approve_correction"


class TakeBackCorrectionForm(WishForm):
    """收回更正申请."""

    action = "take_back_correction"


class RefuseCorrectionForm(WishForm):
    """不批准更正."""

    action = "refuse_correction"

    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(2))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Refuse with the reason."""
        given = self.cleaned_data
        cases.refuse_correction(actor=actor, at=at, correction_id=given["correction"], reason=given["reason"])


class SensitiveForm(ActForm):
    """设为敏感 or 解除敏感, with a reason."""

    action = "mark_sensitive"
    is_sensitive: ClassVar[bool] = True

    reason = forms.CharField(label=_("理由"), max_length=500, widget=text_area(2))

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Mark the case, or lift the mark."""
        cases.mark_sensitive(
            is_sensitive=self.is_sensitive, reason=self.cleaned_data["reason"], **self._given(actor, at)
        )


class UnmarkSensitiveForm(SensitiveForm):
    """解除敏感."""

    action = "unmark_sensitive"
    is_sensitive: ClassVar[bool] = False


def account_label(account_id: UUID) -> str:
    """Name of an account, for who keeps access lists."""
    return display_names([account_id]).get(account_id, "")


class GrantAccessForm(ActForm):
    """列入名单: an account, or a unit."""

    action = "grant_access"

    account = forms.UUIDField(
        label=_("人员"),
        required=False,
        widget=Picker(reverse_lazy("workbench:pick_accounts"), account_label),
    )
    unit = unit_field(_("或单位"), required=False)

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Put the account or the unit on the list."""
        given = self.cleaned_data
        cases.grant_access(
            actor=actor, at=at, case_id=self.case.id, account=given["account"], unit=given["unit"]
        )


class RequestErasureForm(ActForm):
    """申请删除个人信息 of one report, with the legal basis."""

    action = "request_erasure"

    report = forms.ChoiceField(label=_("诉求"), widget=select())
    basis = forms.CharField(
        label=_("依据"), max_length=500, widget=text_area(2),
        help_text=_("如本人申请、保存期限届满；由安全管理员执行，执行后不能恢复。"),
    )  # fmt: skip

    def prepare(self) -> None:
        """Offer the reports that are neither erased nor asked for."""
        waiting = cases.ErasureRequest.objects.filter(case=self.case, state="asked").values("report")
        found = cases.reports_of(self.case).filter(erased_at=None).exclude(pk__in=waiting)
        choice_field(self, "report").choices = [(str(row.id), row.number) for row in found]

    def run(self, *, actor: Actor, at: datetime) -> None:
        """Ask for the erasure."""
        given = self.cleaned_data
        cases.request_erasure(actor=actor, at=at, report_id=UUID(given["report"]), basis=given["basis"])


_FORMS: tuple[type[ActForm], ...] = (
    ApproveCorrectionForm,
    RefuseCorrectionForm,
    TakeBackCorrectionForm,
    CorrectionForm,
    SensitiveForm,
    UnmarkSensitiveForm,
    GrantAccessForm,
    RequestErasureForm,
)
#: Form by its action, in the order in which the case page offers them.
ADMIN_FORMS: dict[str, type[ActForm]] = {form.action: form for form in _FORMS}
ADMIN_LABELS = {
    "approve_correction": _("批准更正"),
    "refuse_correction": _("不批准更正"),
    "take_back_correction": _("收回更正申请"),
    "correct": _("申请更正"),
    "mark_sensitive": _("设为敏感"),
    "unmark_sensitive": _("解除敏感"),
    "grant_access": _("列入名单"),
    "request_erasure": _("申请删除个人信息"),
}
