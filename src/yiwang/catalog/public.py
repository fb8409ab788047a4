"""The door of `catalog`; everything else in the package is private."""

from .enums import (
    AdmissionLevel,
    AdmissionList,
    AdmissionVerdict,
    ChangeKind,
    CheckMode,
    ClassLevel,
    LimitUnit,
    MatterKind,
    StepProof,
)
from .errors import ResponsibilityTie
from .events import AdmissionMoved, ExemptionEnded, ExemptionGranted
from .models import (
    AdmissionRule,
    AdmittedMatter,
    Crosswalk,
    DraftChange,
    Exemption,
    MatterClass,
    RegisteringCondition,
    ResponsibilityDraft,
    ResponsibilityRow,
    Scheme,
    StandardProcess,
)
from .permissions import demand_edit, may_edit, may_publish
from .queries.admission import (
    Admission,
    admission,
    exempt_words,
    is_inspection,
    list_names,
    listed_words,
)
from .queries.drafts import draft_for, drafted_list, open_drafts, row_words
from .queries.index import catalog_index
from .queries.processes import standard_process_for, standard_processes
from .queries.responsibility import (
    Decision,
    Responsibility,
    ResponsibilityList,
    responsibility_list,
    responsible,
    row_label,
)
from .queries.roles import role_words
from .rules.admission import AdmittedNode, ExemptionNode, level_of_unit
from .rules.index import CatalogIndex
from .rules.nodes import ClassNode, ConditionNode, LimitValue, SchemeNode, limit_words
from .rules.processes import ProcessNode, StepNode
from .rules.specificity import ResponsibilityNode
from .services.admission import (
    AdmissionTerms,
    admit_matter,
    apply_admission,
    refuse_admission,
    review_admission,
    take_back_matter,
    withdraw_application,
)
from .services.drafts import (
    add_change,
    create_draft,
    drop_draft,
    publish_draft,
    remove_change,
    send_draft_back,
    submit_draft,
)
from .services.exemptions import (
    ExemptionTerms,
    ask_exemption,
    end_exemption,
    grant_exemption,
    mark_inspection,
    refuse_exemption,
    save_admission_rule,
    take_exemption_back,
    use_exemption,
)
from .services.loading import load_catalog
from .services.processes import switch_process
from .services.responsibility import (
    ResponsibilityTerms,
    add_responsibility,
    end_responsibility,
    replace_responsibility,
)
from .states import ADMISSION, ADMIT, APPLY, ASK_EXEMPTION, EXEMPT, PERMISSION, PUBLISH, REVIEW

EDIT = PERMISSION

__all__ = [
    "ADMISSION",
    "ADMIT",
    "APPLY",
    "ASK_EXEMPTION",
    "EDIT",
    "EXEMPT",
    "PUBLISH",
    "REVIEW",
    "Admission",
    "AdmissionLevel",
    "AdmissionList",
    "AdmissionMoved",
    "AdmissionRule",
    "AdmissionTerms",
    "AdmissionVerdict",
    "AdmittedMatter",
    "AdmittedNode",
    "CatalogIndex",
    "ChangeKind",
    "CheckMode",
    "ClassLevel",
    "ClassNode",
    "ConditionNode",
    "Crosswalk",
    "Decision",
    "DraftChange",
    "Exemption",
    "ExemptionEnded",
    "ExemptionGranted",
    "ExemptionNode",
    "ExemptionTerms",
    "LimitUnit",
    "LimitValue",
    "MatterClass",
    "MatterKind",
    "ProcessNode",
    "RegisteringCondition",
    "Responsibility",
    "ResponsibilityDraft",
    "ResponsibilityList",
    "ResponsibilityNode",
    "ResponsibilityRow",
    "ResponsibilityTerms",
    "ResponsibilityTie",
    "Scheme",
    "SchemeNode",
    "StandardProcess",
    "StepNode",
    "StepProof",
    "add_change",
    "add_responsibility",
    "admission",
    "admit_matter",
    "apply_admission",
    "ask_exemption",
    "catalog_index",
    "create_draft",
    "demand_edit",
    "draft_for",
    "drafted_list",
    "drop_draft",
    "end_exemption",
    "end_responsibility",
    "exempt_words",
    "grant_exemption",
    "is_inspection",
    "level_of_unit",
    "limit_words",
    "list_names",
    "listed_words",
    "load_catalog",
    "mark_inspection",
    "may_edit",
    "may_publish",
    "open_drafts",
    "publish_draft",
    "refuse_admission",
    "refuse_exemption",
    "remove_change",
    "replace_responsibility",
    "responsibility_list",
    "responsible",
    "review_admission",
    "role_words",
    "row_label",
    "row_words",
    "save_admission_rule",
    "send_draft_back",
    "standard_process_for",
    "standard_processes",
    "submit_draft",
    "switch_process",
    "take_back_matter",
    "take_exemption_back",
    "use_exemption",
    "withdraw_application",
]
