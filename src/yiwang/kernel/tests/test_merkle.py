"""The tree is that of RFC 6962: leaves and roots of the Certificate Transparency reference tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel import merkle

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


def test_the_published_inclusion_proofs_come_out() -> None:
    assert [step.hex() for step in merkle.inclusion_proof(LEAVES, 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [step.hex() for step in merkle.inclusion_proof(LEAVES[:3], 2)] == [
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    ]


def test_the_published_consistency_proofs_come_out() -> None:
    assert [step.hex() for step in merkle.consistency_proof(LEAVES, 6)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert merkle.consistency_proof(LEAVES[:1], 1) == []


lists = st.lists(st.binary(max_size=4), min_size=1, max_size=40)


@given(lists, st.data())
def test_a_leaf_is_proved_at_its_place_and_nowhere_else(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, top = merkle.inclusion_proof(leaves, index), merkle.root(leaves)
    assert merkle.verify_inclusion(leaves[index], index, len(leaves), proof, top)
    assert not merkle.verify_inclusion(leaves[index] + b"x", index, len(leaves), proof, top)
    assert not merkle.verify_inclusion(leaves[index], len(leaves), len(leaves), proof, top)
    assert not merkle.verify_inclusion(leaves[index], index, len(leaves), [*proof, top], top)


@given(lists, st.data())
def test_an_older_list_is_proved_to_be_the_beginning(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    proof, old, new = merkle.consistency_proof(leaves, size), merkle.root(leaves[:size]), merkle.root(leaves)
    assert merkle.verify_consistency(size, len(leaves), proof, old, new)
    assert not merkle.verify_consistency(size, len(leaves), proof, bytes(32), new)
    assert not merkle.verify_consistency(size, len(leaves), [*proof, new], old, new)
    changed = [*leaves[: size - 1], leaves[size - 1] + b"x", *leaves[size:]]
    assert not merkle.verify_consistency(
        size, len(leaves), merkle.consistency_proof(changed, size), old, merkle.root(changed)
    )


@pytest.mark.parametrize("position", [-1, 8])
def test_a_proof_of_what_is_not_there_is_refused(position: int) -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_proof(LEAVES, position)
    with pytest.raises(IndexError):
        merkle.consistency_proof(LEAVES, position + 1 if position == 8 else position)
    assert not merkle.verify_consistency(0, 8, [], merkle.EMPTY_ROOT, merkle.root(LEAVES))
