"""Tables of `cases`: reports, cases, tasks, and what happens to them."""

from .case import Case, CaseAccess, CaseSearch, Remark, ReportLink
from .checks import Merge, Rating, RatingOption, Recheck
from .policy import LoopPolicy, Phrase
from .report import FollowUp, Report
from .task import Task
from .wishes import Correction, ErasureRequest

__all__ = [
    "Case",
    "CaseAccess",
    "CaseSearch",
    "Correction",
    "ErasureRequest",
    "FollowUp",
    "LoopPolicy",
    "Merge",
    "Phrase",
    "Rating",
    "RatingOption",
    "Recheck",
    "Remark",
    "Report",
    "ReportLink",
    "Task",
]
