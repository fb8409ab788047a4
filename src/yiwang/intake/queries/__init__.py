"""Queries 查询 of intake."""

from .channels import ChannelIndex, LiveChannel, LiveKey, channel_index, live_channel
from .imports import (
    corrections_of,
    entries_page,
    file_mappings,
    mapping_choices,
    masked_message,
    masked_row,
    masked_value,
    newest_mapping,
    newest_specification,
    row_of,
    runs_page,
)

__all__ = [
    "ChannelIndex",
    "LiveChannel",
    "LiveKey",
    "channel_index",
    "corrections_of",
    "entries_page",
    "file_mappings",
    "live_channel",
    "mapping_choices",
    "masked_message",
    "masked_row",
    "masked_value",
    "newest_mapping",
    "newest_specification",
    "row_of",
    "runs_page",
]
