"""What the admitted lists said at a dispatch 准入校验, and what a community refused 清单外拒收."""

from __future__ import annotations

from django.db import models

from ...catalog.public import AdmissionLevel, AdmissionVerdict
from ...kernel.ids import uuid7
from .case import Case
from .task import Task


class AdmissionCheck(models.Model):
    """Admission check 准入校验: why a task of a round could go to a unit of grid, community or street level.

    Belongs to the stream of its case. `words` is the explanation as of that day; `matter` and `exemption` are
    keys of the catalog's rows, whichever allowed it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="admission_checks", verbose_name="案件"
    )
    round = models.SmallIntegerField("办理轮次")
    unit = models.UUIDField("承办单位")
    level = models.CharField("层级", max_length=12, choices=AdmissionLevel.choices)
    verdict = models.CharField("结论", max_length=12, choices=AdmissionVerdict.choices)
    matter = models.UUIDField("准入事项", null=True)
    exemption = models.UUIDField("应急豁免", null=True)
    words = models.TextField("说明")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "准入校验"
        ordering = ["-id"]


class UnlistedRefusal(models.Model):
    """Refusal of an unlisted matter 清单外拒收: a community gave back what is on neither of its lists.

    Belongs to the stream of its case. It needs no approval and is no return (退单); it is counted by unit.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="unlisted_refusals", verbose_name="案件"
    )
    task = models.OneToOneField(
        Task, on_delete=models.PROTECT, related_name="unlisted_refusal", verbose_name="任务"
    )
    unit = models.UUIDField("拒收单位")
    matter_class = models.UUIDField("事项类别", null=True)
    words = models.TextField("说明")
    by = models.UUIDField("拒收人", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "清单外拒收"
        ordering = ["-id"]
        indexes = [models.Index(fields=["unit", "-at"], name="cases_unlisted_unit")]
