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
from .models import (
    Crosswalk,
    DraftChange,
    MatterClass,
    RegisteringCondition,
    ResponsibilityDraft,
    ResponsibilityRow,
    Scheme,
    StandardProcess,
)
from .permissions import demand_edit, may_edit, may_publish
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
from .rules.index import CatalogIndex
from .rules.nodes import ClassNode, ConditionNode, LimitValue, SchemeNode, limit_words
from .rules.processes import ProcessNode, StepNode
from .rules.specificity import ResponsibilityNode
from .services.drafts import (
    add_change,
    create_draft,
    drop_draft,
    publish_draft,
    remove_change,
    send_draft_back,
    submit_draft,
)
from .services.loading import load_catalog
from .services.processes import switch_process
from .services.responsibility import (
    ResponsibilityTerms,
    add_responsibility,
    end_responsibility,
    replace_responsibility,
)
from .states import PERMISSION, PUBLISH

EDIT = PERMISSION

__all__ = [
    "EDIT",
    "PUBLISH",
    "AdmissionLevel",
    "AdmissionList",
    "AdmissionVerdict",
    "CatalogIndex",
    "ChangeKind",
    "CheckMode",
    "ClassLevel",
    "ClassNode",
    "ConditionNode",
    "Crosswalk",
    "Decision",
    "DraftChange",
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
    "catalog_index",
    "create_draft",
    "demand_edit",
    "draft_for",
    "drafted_list",
    "drop_draft",
    "end_responsibility",
    "limit_words",
    "load_catalog",
    "may_edit",
    "may_publish",
    "open_drafts",
    "publish_draft",
    "remove_change",
    "replace_responsibility",
    "responsibility_list",
    "responsible",
    "role_words",
    "row_label",
    "row_words",
    "send_draft_back",
    "standard_process_for",
    "standard_processes",
    "submit_draft",
    "switch_process",
]
