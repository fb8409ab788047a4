"""Tables of `whistles` 吹哨报到."""

from .kinds import FrequencyRule, OutsideUnit, WhistleKind, WhistleMatter, WhistleRatingOption, WorkStage
from .schedules import WhistleSchedule
from .tasks import TASK_FILES, CheckIn, WhistleClock, WhistleTask
from .whistle import WHISTLE_FILES, Whistle, WhistleCase, WhistleRemark
from .work import WhistleItem, WhistleMinutes, WhistleRating

__all__ = [
    "TASK_FILES",
    "WHISTLE_FILES",
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
