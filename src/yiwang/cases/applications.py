"""Applications 申请: what pages and other apps use of them, reached as `cases.public.applications`."""

from .application_policy import application_reasons, application_rule, reason_label
from .application_rules import APPROVING_ACTS, LONGEST_DAYS, RuleInForce
from .enums import ApplicationKind, LapseCause
from .models import Application, ApplicationApproval, ApplicationReason, ApplicationRule
from .services.application_settings import (
    ApplicationRuleTerms,
    add_application_reason,
    end_application_reason,
    end_application_rule,
    set_application_rule,
)
from .services.applying import (
    APPLY,
    ApplicationTerms,
    Offer,
    Paper,
    application_offers,
    application_row,
    ask_application,
    take_back_application,
)
from .services.deciding import approve_application, may_decide, refuse_application
from .services.suspending import RESUME_TIMER, may_resume, resume_case
from .states import APPLICATION, ASKED, LAPSED, SUSPENDED

__all__ = [
    "APPLICATION",
    "APPLY",
    "APPROVING_ACTS",
    "ASKED",
    "LAPSED",
    "LONGEST_DAYS",
    "RESUME_TIMER",
    "SUSPENDED",
    "Application",
    "ApplicationApproval",
    "ApplicationKind",
    "ApplicationReason",
    "ApplicationRule",
    "ApplicationRuleTerms",
    "ApplicationTerms",
    "LapseCause",
    "Offer",
    "Paper",
    "RuleInForce",
    "add_application_reason",
    "application_offers",
    "application_reasons",
    "application_row",
    "application_rule",
    "approve_application",
    "ask_application",
    "end_application_reason",
    "end_application_rule",
    "may_decide",
    "may_resume",
    "reason_label",
    "refuse_application",
    "resume_case",
    "set_application_rule",
    "take_back_application",
]
