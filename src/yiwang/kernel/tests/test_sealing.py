"""A sealed text opens for its own record and keyring, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel import sealing
from yiwang.kernel.sealing import SealBroken

RING = sealing.new_keyring()
OTHER = sealing.new_keyring()


@given(st.text(), st.binary(max_size=40))
def test_what_is_sealed_opens_again(plain: str, context: bytes) -> None:
    assert sealing.unseal(RING, sealing.seal(RING, plain, context=context), context=context) == plain


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_does_not_open(position: int, change: int) -> None:
    blob = bytearray(sealing.seal(RING, "13800000000", context=b"a"))
    blob[position % len(blob)] ^= change
    with pytest.raises(SealBroken):
        sealing.unseal(RING, bytes(blob), context=b"a")


def test_equal_texts_are_sealed_differently() -> None:
    assert sealing.seal(RING, "王", context=b"a") != sealing.seal(RING, "王", context=b"a")


def test_a_blob_copied_to_another_record_does_not_open() -> None:
    with pytest.raises(SealBroken, match="不属于这条记录"):
        sealing.unseal(RING, sealing.seal(RING, "王", context=b"a"), context=b"b")


def test_another_keyring_does_not_open_it() -> None:
    with pytest.raises(SealBroken, match="不是原来的"):
        sealing.unseal(OTHER, sealing.seal(RING, "王", context=b"a"), context=b"a")


@pytest.mark.parametrize(
    "blob", [b"", b"\x01", b"\x02" + bytes(200), b"\x01" + b"\x00\x00\x00\x09" + bytes(200)]
)
def test_what_is_no_blob_is_refused(blob: bytes) -> None:
    with pytest.raises(SealBroken):
        sealing.unseal(RING, blob, context=b"a")


def test_rotation_keeps_the_text_and_moves_to_the_new_key() -> None:
    blob = sealing.seal(RING, "王", context=b"a")
    newer = sealing.with_new_key(RING)
    moved = sealing.rewrap(newer, blob)
    assert (sealing.key_id(blob), sealing.key_id(moved)) == (1, 2)
    alone = sealing.without_old_keys(newer)
    assert sealing.unseal(alone, moved, context=b"a") == "王"
    with pytest.raises(SealBroken, match="1 号密钥"):
        sealing.unseal(alone, blob, context=b"a")
    assert sealing.rewrap(newer, moved) == moved


def test_an_erased_text_is_gone_and_stays_gone() -> None:
    erased = sealing.erase(sealing.seal(RING, "王", context=b"a"))
    assert sealing.is_erased(erased)
    with pytest.raises(SealBroken, match="已销毁"):
        sealing.unseal(RING, erased, context=b"a")
    assert sealing.rewrap(sealing.with_new_key(RING), erased) == erased


def test_a_blind_index_is_equal_within_one_purpose_only() -> None:
    index = sealing.blind_index(RING, "13800000000", purpose="reporter")
    assert index == sealing.blind_index(sealing.with_new_key(RING), "13800000000", purpose="reporter")
    assert index != sealing.blind_index(RING, "13800000001", purpose="reporter")
    assert index != sealing.blind_index(RING, "13800000000", purpose="resident")
    assert index != sealing.blind_index(OTHER, "13800000000", purpose="reporter")


def test_keys_are_not_printed() -> None:
    assert repr(RING) == "Keyring(keys=[1], current=1)"


def test_an_incomplete_keyring_is_refused() -> None:
    with pytest.raises(ValueError, match="密钥环不完整"):
        sealing.Keyring({1: bytes(16)}, 1, bytes(32), bytes(32))
    with pytest.raises(ValueError, match="密钥环不完整"):
        sealing.Keyring({1: bytes(32)}, 2, bytes(32), bytes(32))
