"""Wishes that a second person decides: the correction of a case, and the erasure of a report."""

from __future__ import annotations

from django.db import models

from ...kernel.canonical import new_salt
from ...kernel.ids import uuid7
from ..states import ASKED, CORRECTION, ERASURE
from .case import Case
from .report import Report


class Wish(models.Model):
    """Base: who asked and who decided, each with the `seq` of the case's entry that holds the words."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asked_by = models.UUIDField("申请人", null=True)
    asked_post = models.UUIDField("申请岗位", null=True)
    asked_at = models.DateTimeField("申请时间")
    asked_seq = models.PositiveIntegerField("申请存证序号")
    decided_by = models.UUIDField("决定人", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_seq = models.PositiveIntegerField("决定存证序号", null=True)

    class Meta:
        abstract = True


class Correction(Wish):
    """Correction 行政更正: plain fields of a case as they stand and as they should, decided by another.

    `before` and `after` hold texts by field; the journal holds codes, and commitments (with `salt`) to title,
    address and point. Erasing a report of the case blanks the texts and the salt.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="corrections", verbose_name="案件")
    state = models.CharField("状态", max_length=10, choices=list(CORRECTION.states.items()), default=ASKED)
    before = models.JSONField("更正前", default=dict)
    after = models.JSONField("更正后", default=dict)
    resets_clock = models.BooleanField("按更正后的类别重算时限", default=False)
    salt = models.BinaryField("承诺盐", default=new_salt)

    class Meta:
        verbose_name = "行政更正"
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state=ASKED), name="cases_correction_one_open"
            )
        ]


class ErasureRequest(Wish):
    """Erasure request 删除申请: what a reporter said and who they are is to be erased (PIPL §47)."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="erasures", verbose_name="诉求")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="erasures", verbose_name="案件")
    state = models.CharField("状态", max_length=10, choices=list(ERASURE.states.items()), default=ASKED)

    class Meta:
        verbose_name = "删除申请"
        indexes = [
            models.Index(
                fields=["asked_at", "id"], name="cases_erasure_open", condition=models.Q(state=ASKED)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=models.Q(state=ASKED), name="cases_erasure_one_open"
            )
        ]
