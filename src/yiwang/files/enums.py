"""Choices of `files`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """Stage of a file 材料环节: at which point of a case's life it shows the matter."""

    SCENE = "scene", _("现场")
    BEFORE = "before", _("处置前")
    AFTER = "after", _("处置后")
    RECHECK = "recheck", _("核查")
    REFERENCE = "reference", _("参考")
    OTHER = "other", _("其他")
