"""API of the class stage 事项类别接口: many texts at once, each with its class, urgency, kind and reasons."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from ...interface.public import ProblemOut, actor_of
from ...kernel.errors import Refused
from ..rules.proposals import ClassProposal, Reason
from ..rules.said import Said
from ..services.classing import classify
from ..services.wording import read_wording

router = Router(tags=["triage"])
PROBLEMS = dict.fromkeys((401, 403, 422), ProblemOut)
#: Most texts in one call.
MOST = 1000
VIEW = "cases.view"


class TextIn(Schema):
    """One text to class; a title counts with it."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(..., min_length=1, max_length=8000)
    title: str = Field("", max_length=200)


class TextsIn(Schema):
    """Texts to class, at most 1,000; `schemes` narrows to these."""

    model_config = ConfigDict(extra="forbid")

    texts: list[TextIn] = Field(..., min_length=1, max_length=MOST)
    schemes: list[str] | None = None


class ReasonOut(Schema):
    """A reason in words."""

    code: str
    words: str
    weight: float


class OtherOut(Schema):
    """A next best class."""

    code: str
    confidence: float


class ClassOut(Schema):
    """A class of one scheme; `outcome` is `sure` or `unsure`, `model` is `cold` without a trained one."""

    scheme: str
    code: str
    outcome: str
    confidence: float
    model: str
    reasons: list[ReasonOut]
    others: list[OtherOut]


class ClassifiedOut(Schema):
    """What the words of one text say."""

    classes: list[ClassOut]
    urgency: str
    urgency_reasons: list[ReasonOut]
    kind: str
    kind_named: bool
    kind_reasons: list[ReasonOut]


class ClassifiedListOut(Schema):
    """Answers in the order of the texts."""

    items: list[ClassifiedOut]


@router.post("/triage/classify", response={200: ClassifiedListOut, **PROBLEMS}, summary="事项类别研判")
def post_classify(request: HttpRequest, body: TextsIn) -> dict[str, Any]:
    """Class, urgency and request kind of many texts; nothing is stored."""
    actor = actor_of(request)
    if actor is None or not actor.may_anywhere(VIEW):
        raise Refused("需要查看案件的权限。", code="refused", act=VIEW)
    now = timezone.now()
    said = [Said(key=uuid4(), text=f"{one.title}\n{one.text}".strip(), at=now) for one in body.texts]
    rows = zip(classify(said, at=now, schemes=body.schemes), read_wording(said), strict=True)
    return {
        "items": [
            {
                "classes": [_class(one) for one in proposals],
                "urgency": wording.urgency,
                "urgency_reasons": _reasons(wording.urgency_reasons),
                "kind": wording.kind,
                "kind_named": wording.kind_named,
                "kind_reasons": _reasons(wording.kind_reasons),
            }
            for proposals, wording in rows
        ]
    }


def _class(one: ClassProposal) -> dict[str, Any]:
    return {
        "scheme": one.scheme,
        "code": one.code,
        "outcome": one.outcome.value,
        "confidence": one.confidence,
        "model": one.model,
        "reasons": _reasons(one.reasons),
        "others": [{"code": code, "confidence": confidence} for code, confidence in one.others],
    }


def _reasons(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return [{"code": one.code, "words": one.words, "weight": one.weight} for one in reasons]
