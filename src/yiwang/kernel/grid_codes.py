"""Codes of grids and parts 网格与部件编码: build, read and check them.

- Unit grid 单元网格, 15 digits: district 6 (GB/T 2260) + street 3 (GB/T 10114) + community 3 + sequence 3
  (001 to 999, in the community from west to east, from north to south). Source: GB/T 30428.1.
- Comprehensive grid 综合网格, 15 digits: the community's 12-digit statistical code + sequence 3, numbered
  in the same order. The same length as a unit grid's code; the layer tells them apart.
- Exclusive grid 专属网格, 16 characters: the community's 12 digits + `Z` + sequence 3.
- Part 部件, 16 digits: district 6 + main class 2 + minor class 2 + serial 6. Source: GB/T 30428.2.

Example: `unit_grid_code("320115002001", 7)` is `"320115002001007"`;
`part_code("320115", "0102", 34)` is `"3201150102000034"`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import invalid

_DISTRICT = re.compile(r"[1-9]\d{5}", re.ASCII)
_COMMUNITY = re.compile(r"[1-9]\d{11}", re.ASCII)
_GRID = re.compile(r"([1-9]\d{11})(\d{3})", re.ASCII)
_EXCLUSIVE = re.compile(r"([1-9]\d{11})Z(\d{3})", re.ASCII)
_PART = re.compile(r"([1-9]\d{5})(\d{4})(\d{6})", re.ASCII)
_CLASS = re.compile(r"\d{4}", re.ASCII)
LARGEST_GRID_SEQUENCE = 999
LARGEST_PART_SERIAL = 999_999


@dataclass(frozen=True, slots=True)
class GridCode:
    """A grid's code taken apart 网格编码.

    Attributes:
        community: 12-digit code of the community.
        sequence: 1 to 999 within the community.
    """

    community: str
    sequence: int

    @property
    def street(self) -> str:
        """9-digit code of the street."""
        return self.community[:9]

    @property
    def district(self) -> str:
        """6-digit code of the district."""
        return self.community[:6]


@dataclass(frozen=True, slots=True)
class PartCode:
    """A part's code taken apart 部件标识码.

    Attributes:
        district: 6-digit code of the district.
        matter_class: 4-digit code of main and minor class.
        serial: 1 to 999,999 within district and class.
    """

    district: str
    matter_class: str
    serial: int


def unit_grid_code(community: str, sequence: int) -> str:
    """The 15-digit code of a unit grid (单元网格).

    Raises:
        Invalid: when the community's code or the sequence is out of range.
    """
    return f"{_checked_community(community)}{_checked_sequence(sequence):03d}"


#: A comprehensive grid (综合网格) is numbered like a unit grid: community 12 + sequence 3.
grid_code = unit_grid_code


def exclusive_grid_code(community: str, sequence: int) -> str:
    """The 16-character code of an exclusive grid (专属网格): community 12 + `Z` + sequence 3.

    Raises:
        Invalid: when the community's code or the sequence is out of range.
    """
    return f"{_checked_community(community)}Z{_checked_sequence(sequence):03d}"


def part_code(district: str, matter_class: str, serial: int) -> str:
    """The 16-digit code of a part (部件).

    Raises:
        Invalid: when district, class or serial is out of range.
    """
    if not _DISTRICT.fullmatch(district):
        raise invalid("district", district, "区划代码应为 6 位数字（GB/T 2260）。")
    if not _CLASS.fullmatch(matter_class):
        raise invalid("matter_class", matter_class, "部件类别应为大类 2 位加小类 2 位，共 4 位数字。")
    if not 1 <= serial <= LARGEST_PART_SERIAL:
        raise invalid("serial", serial, "部件流水号应在 000001 至 999999 之间。")
    return f"{district}{matter_class}{serial:06d}"


def read_grid_code(code: str) -> GridCode:
    """Take the code of a unit, comprehensive or exclusive grid apart.

    Raises:
        Invalid: when it has another form or the sequence 000.
    """
    match = _GRID.fullmatch(code) or _EXCLUSIVE.fullmatch(code)
    if match is None or match[2] == "000":
        raise invalid("code", code, "网格编码应为 12 位社区代码加 3 位顺序码（001 至 999）。")
    return GridCode(community=match[1], sequence=int(match[2]))


def read_part_code(code: str) -> PartCode:
    """Take a part's code apart.

    Raises:
        Invalid: when it is not 16 digits or has the serial 000000.
    """
    match = _PART.fullmatch(code)
    if match is None or match[3] == "000000":
        raise invalid("code", code, "部件标识码应为 16 位数字：区划 6、大类 2、小类 2、流水 6。")
    return PartCode(district=match[1], matter_class=match[2], serial=int(match[3]))


def _checked_community(code: str) -> str:
    if not _COMMUNITY.fullmatch(code):
        raise invalid("community", code, "社区代码应为 12 位数字的统计用区划代码。")
    return code


def _checked_sequence(sequence: int) -> int:
    if not 1 <= sequence <= LARGEST_GRID_SEQUENCE:
        raise invalid("sequence", sequence, "网格顺序码应在 001 至 999 之间。")
    return sequence
