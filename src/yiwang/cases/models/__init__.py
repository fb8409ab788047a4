"""Tables of `cases`: reports, cases, tasks, and what happens to them."""

from .admitting import AdmissionCheck, UnlistedRefusal
from .applications import Application, ApplicationApproval, ApplicationReason, ApplicationRule
from .callbacks import Callback, CallbackAttempt, CallbackQuestion, CallbackRule
from .case import Case, CaseAccess, CaseSearch, Remark, ReportLink
from .checks import Merge, Rating, RatingOption, Recheck
from .clocks import ContactAttempt, StageClock, StageLimit
from .ladders import Ladder, LadderReplan, Supervision
from .levels import LevelRule, LevelStep, RaiseRule
from .policy import LoopPolicy, Phrase
from .report import FollowUp, Report
from .returns import (
    Arbitration,
    ArbitrationView,
    FallbackOwner,
    FallbackTaking,
    Handover,
    ReturnReason,
    ReturnRule,
    TaskReturn,
)
from .same_day import SameDay, SameDayRule, SiteConfirmation
from .task import Task
from .wishes import Correction, ErasureRequest

__all__ = [
    "AdmissionCheck",
    "Application",
    "ApplicationApproval",
    "ApplicationReason",
    "ApplicationRule",
    "Arbitration",
    "ArbitrationView",
    "Callback",
    "CallbackAttempt",
    "CallbackQuestion",
    "CallbackRule",
    "Case",
    "CaseAccess",
    "CaseSearch",
    "ContactAttempt",
    "Correction",
    "ErasureRequest",
    "FallbackOwner",
    "FallbackTaking",
    "FollowUp",
    "Handover",
    "Ladder",
    "LadderReplan",
    "LevelRule",
    "LevelStep",
    "LoopPolicy",
    "Merge",
    "Phrase",
    "RaiseRule",
    "Rating",
    "RatingOption",
    "Recheck",
    "Remark",
    "Report",
    "ReportLink",
    "ReturnReason",
    "ReturnRule",
    "SameDay",
    "SameDayRule",
    "SiteConfirmation",
    "StageClock",
    "StageLimit",
    "Supervision",
    "Task",
    "TaskReturn",
    "UnlistedRefusal",
]
