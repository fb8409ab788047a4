"""Masking 脱敏: personal words with their middle hidden, for pages that may not show them whole."""

from __future__ import annotations

from collections.abc import Callable

HIDDEN = "*"


def masked(text: str, kind: str = "name") -> str:
    """The text with what identifies hidden.

    Args:
        kind: `name` keeps the first character, `phone` the first three and last four digits (the last
            two of a short one), `identity` the first and last character, `address` the first six
            characters, `all` nothing.

    Example: `masked("13812345678", "phone")` is `138****5678`.

    Raises:
        KeyError: when the kind is unknown.
    """
    return _KINDS[kind](text) if text else ""


def _name(text: str) -> str:
    return text[0] + HIDDEN * max(1, len(text) - 1)


def _phone(text: str) -> str:
    if len(text) >= 11:
        return text[:3] + HIDDEN * (len(text) - 7) + text[-4:]
    return HIDDEN * max(1, len(text) - 2) + text[-2:] if len(text) > 4 else HIDDEN * len(text)


def _identity(text: str) -> str:
    return text[0] + HIDDEN * (len(text) - 2) + text[-1] if len(text) > 2 else HIDDEN * len(text)


def _address(text: str) -> str:
    return text[:6] + HIDDEN * 4 if len(text) > 6 else HIDDEN * len(text)


_KINDS: dict[str, Callable[[str], str]] = {
    "name": _name,
    "phone": _phone,
    "identity": _identity,
    "address": _address,
    "all": lambda text: HIDDEN * len(text),
}
