"""Identifiers: keys of one moment are as good as keys one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from yiwang.kernel.ids import instant_of, uuid7, uuid7s


def test_many_keys_are_version_seven_of_this_moment_distinct_and_ascending() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    keys = uuid7s(1_000)
    after = datetime.now(UTC)
    assert len(set(keys)) == 1_000
    assert keys == sorted(keys)
    assert {(key.version, key.variant) for key in keys} == {(7, uuid7().variant)}
    assert all(before <= instant_of(key) <= after for key in keys)
    assert uuid7s(0) == []


def test_all_random_bits_of_many_keys_vary() -> None:
    keys = [key.int for key in uuid7s(200)]
    ones = zeros = 0
    for key in keys:
        ones, zeros = ones | key, zeros | ~key
    random_bits = (1 << 76) - (1 << 64) | (1 << 62) - 1
    assert ones & zeros & random_bits == random_bits
