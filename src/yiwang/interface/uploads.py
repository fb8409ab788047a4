"""Uploads 上传: form fields that several apps use for pictures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile


class PicturesInput(forms.ClearableFileInput):
    """File input that takes several pictures at once."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Pictures 照片: several uploads under one name; an empty list when there are none."""

    widget = PicturesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Every upload, each checked as a file of its own."""
        uploads = data if isinstance(data, (list, tuple)) else [data] if data else []
        if self.required and not uploads:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(PicturesField, self).clean(upload, initial) for upload in uploads]


def pictures(label: Any, *, help_text: Any = "", required: bool = False) -> PicturesField:
    """A field for pictures from camera or album."""
    widget = PicturesInput(attrs={"accept": "image/*"})
    return PicturesField(label=label, required=required, widget=widget, help_text=help_text)
