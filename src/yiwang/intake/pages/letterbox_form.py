"""The public form 公众表单 as its channel's settings want it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from ...cases.public import Privacy, RequestKind
from ...interface.public import PicturesField
from ...kernel.errors import Invalid
from ..rules.letterbox import Answers, FormSettings
from ..services.letterbox import Where, packed_pictures

LEVELS = ("district", "street", "community")
_PHONE = re.compile(r"^\+?[0-9][0-9 -]{5,18}[0-9]$")
_MOST_BYTES = 20_000_000
_PRIVACY_WORDS = {
    Privacy.OPEN: _("不保密：承办单位可以看到遮盖后的联系方式"),
    Privacy.CONFIDENTIAL: _("要求保密：承办单位看不到我的信息"),
    Privacy.ANONYMOUS: _("匿名：不保存我的称呼和电话"),
}


class LetterboxForm(forms.Form):
    """我对书记有话说、随手拍: what one channel asks for.

    `website` is a trap that people do not see; who fills it in is told, so that nothing is lost silently.
    """

    text = forms.CharField(
        label=_("您想说的话"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "letter-text"}),
    )
    pictures = PicturesField(label=_("照片"), required=False)
    address = forms.CharField(
        label=_("地点描述"), max_length=300, required=False,
        widget=forms.TextInput(attrs={"placeholder": _("例如：某某小区 3 号楼门口")}),
    )  # fmt: skip
    district = forms.UUIDField(required=False)
    street = forms.UUIDField(required=False)
    community = forms.UUIDField(label=_("社区"), required=False)
    place_lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    place_lat = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("类型"), widget=forms.RadioSelect)
    privacy = forms.ChoiceField(
        label=_("匿名或保密"), choices=list(_PRIVACY_WORDS.items()), initial=Privacy.OPEN,
        widget=forms.RadioSelect,
    )  # fmt: skip
    name = forms.CharField(label=_("称呼"), max_length=40, required=False)
    phone = forms.CharField(
        label=_("联系电话"), max_length=20, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )  # fmt: skip
    consent = forms.BooleanField(label=_("我已阅读告知，同意为办理本诉求使用上述信息"))
    ticket = forms.CharField(max_length=200, widget=forms.HiddenInput)
    website = forms.CharField(
        label=_("请勿填写"), required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )  # fmt: skip

    def __init__(self, *args: Any, settings: FormSettings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settings = settings
        kinds = dict(RequestKind.choices)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(value, kinds[value]) for value in settings.kinds]
        kind.initial = RequestKind.HELP if RequestKind.HELP in settings.kinds else settings.kinds[0]
        if settings.text_label:
            self.fields["text"].label = settings.text_label
        accepted = {"accept": "image/jpeg,image/png,image/webp"}
        self.fields["pictures"].widget.attrs.update(accepted)
        self.fields["pictures"].help_text = _("可不传；最多 {most} 张。").format(most=settings.pictures)
        self.fields["phone"].required = settings.contact == "required" and not self._is_anonymous()
        for name in self._unasked():
            del self.fields[name]

    def _is_anonymous(self) -> bool:
        return self.data.get("privacy") == Privacy.ANONYMOUS and self.settings.asks_privacy

    def _unasked(self) -> list[str]:
        unasked = []
        if len(self.settings.kinds) == 1:
            unasked.append("kind")
        if not self.settings.asks_privacy:
            unasked.append("privacy")
        if not self.settings.pictures:
            unasked.append("pictures")
        if self.settings.place == "none":
            unasked += [*LEVELS, "place_lon", "place_lat", "address"]
        return unasked

    def clean_phone(self) -> str:
        """A phone number of plausible shape, or nothing."""
        phone = str(self.cleaned_data["phone"]).strip()
        if phone and not _PHONE.match(phone):
            raise forms.ValidationError(_("请填写正确的电话号码。"))
        return phone

    def clean_pictures(self) -> list[dict[str, str]]:
        """Pictures ready to be sent on, no more than the channel takes."""
        uploads: list[UploadedFile] = self.cleaned_data["pictures"]
        if len(uploads) > self.settings.pictures:
            most = self.settings.pictures
            raise forms.ValidationError(_("最多上传 {most} 张照片。").format(most=most))
        if any((upload.size or 0) > _MOST_BYTES for upload in uploads):
            raise forms.ValidationError(_("单张照片不能超过 20 MB。"))
        try:
            return packed_pictures([(upload.name or "", upload.read()) for upload in uploads])
        except Invalid as problem:
            first = problem.problems[0]
            raise forms.ValidationError(f"{first.value}：{first.remedy}") from problem

    def clean_website(self) -> str:
        """Stays empty when a person fills the form in."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("请清空“请勿填写”一栏后再提交。"))
        return ""

    def clean(self) -> dict[str, Any]:
        """A place where the channel needs one; half a point is none."""
        given = super().clean() or self.cleaned_data
        if (given.get("place_lon") is None) != (given.get("place_lat") is None):
            given["place_lon"] = given["place_lat"] = None
        has_place = given.get("place_lon") is not None or given.get("community")
        if self.settings.place == "required" and not has_place:
            self.add_error("community", _("请选择社区，或在地图上选点。"))
        return given

    def answers(self, number: str, where: Where) -> Answers:
        """The filled-in form as the door takes it."""
        given = self.cleaned_data
        return Answers(
            number=number, text=given["text"].strip(), kind=given.get("kind") or self.settings.kinds[0],
            privacy=given.get("privacy") or Privacy.OPEN, name=given["name"], phone=given["phone"],
            address=given.get("address", ""), lon=given.get("place_lon"), lat=given.get("place_lat"),
            community=where.community, areas=where.names, codes=where.codes,
            pictures=given.get("pictures", []),
        )  # fmt: skip
