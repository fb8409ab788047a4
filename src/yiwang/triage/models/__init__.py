"""Tables of triage, a module a stage."""

from .classing import ClassModelContent, ClassModelVersion
from .issues import HotIssue, IssueDay, IssueMember, IssueRun, PublicAnswer
from .owning import Precedent, Replay
from .placing import AddressModel, AddressModelContent, PlaceName
from .proposals import AutomaticRule, Proposal, ProposalVerdict, Waiting
from .repeats import RepeatKey, RepeatPair, RepeatRule, RepeatToken

__all__ = [
    "AddressModel",
    "AddressModelContent",
    "AutomaticRule",
    "ClassModelContent",
    "ClassModelVersion",
    "HotIssue",
    "IssueDay",
    "IssueMember",
    "IssueRun",
    "PlaceName",
    "Precedent",
    "Proposal",
    "ProposalVerdict",
    "PublicAnswer",
    "RepeatKey",
    "RepeatPair",
    "RepeatRule",
    "RepeatToken",
    "Replay",
    "Waiting",
]
