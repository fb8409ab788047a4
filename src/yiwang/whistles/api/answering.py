"""Answering 应答: who asks, and an act that is done once under an `Idempotency-Key`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ...interface.public import answer_act, asker, expected_version
from ...ledger.public import answer_once
from ..models import Whistle
from .schemas import whistle_out

actor, answer = asker, partial(answer_act, once=answer_once)


def act_on(request: HttpRequest, whistle_id: UUID, service: Callable[..., Any], **given: Any) -> HttpResponse:
    """One act on a whistle: its new self."""
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        made = service(
            actor=actor(request), at=timezone.now(), whistle_id=whistle_id, expected=expected, **given
        )
        if isinstance(made, Whistle):
            return whistle_out(made)
        return whistle_out(Whistle.objects.get(pk=whistle_id))

    return answer(request, 200, produce)
