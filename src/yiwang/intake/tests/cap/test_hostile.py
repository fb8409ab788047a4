"""Messages made to be slow: large texts that a careless pattern or shape would never come to the end of."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from yiwang.intake.rules.cap.documents import DEFAULT_BYTES
from yiwang.intake.rules.cap.examining import MOST_SHAPES, Trust, examine
from yiwang.intake.rules.cap.feed import read_index
from yiwang.intake.rules.cap.geography import MOST_MENDED, Geography
from yiwang.intake.rules.cap.messages import CapAlert
from yiwang.intake.rules.cap.parsing import MOST_REFERENCES
from yiwang.intake.rules.cap.refusals import CapRefused
from yiwang.intake.rules.cap.settings import CapSettings

from .messages import AT, block, message
from .test_geography import GEOGRAPHY, OWN

MANY = 1_500_000
#: Seconds of the processor that any of these may take; the slowest takes about a second alone.
PATIENCE = 8.0


def pairs(count: int, seed: int = 1) -> str:
    points = np.random.default_rng(seed).uniform((32.0, 118.0), (32.1, 118.2), (count, 2)).round(5)
    return " ".join(f"{lat},{lon}" for lat, lon in points.tolist())


def circles(count: int) -> str:
    return "".join(f"<circle>32.0{number % 10},118.{number:05d} 30</circle>" for number in range(count))


EVIL: dict[str, Callable[[], str]] = {
    "digits in a polygon": lambda: message(area=f"<polygon>{'1' * MANY}</polygon>"),
    "blanks in a polygon": lambda: message(area=f"<polygon>1{' ' * MANY}1</polygon>"),
    "commas in a polygon": lambda: message(area=f"<polygon>{',' * MANY}</polygon>"),
    "a tangle of a polygon": lambda: message(area=f"<polygon>{pairs(60_000)}</polygon>"),
    "many small tangles": lambda: message(
        area="".join(f"<polygon>{pairs(MOST_MENDED - 1, n)}</polygon>" for n in range(MOST_SHAPES))
    ),
    "digits in a circle": lambda: message(area=f"<circle>{'1' * MANY}</circle>"),
    "circles": lambda: message(area=circles(MOST_SHAPES)),
    "letters in references": lambda: message(msg_type="Update", references="a" * MANY),
    "commas in references": lambda: message(msg_type="Update", references="a," * (MANY // 2)),
    "blanks in a break": lambda: message(description=f"&lt;br{' ' * MANY}x"),
    "breaks": lambda: message(description="&lt;br " * (MANY // 8)),
    "tags": lambda: message(description="&lt;p " * (MANY // 8)),
    "names of colours": lambda: message(
        more=f"<parameter><valueName>{'预警' * (MANY // 8)}</valueName><value>{'I' * 99}</value></parameter>"
    ),
    "a severity": lambda: message(severity="1" * MANY),
    "a time": lambda: message(effective=" " * 9 + "2026-07-01" + " " * MANY + "x"),
    "codes": lambda: message(
        area=f"<geocode><valueName>x</valueName><value>{'320000 ' * (MANY // 8)}</value></geocode>"
    ),
    "a name of a code": lambda: message(
        area=f"<geocode><valueName>{'CAP-' * (MANY // 4)}</valueName><value>1</value></geocode>"
    ),
    "a description": lambda: message(area="", area_name="、" * (MANY // 3)),
    "blocks": lambda: message(infos=block(description="x") * 2_500),
    "comments": lambda: message(infos="<!-- -->" * 180_000),
}


@pytest.mark.parametrize("name", EVIL)
def test_a_message_made_to_be_slow_is_read_or_refused_in_time(name: str) -> None:
    raw = EVIL[name]().encode()
    assert len(raw) <= DEFAULT_BYTES
    began = time.process_time()
    try:
        alert = examine(raw, settings=CapSettings(), trust=Trust(), at=AT)
        GEOGRAPHY.touched(alert)
    except CapRefused:
        pass
    assert time.process_time() - began < PATIENCE


def touched(alert: CapAlert) -> list[str]:
    return [each.code for each in Geography(OWN).touched(alert)]


def test_a_large_tangle_is_taken_by_its_hull_so_nobody_is_left_unwarned() -> None:
    raw = message(area=f"<polygon>{pairs(5_000)}</polygon>").encode()
    found = touched(examine(raw, settings=CapSettings(), trust=Trust(), at=AT))
    assert found == ["320111", "320111001", "320111002", "320112"]


@pytest.mark.parametrize(
    "given",
    [{"area": circles(MOST_SHAPES + 1)}, {"msg_type": "Update", "references": "a " * (MOST_REFERENCES + 1)}],
)
def test_too_many_shapes_or_references_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(CapRefused) as refused:
        examine(message(**given).encode(), settings=CapSettings(), trust=Trust(), at=AT)
    assert refused.value.reason == "too_large"


def test_an_index_made_to_be_slow_is_read_in_time() -> None:
    began = time.process_time()
    entries = "<entry><link href='a'/></entry>" * 40_000
    read_index(f"<feed>{entries}</feed>".encode(), "https://a/", limit=DEFAULT_BYTES)
    assert time.process_time() - began < PATIENCE
