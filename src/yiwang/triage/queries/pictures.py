"""Pictures of reports 诉求照片 as hashes: of many cases at once, read from their thumbnails."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from ...cases.public import EVIDENCE_OWNER
from ...files.public import Stage, read_thumbnail, thumbnails_of
from ..rules.repeats.pictures import difference_hash
from ..rules.repeats.signatures import MOST_PICTURES


def picture_hashes(case_ids: Collection[UUID]) -> dict[UUID, tuple[int, ...]]:
    """Difference hashes of the oldest scene pictures of each case; cases without any are left out.

    One query for all cases; contents are read only of cases that have pictures, a few tens of kilobytes
    each. A picture that cannot be read or decoded is left out: it is a hint and holds up nothing.
    """
    kept = thumbnails_of(EVIDENCE_OWNER, case_ids, stage=Stage.SCENE, most=MOST_PICTURES)
    found: dict[UUID, tuple[int, ...]] = {}
    for case, names in kept.items():
        hashes = tuple(known for known in map(_hash_or_none, names) if known is not None)
        if hashes:
            found[case] = hashes
    return found


def _hash_or_none(thumb_sha256: str) -> int | None:
    try:
        return _hash_of(thumb_sha256)
    except OSError:
        return None


@lru_cache(maxsize=4096)
def _hash_of(thumb_sha256: str) -> int | None:
    """The hash of a content, which never changes; the chain and the keys ask for the same ones."""
    return difference_hash(read_thumbnail(thumb_sha256))
