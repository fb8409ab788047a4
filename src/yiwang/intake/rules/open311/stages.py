"""Stages 转派环节: which states of a transfer still wait for the process, and which for a person."""

from __future__ import annotations

#: States in which nothing is with them, so a person may send again or give up.
IDLE = ("waiting", "refused", "stuck")
#: States in which a person may write down the number that they gave by other means.
NUMBERABLE = ("unclear", "numbering", "stuck")
