"""Channel names 渠道名称: what a channel is called, as whoever keeps the registry of channels says."""

from __future__ import annotations

from collections.abc import Callable

#: Gives the name of a channel by its code; empty when it knows none.
Namer = Callable[[str], str]
_NAMERS: list[Namer] = []


def register_channel_names(namer: Namer) -> None:
    """Let `namer` name channels; asked in the order of registering."""
    if namer not in _NAMERS:
        _NAMERS.append(namer)


def channel_label(code: str) -> str:
    """The name of a channel; its code when nobody knows it."""
    return next((name for namer in _NAMERS if (name := namer(code))), code)
