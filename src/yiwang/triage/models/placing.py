"""Tables of the place stage 地点: trained address readers, other names of roads and estates."""

from __future__ import annotations

from django.db import models

from ...ledger.public import RootRow


class AddressModel(RootRow):
    """Address model version 地址识别模型版本: what was trained, how good it is, and whether it reads now.

    Never changed, only put in use and taken out; at most one is in use. `span_f1` and `beaten_f1` (of
    the one in use when it was trained, or of the grammar) were measured on the same addresses, held back from
    training.
    """

    number = models.PositiveIntegerField("版本", unique=True)
    addresses = models.PositiveIntegerField("训练条数")
    held_back = models.PositiveIntegerField("检验条数")
    span_f1 = models.FloatField("片段F1")
    beaten_f1 = models.FloatField("原有片段F1")
    trained_at = models.DateTimeField("训练时间")
    in_use = models.BooleanField("使用中", default=False)

    class Meta:
        verbose_name = "地址识别模型版本"
        constraints = [
            models.UniqueConstraint(
                fields=["in_use"], condition=models.Q(in_use=True), name="triage_address_model_in_use"
            )
        ]


class AddressModelContent(models.Model):
    """Address model content 地址识别模型内容: the CRF and its gazetteer, as bytes."""

    version = models.OneToOneField(
        AddressModel,
        models.CASCADE,
        primary_key=True,
        related_name="content",
        verbose_name="地址识别模型版本",
    )
    crf = models.BinaryField("条件随机场")
    names = models.BinaryField("地名词典")

    class Meta:
        verbose_name = "地址识别模型内容"


class PlaceName(RootRow):
    """Place name 地名别名: another or former name of a road or an estate, and the one in the address base."""

    name = models.CharField("别名", max_length=60)
    stands_for = models.CharField("现用名", max_length=60)
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "地名别名"
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(retired_at=None), name="triage_place_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
