"""The full loop in one process, empty and at a million, beside a minimal loop through the ORM."""

from __future__ import annotations

import time
from typing import Any

from .figures import rate, write
from .stage import case_count, system


def _setting() -> dict[str, Any]:
    from yiwang.catalog.public import catalog_index
    from yiwang.orgs.public import area_index, unit_index

    index = catalog_index()
    community = next(n for n in area_index().by_id.values() if n.kind == "community" and n.tree == "legal")
    node = next(
        n for n in index.class_by_id.values() if not n.demands_registering and not n.review_required
        and n.kind in {"request", "grid_item"} and not index.conditions(n.id)
    )  # fmt: skip
    return {
        "actor": system(),
        "other": system(),
        "class": node.id,
        "community": community.id,
        "unit": next(iter(unit_index().by_id)),
    }


def one_loop(s: dict[str, Any]) -> None:
    """Create, dispatch, handle, recheck, close: five committed acts with journal and outbox."""
    from django.utils import timezone

    from yiwang.cases import public as cases

    now = timezone.now
    draft = cases.ReportDraft(
        channel="bench", text="中山路三号门口路灯不亮，请派人处理。", community=s["community"],
        matter_class=s["class"],
    )  # fmt: skip
    _, case = cases.receive_report(actor=s["actor"], at=now(), draft=draft, accept=True)
    cases.dispatch_case(actor=s["actor"], at=now(), case_id=case.id, host=s["unit"])
    cases.complete_task(actor=s["actor"], at=now(), case_id=case.id, result="已修复，灯已点亮。")
    cases.recheck_case(actor=s["other"], at=now(), case_id=case.id, result="passed")
    cases.close_case(actor=s["other"], at=now(), case_id=case.id, ending="solved")


def _without_evidence(s: dict[str, Any]) -> None:
    """Choose a class whose policy demands no pictures, so that the loop measures acts, not uploads."""
    from django.utils import timezone

    from yiwang.cases.public import policy_for
    from yiwang.catalog.public import catalog_index

    for node in catalog_index().class_by_id.values():
        if (
            not node.demands_registering
            and not node.review_required
            and not policy_for(node.kind, timezone.now()).evidence
        ):
            s["class"] = node.id
            return
    _make_plain_class(s)


def _make_plain_class(s: dict[str, Any]) -> None:
    from yiwang.catalog.models import MatterClass, Scheme
    from yiwang.ledger.public import bump_now

    scheme = Scheme.objects.get(code="hotline_12345")
    row, _ = MatterClass.objects.get_or_create(
        scheme=scheme, code="HBENCH", defaults={
            "name": "测速", "kind": "request", "level": "small", "review_required": False,
            "default_amount": 5, "default_unit": "work_day",
        },
    )  # fmt: skip
    bump_now("catalog")
    s["class"] = row.id


def minimal_orm_loop() -> None:
    """The baseline: five transactions of one insert or update, one history row, one outbox row each."""
    import os

    from django.db import transaction
    from django.utils import timezone

    from yiwang.kernel.ids import uuid7
    from yiwang.ledger.models import Delivery, IdempotentAnswer, OutboxEvent

    key = uuid7()
    row = None
    for step in range(5):
        with transaction.atomic():
            if row is None:
                row = IdempotentAnswer.objects.create(
                    token=key, scope="bench", key=str(key), request_hash=os.urandom(32), status=0, body="x"
                )
            else:
                row = IdempotentAnswer.objects.select_for_update().get(pk=row.pk)
                row.status = step
                row.save()
            Delivery.objects.create(event=row.pk * 10 + step, handler=f"bench{key}", at=timezone.now())
            OutboxEvent.objects.create(stream=key, lane=key.int % 16, kind="bench", body="{}")


def setting() -> dict[str, Any]:
    """Actors, class, community and unit of the measured loop."""
    s = _setting()
    _without_evidence(s)
    return s


def run(label: str) -> None:
    """Measure `loop.<label>`."""
    s = setting()
    value, _ = rate(lambda: one_loop(s), seconds=10, warm=20)
    baseline, _ = rate(minimal_orm_loop, seconds=4, warm=10)
    write(f"loop.{label}", size=case_count(), value=value, unit="loops/s", baseline=baseline)
    _clean()
    time.sleep(0.2)


def _clean() -> None:
    from yiwang.ledger.models import Delivery, IdempotentAnswer, OutboxEvent

    IdempotentAnswer.objects.filter(scope="bench").delete()
    Delivery.objects.filter(handler__startswith="bench").delete()
    OutboxEvent.objects.filter(kind="bench").delete()
