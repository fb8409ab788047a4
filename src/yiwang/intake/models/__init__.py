"""Tables of intake 业务对接."""

from .alerts import Alert, AlertArea, AlertFeed, AlertReference
from .channels import Channel, ChannelHour, ChannelKey, ChannelQuota, Nonce, RunnerState
from .conversations import Letter, SmsPart
from .devices import CameraAlarm, Device, KeptReading, MeasuringPoint, ReadingBatch
from .exchange import PullCursor, WriteBack
from .messages import ImportRun, Mapping, QuarantineEntry, RawMessage
from .open311 import ServiceRequest, Transfer, TransferUpdate
from .requests import SourceRequest

__all__ = [
    "Alert",
    "AlertArea",
    "AlertFeed",
    "AlertReference",
    "CameraAlarm",
    "Channel",
    "ChannelHour",
    "ChannelKey",
    "ChannelQuota",
    "Device",
    "ImportRun",
    "KeptReading",
    "Letter",
    "Mapping",
    "MeasuringPoint",
    "Nonce",
    "PullCursor",
    "QuarantineEntry",
    "RawMessage",
    "ReadingBatch",
    "RunnerState",
    "ServiceRequest",
    "SmsPart",
    "SourceRequest",
    "Transfer",
    "TransferUpdate",
    "WriteBack",
]
