"""Tables of `files` 证据."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from ..kernel.ids import uuid7
from .enums import Stage


class Attachment(models.Model):
    """Attachment 附件: one file that belongs to a row of another app, cleaned and content-addressed.

    `sha256` names the stored bytes, `received_sha256` those that were handed in; the caller puts the first
    in its journal. `taken_at`, `lon` and `lat` were read from the picture before it was cleaned (degrees,
    WGS84) and are as sensitive as the picture. An erased row keeps its key and loses all of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner_type = models.CharField("所属类型", max_length=40)
    owner_id = models.UUIDField("所属对象")
    stage = models.CharField("环节", max_length=12, choices=Stage.choices)
    purpose = models.CharField("用途", max_length=80, default="", blank=True)
    filename = models.CharField("文件名", max_length=120)
    media_type = models.CharField("媒体类型", max_length=80)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField("散列", max_length=64)
    received_sha256 = models.CharField("原件散列", max_length=64)
    thumb_sha256 = models.CharField("缩略图散列", max_length=64, default="", blank=True)
    width = models.PositiveIntegerField("宽", null=True, blank=True)
    height = models.PositiveIntegerField("高", null=True, blank=True)
    taken_at = models.DateTimeField("拍摄时间", null=True, blank=True)
    lon = models.FloatField("拍摄经度", null=True, blank=True)
    lat = models.FloatField("拍摄纬度", null=True, blank=True)
    uploaded_by = models.UUIDField("上传人", null=True, blank=True)
    uploaded_at = models.DateTimeField("上传时间")
    erased_at = models.DateTimeField("删除时间", null=True, blank=True)

    class Meta:
        verbose_name = "附件"
        ordering = ["uploaded_at", "id"]
        indexes = [
            models.Index(fields=["owner_type", "owner_id", "uploaded_at"], name="files_by_owner"),
            models.Index(fields=["sha256"], name="files_by_content", condition=~Q(sha256="")),
            models.Index(fields=["thumb_sha256"], name="files_by_thumb", condition=~Q(thumb_sha256="")),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_image(self) -> bool:
        """Whether it is a picture, which has a thumbnail and may be shown in the page."""
        return self.media_type.startswith("image/")

    @property
    def url(self) -> str:
        """Address of the file."""
        return reverse("files:download", args=[self.id])

    @property
    def thumbnail_url(self) -> str:
        """Address of the thumbnail; empty for what is no picture."""
        return reverse("files:thumbnail", args=[self.id]) if self.is_image else ""
