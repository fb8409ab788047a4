"""Tables of `whistles` 吹哨报到."""

from .kinds import FrequencyRule, OutsideUnit, WhistleKind, WhistleMatter, WhistleRatingOption, WorkStage
from .schedules import WhistleSchedule
from .tasks import CheckIn, WhistleClock, WhistleTask
from .whistle import Whistle, WhistleCase, WhistleRemark
from .work import WhistleItem, WhistleMinutes, WhistleRating

__all__ = [
    "CheckIn",
    "FrequencyRule",
    "OutsideUnit",
    "Whistle",
    "WhistleCase",
    "WhistleClock",
    "WhistleItem",
    "WhistleKind",
    "WhistleMatter",
    "WhistleMinutes",
    "WhistleRating",
    "WhistleRatingOption",
    "WhistleRemark",
    "WhistleSchedule",
    "WhistleTask",
    "WorkStage",
]
