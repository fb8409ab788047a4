"""Part codes 部件标识码 in words: a pole's or a cover's national code, as people and devices write it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...kernel.errors import Invalid
from ...kernel.grid_codes import read_part_code

_SIXTEEN = re.compile(r"(?<!\d)\d{16}(?!\d)", re.ASCII)


def part_code_in(*texts: str, is_district: Callable[[str], bool]) -> str:
    """The first part code in some texts, or empty.

    Work order, bank and order numbers have sixteen digits too: a code counts only when it begins with a
    district that is known.

    Args:
        is_district: whether six digits are the code of a district (GB/T 2260).
    """
    codes = (match[0] for text in texts for match in _SIXTEEN.finditer(text))
    return next((code for code in codes if is_district(code[:6]) and _is_whole(code)), "")


def _is_whole(code: str) -> bool:
    try:
        read_part_code(code)
    except Invalid:
        return False
    return True
