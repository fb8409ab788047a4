"""The door of `cases`; everything else in the package is private."""

from . import applications
from .clock_sheet import ClockSheet, ClockView, clock_sheet
from .enums import (
    LADDER_ACTS,
    ArbitrationCause,
    AttemptResult,
    CallbackCause,
    CallbackState,
    CallbackWay,
    CasePath,
    ClockEnding,
    ConfirmationMeans,
    ConfirmationResult,
    ContactWay,
    Ending,
    FallbackCause,
    FollowUpKind,
    LadderEvent,
    LevelStepKind,
    PhrasePurpose,
    Privacy,
    QuestionKind,
    RatingQuestion,
    RecheckResult,
    RedoCause,
    RequestKind,
    ReturnStart,
    ReviewRule,
    RulingMode,
    SameDayState,
    Stage,
    StepAct,
    StepAnchor,
    StepCause,
    StepTarget,
    TaskRole,
    Urgency,
    Voice,
)
from .events import (
    CaseArbitrated,
    CaseClosed,
    CaseCorrected,
    CaseDispatched,
    CaseMoved,
    CaseOverdue,
    CaseRated,
    CaseReceived,
    CaseRepeated,
    CaseStepReached,
    CaseUnsolved,
    EvidenceAdded,
    ReportErased,
    ReportFollowedUp,
    ReportsImported,
    SameDayMissed,
)
from .ladders import ladder_for
from .lists import CaseFilter, CasePage, cover, list_cases, queue_filter, turn_page
from .loop_rules import (
    Level,
    callback_questions,
    callback_rule_for,
    level_name,
    levels_of,
    same_day_rule_for,
)
from .models import (
    AdmissionCheck,
    Arbitration,
    ArbitrationView,
    Callback,
    CallbackAttempt,
    CallbackQuestion,
    CallbackRule,
    Case,
    CaseAccess,
    CaseSearch,
    ContactAttempt,
    Correction,
    ErasureRequest,
    FallbackOwner,
    FallbackTaking,
    FollowUp,
    Handover,
    Ladder,
    LadderReplan,
    LevelRule,
    LevelStep,
    LoopPolicy,
    Merge,
    Phrase,
    RaiseRule,
    Rating,
    RatingOption,
    Recheck,
    Remark,
    Report,
    ReportLink,
    ReturnReason,
    ReturnRule,
    SameDay,
    SameDayRule,
    SiteConfirmation,
    StageClock,
    StageLimit,
    Supervision,
    Task,
    TaskReturn,
    UnlistedRefusal,
)
from .permissions import may
from .policy import Policy, local_day, policy_for, rating_options
from .queries import absorbed_keys, callbacks_for, case_for, reports_of, task_units, visible_to
from .repeats import EarlierCase, earlier_closed
from .return_policy import (
    Fallback,
    Reason,
    ReturnLimits,
    fallback_of,
    reason_words,
    return_limits,
    return_reasons,
)
from .rules import TOLD_EVENTS, is_overdue, who_tells
from .services.accepting import (
    accept_case,
    claim_case,
    confirm_case,
    refute_case,
    register_case,
    reject_case,
    request_verification,
    return_to_acceptance,
    take_back_acceptance,
    void_case,
)
from .services.access import grant_access, mark_sensitive, revoke_access
from .services.admitting import (
    InspectionForbidden,
    NotAdmitted,
    admission_for,
    demand_listed,
    level_of,
    refusal_words,
    refuse_unlisted,
)
from .services.arbitrating import (
    MeetingView,
    Ruling,
    ask_arbitration,
    is_judge,
    rule_arbitration,
)
from .services.bulk import (
    IMPORTED_STATES,
    BulkOutcome,
    BulkReport,
    ImportedHistory,
    import_reports,
    known_source_numbers,
    reports_by_source_number,
)
from .services.calling_back import Said, awaits_person, finish_callback, record_message, try_callback
from .services.checking import approve_feedback, close_case, recheck_case, rework_case
from .services.closing import (
    archive_case,
    demand_redo,
    rate_case,
    reopen_by_repeat,
    reopen_case,
    withdraw_report,
)
from .services.confirming import Look, confirm_on_site
from .services.contacting import contact_reporter
from .services.contacts import (
    earlier_reports,
    is_hidden,
    masked_contact,
    reports_by_phone,
    reveal_contact,
)
from .services.correcting import (
    CorrectionTerms,
    approve_correction,
    ask_correction,
    refuse_correction,
    take_back_correction,
)
from .services.defaults import load_defaults
from .services.dispatching import LimitUnusable, dispatch_case, limit_for, recall_case
from .services.erasing import execute_erasure, refuse_erasure, request_erasure
from .services.event_steps import Occurrence, take_event_steps
from .services.evidence import ADDING_ACTS, Picture, attach_evidence
from .services.falling_back import (
    FallbackOffer,
    fallback_offer,
    take_fallback,
)
from .services.handing_over import (
    hand_over_case,
    mark_first_asked,
)
from .services.handling import EVIDENCE_OWNER, complete_task, sign_task
from .services.ladders import STEP_TIMER, cancel_steps, plan_steps, replan_steps
from .services.loop_rules import TABLES as LOOP_RULE_TABLES
from .services.loop_rules import add_loop_rule, end_loop_rule
from .services.merging import merge_cases, unmerge_cases
from .services.moving import case_policy, facts_of
from .services.nearest import Candidate, nearest_on_duty
from .services.passing_up import held_levels, pass_up, raise_level
from .services.phrases import add_phrase, edit_phrase, may_edit_phrases, retire_phrase
from .services.policies import EVIDENCE_STAGES, PolicyTerms, end_policy, set_policy
from .services.receiving import ReportDraft, follow_up_report, receive_report
from .services.replanning import replan_ladder
from .services.return_rules import (
    ReturnRuleTerms,
    add_return_reason,
    end_fallback_owner,
    end_return_reason,
    set_fallback_owner,
    set_return_rule,
)
from .services.returning import (
    ReturnTerms,
    ask_return,
    grant_return,
    refer_return,
    refuse_return,
    take_back_return,
)
from .services.same_day import control_risk, dispatch_first
from .services.scales import add_rating_option, end_rating_option, order_rating_options
from .services.setting_ladders import LadderTerms, end_ladder, replans, set_ladder, switch_ladder
from .services.short_paths import answer_directly, handle_on_the_spot, recheck_sample
from .services.source_limits import set_source_limit
from .services.stage_limits import StageTerms, end_stage_limit, set_stage_limit
from .services.stages import STAGE_OF, TIME_ONLY, end_stage
from .services.supervising import (
    demand_again,
    lift_listing,
    list_case,
    reply_supervision,
    settle_supervision,
    supervise_case,
    urge_case,
)
from .services.telling import sends_messages
from .states import (
    ARBITRATION,
    CASE,
    CASE_STATES,
    CORRECTION,
    ERASURE,
    OPEN_STATES,
    OPEN_TASK_STATES,
    RETURN,
    SUPERVISION,
    TASK,
)
from .tracking import RESIDENT, report_for, tracking_path, tracking_token

__all__ = [
    "ADDING_ACTS", "ARBITRATION", "CASE", "CASE_STATES", "CORRECTION", "ERASURE", "EVIDENCE_OWNER",
    "EVIDENCE_STAGES", "IMPORTED_STATES", "LADDER_ACTS", "LOOP_RULE_TABLES", "OPEN_STATES",
    "OPEN_TASK_STATES", "RESIDENT", "RETURN", "STAGE_OF", "STEP_TIMER", "SUPERVISION", "TASK",
    "TIME_ONLY", "TOLD_EVENTS", "AdmissionCheck", "Arbitration", "ArbitrationCause", "ArbitrationView",
    "AttemptResult", "BulkOutcome", "BulkReport", "Callback", "CallbackAttempt", "CallbackCause",
    "CallbackQuestion", "CallbackRule", "CallbackState", "CallbackWay", "Candidate", "Case",
    "CaseAccess", "CaseArbitrated", "CaseClosed", "CaseCorrected", "CaseDispatched", "CaseFilter",
    "CaseMoved", "CaseOverdue", "CasePage", "CasePath", "CaseRated", "CaseReceived", "CaseRepeated",
    "CaseSearch",
    "CaseStepReached", "CaseUnsolved", "ClockEnding", "ClockSheet", "ClockView", "ConfirmationMeans",
    "ConfirmationResult", "ContactAttempt", "ContactWay", "Correction", "CorrectionTerms", "EarlierCase",
    "Ending", "ErasureRequest", "EvidenceAdded", "Fallback", "FallbackCause", "FallbackOffer",
    "FallbackOwner", "FallbackTaking", "FollowUp", "FollowUpKind", "Handover", "ImportedHistory",
    "InspectionForbidden",
    "Ladder", "LadderEvent", "LadderReplan", "LadderTerms",
    "Level", "LevelRule", "LevelStep", "LevelStepKind",
    "LimitUnusable", "Look", "LoopPolicy", "MeetingView", "Merge", "NotAdmitted", "Occurrence", "Phrase",
    "PhrasePurpose", "Picture", "Policy", "PolicyTerms", "Privacy", "QuestionKind", "RaiseRule",
    "Rating", "RatingOption", "RatingQuestion", "Reason", "Recheck", "RecheckResult", "RedoCause",
    "Remark", "Report", "ReportDraft", "ReportErased", "ReportFollowedUp", "ReportLink",
    "ReportsImported", "RequestKind", "ReturnLimits", "ReturnReason", "ReturnRule", "ReturnRuleTerms",
    "ReturnStart", "ReturnTerms", "ReviewRule", "Ruling", "RulingMode", "Said", "SameDay", "SameDayMissed",
    "SameDayRule", "SameDayState", "SiteConfirmation", "Stage", "StageClock", "StageLimit",
    "StageTerms", "StepAct", "StepAnchor", "StepCause", "StepTarget", "Supervision", "Task",
    "TaskReturn", "TaskRole", "UnlistedRefusal", "Urgency", "Voice", "absorbed_keys", "accept_case",
    "add_loop_rule",
    "add_phrase", "add_rating_option", "add_return_reason", "admission_for", "answer_directly",
    "applications", "approve_correction", "approve_feedback", "archive_case", "ask_arbitration",
    "ask_correction", "ask_return", "attach_evidence", "awaits_person", "callback_questions",
    "callback_rule_for",
    "callbacks_for", "cancel_steps", "case_for", "case_policy", "claim_case", "clock_sheet", "close_case",
    "complete_task", "confirm_case", "confirm_on_site", "contact_reporter", "control_risk", "cover",
    "demand_again", "demand_listed", "demand_redo", "dispatch_case", "dispatch_first", "earlier_closed",
    "earlier_reports", "edit_phrase",
    "end_fallback_owner", "end_ladder", "end_loop_rule", "end_policy", "end_rating_option",
    "end_return_reason", "end_stage", "end_stage_limit", "execute_erasure", "facts_of", "fallback_of",
    "fallback_offer", "finish_callback", "follow_up_report", "grant_access", "grant_return",
    "hand_over_case", "handle_on_the_spot", "held_levels", "import_reports", "is_hidden", "is_judge",
    "is_overdue", "known_source_numbers", "ladder_for", "level_name", "level_of", "levels_of",
    "lift_listing", "limit_for", "list_case", "list_cases", "load_defaults", "local_day",
    "mark_first_asked", "mark_sensitive", "masked_contact", "may", "may_edit_phrases", "merge_cases",
    "nearest_on_duty", "order_rating_options", "pass_up", "plan_steps", "policy_for", "queue_filter",
    "raise_level", "rate_case", "rating_options", "reason_words", "recall_case", "receive_report",
    "recheck_case", "recheck_sample", "record_message", "refer_return", "refusal_words",
    "refuse_correction", "refuse_erasure", "refuse_return", "refuse_unlisted", "refute_case",
    "register_case", "reject_case", "reopen_by_repeat", "reopen_case", "replan_ladder", "replan_steps",
    "replans", "reply_supervision", "report_for", "reports_by_phone", "reports_by_source_number",
    "reports_of", "request_erasure", "request_verification", "retire_phrase", "return_limits",
    "return_reasons", "return_to_acceptance", "reveal_contact", "revoke_access", "rework_case",
    "rule_arbitration", "same_day_rule_for", "sends_messages", "set_fallback_owner", "set_ladder",
    "set_policy",
    "set_return_rule", "set_source_limit", "set_stage_limit", "settle_supervision", "sign_task",
    "supervise_case", "switch_ladder", "take_back_acceptance", "take_back_correction", "take_back_return",
    "take_event_steps",
    "take_fallback", "task_units", "tracking_path", "tracking_token", "try_callback", "turn_page",
    "unmerge_cases", "urge_case", "visible_to", "void_case", "who_tells", "withdraw_report",
]  # fmt: skip
