"""Ordinals 序次: how often a row was met before in a file, in the same memory whatever the file's length."""

from __future__ import annotations

#: Bits of the filter and places a row sets in it: with five million different rows the chance that a new one
#: looks known is one in ten million, and then only its ordinal differs, in the same way at every reading.
_BITS = 1 << 28
_PLACES = 8


class Ordinals:
    """Counts equal rows by their SHA-256: a Bloom filter for those met once, numbers for the repeated."""

    def __init__(self, bits: int = _BITS) -> None:
        self._size = bits
        self._filter = bytearray()
        self._repeated: dict[bytes, int] = {}

    def next_of(self, digest: bytes) -> int:
        """1 for the first row with this digest, 2 for the next equal one, and so on."""
        if not self._filter:
            self._filter = bytearray(self._size // 8)
        known = True
        for place in range(0, 4 * _PLACES, 4):
            bit = int.from_bytes(digest[place : place + 4], "big") % self._size
            index, mask = bit >> 3, 1 << (bit & 7)
            if not self._filter[index] & mask:
                known = False
                self._filter[index] |= mask
        if not known:
            return 1
        count = self._repeated.get(digest, 1) + 1
        self._repeated[digest] = count
        return count
