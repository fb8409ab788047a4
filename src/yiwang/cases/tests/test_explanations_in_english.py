"""What moved a limit, and why a source's limit holds, is told in the language of the reader."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from tools import translations

from yiwang.clocks.official import official_calendar
from yiwang.interface.error_words import error_words
from yiwang.kernel.working_time import SHANGHAI

from ..application_rules import Left, extension_words, resumed_words, suspension_words
from ..rules import SourceLimit, bounded_due
from .factories import dispatched, make_city
from .test_api import Api

CHINESE = re.compile("[\u4e00-\u9fff]")
FRIDAY = datetime(2026, 2, 13, 15, 20, tzinfo=SHANGHAI)
LATER = FRIDAY + timedelta(days=30)
DUE = official_calendar([2026]).add(FRIDAY, 4, "work_hour")


def _english(text: str) -> str:
    translations.compile_catalogues()
    with translation.override("en"):
        return error_words(text)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (
            extension_words(FRIDAY, Decimal(4), "work_hour", DUE, times=1, at=FRIDAY),
            "Extension 1: one more limit of 4 working hours from the old due instant 2026-02-13 15:20",
        ),
        (
            extension_words(FRIDAY, Decimal(4), "work_hour", DUE, times=2, at=LATER),
            "Extension 2: one more limit of 4 working hours from the old due instant 2026-02-13 15:20",
        ),
        (
            suspension_words(FRIDAY, Left(10_800), FRIDAY, LATER),
            "Suspended: the clock rests from 2026-02-13 15:20, with 3 h of working time left",
        ),
        (suspension_words(FRIDAY, Left(None), FRIDAY, LATER), "Suspended: the old limit 2026-02-13 15:20"),
        (
            resumed_words(FRIDAY, Left(10_800, on_wall=True), FRIDAY, DUE),
            "Resumed after suspension: the old limit was 2026-02-13 15:20, with 3 h on the wall clock left",
        ),
    ],
)
def test_a_moved_limit_is_explained_in_english(text: str, begins: str) -> None:
    said = _english(text)
    assert said.startswith(begins)
    assert CHINESE.findall(said) == []


@pytest.mark.parametrize("margin", ["", "4 工作时"])
@pytest.mark.parametrize("days", [0, 1, 9])
@pytest.mark.parametrize("own", [FRIDAY - timedelta(days=3), LATER])
@pytest.mark.parametrize("is_extended", [False, True])
def test_a_limit_under_a_source_is_explained_in_english(
    margin: str, days: int, own: datetime, is_extended: bool
) -> None:
    due = FRIDAY + timedelta(days=2)
    limit = SourceLimit(due, due - timedelta(hours=30 if margin else 0), margin)
    at = FRIDAY + timedelta(days=days)
    why = bounded_due(own, [limit], at=at, is_extended=is_extended)[1]
    said = _english(why + DUE.explanation)
    assert CHINESE.findall(said) == []
    assert "imit of the source" in said
    assert said.endswith("due Sat 14 Feb 2026 09:20.")


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "is_chinese"), [("en", False), ("zh-CN", True), ("", True)])
def test_the_clocks_of_the_api_are_explained_in_the_language_asked_for(
    language: str, is_chinese: bool
) -> None:
    translations.compile_catalogues()
    city = make_city()
    case = dispatched(city)
    headers = {"Accept-Language": language} if language else {}
    client = Api(city, kind="dispatcher").client
    sheet = client.get(f"/api/v1/cases/{case.id}/clocks", headers=headers).json()
    clocks = [sheet["promise"], *sheet["stages"], *sheet["tasks"]]
    told = [clock["explanation"] for clock in clocks if clock["explanation"]]
    assert [bool(CHINESE.search(words)) for words in told] == [is_chinese] * len(told)
    assert sheet["promise"]["explanation"]
