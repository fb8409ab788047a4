"""Channel names 渠道名称: what a report's channel is called.

`interface` stands below the app that keeps the registry of channels, so that app registers how to name them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_namer: Callable[[], Mapping[str, str]] | None = None


def name_channels_with(namer: Callable[[], Mapping[str, str]]) -> None:
    """Register who knows the channels: what gives code and name of every one (called by `intake`)."""
    global _namer  # noqa: PLW0603 - one namer a process
    _namer = namer


def registered_channels() -> Mapping[str, str]:
    """Code and name of every channel of the registry; empty when no app keeps one."""
    return _namer() if _namer is not None else {}
