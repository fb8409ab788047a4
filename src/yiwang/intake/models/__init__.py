"""Tables of intake 业务对接."""

from .channels import Channel, ChannelHour, ChannelKey, ChannelQuota, Nonce, RunnerState
from .exchange import PullCursor, WriteBack
from .messages import ImportRun, Mapping, QuarantineEntry, RawMessage
from .open311 import RemoteKey, ServiceRequest, Transfer, TransferUpdate

__all__ = [
    "Channel",
    "ChannelHour",
    "ChannelKey",
    "ChannelQuota",
    "ImportRun",
    "Mapping",
    "Nonce",
    "PullCursor",
    "QuarantineEntry",
    "RawMessage",
    "RemoteKey",
    "RunnerState",
    "ServiceRequest",
    "Transfer",
    "TransferUpdate",
    "WriteBack",
]
