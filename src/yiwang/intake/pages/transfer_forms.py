"""Forms 表单 of transfers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import TransferState
from ..queries.channels import LiveChannel
from ..queries.transfers import remote_of
from ..services.transfers import MAX_TEXT


class TransferForm(forms.Form):
    """Which platform, and what it is told."""

    channel = forms.ChoiceField(label=_("外部平台"))
    description = forms.CharField(
        label=_("发送内容"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("对方会看到全部内容。请勿写入诉求人姓名、电话等个人信息。"),
    )  # fmt: skip

    def __init__(self, *args: Any, channels: list[LiveChannel], **given: Any) -> None:
        super().__init__(*args, **given)
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(channel.id), f"{remote_of(channel).title}（{channel.name}）") for channel in channels
        ]


class TransferFilterForm(forms.Form):
    """State of the transfers that a list shows."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *TransferState.choices]
    )
