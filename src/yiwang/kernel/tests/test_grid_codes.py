"""Codes of grids and parts are built, read back and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.errors import Invalid
from yiwang.kernel.grid_codes import (
    GridCode,
    PartCode,
    exclusive_grid_code,
    part_code,
    read_grid_code,
    read_part_code,
    unit_grid_code,
)

communities = st.integers(min_value=10**11, max_value=10**12 - 1).map(str)
sequences = st.integers(min_value=1, max_value=999)


@given(communities, sequences)
def test_a_unit_grid_code_has_fifteen_digits_and_reads_back(community: str, sequence: int) -> None:
    code = unit_grid_code(community, sequence)
    assert (len(code), code.isdigit()) == (15, True)
    assert read_grid_code(code) == GridCode(community, sequence)
    assert read_grid_code(code).street == code[:9]


@given(communities, sequences)
def test_an_exclusive_grid_code_reads_back(community: str, sequence: int) -> None:
    assert read_grid_code(exclusive_grid_code(community, sequence)) == GridCode(community, sequence)


def test_a_part_code_has_sixteen_digits_and_reads_back() -> None:
    assert part_code("320115", "0102", 34) == "3201150102000034"
    assert read_part_code("3201150102000034") == PartCode("320115", "0102", 34)


@pytest.mark.parametrize(
    "code",
    ["", "32011500200100", "320115002001000", "020115002001001", "32011500200\uff11001", "320115002001Z000",
     "3201150020010001"],
)  # fmt: skip
def test_a_malformed_grid_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid):
        read_grid_code(code)


@pytest.mark.parametrize(
    "code", ["320115010200003", "3201150102000000", "0201150102000034", "32011501020000345"]
)
def test_a_malformed_part_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid):
        read_part_code(code)


@pytest.mark.parametrize(
    ("district", "matter_class", "serial"),
    [("32011", "0102", 1), ("320115", "102", 1), ("320115", "0102", 0), ("320115", "0102", 10**6)],
)
def test_parts_out_of_range_are_refused(district: str, matter_class: str, serial: int) -> None:
    with pytest.raises(Invalid):
        part_code(district, matter_class, serial)


@pytest.mark.parametrize(
    ("community", "sequence"), [("320115002001", 0), ("320115002001", 1000), ("32011500200", 1)]
)
def test_grids_out_of_range_are_refused(community: str, sequence: int) -> None:
    with pytest.raises(Invalid):
        unit_grid_code(community, sequence)
