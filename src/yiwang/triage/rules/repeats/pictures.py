"""Picture hashes 照片指纹: 64 bits that stay alike when a photo is rescaled or compressed anew."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

#: Columns and rows of the grey picture whose neighbours are compared; one bit for each pair in a row.
_WIDTH, _HEIGHT = 9, 8
#: A JPEG is decoded no larger than needed, but no smaller than this side.
_DRAFT_SIDE = 64
#: Grey levels within which all of a picture lies that shows nothing: a lens cap, a blank card, one colour.
_FLAT = 8


def difference_hash(content: bytes) -> int | None:
    """The difference hash 差异哈希 of a picture: grey, 9 by 8, is each point lighter than its left neighbour.

    Hashes are compared by the bits in which they differ (`features.SAME_PICTURE`).

    Returns:
        0 to 2^64 - 1, the top left pair as the highest bit; None for what cannot be decoded, and for a
        picture of one tone, which would equal every other one.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("L", (_DRAFT_SIDE, _DRAFT_SIDE))
            small = image.convert("L").resize((_WIDTH, _HEIGHT), Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError):
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    grey = np.asarray(small, np.int16)
    if int(grey.max()) - int(grey.min()) < _FLAT:
        return None
    lighter = grey[:, 1:] > grey[:, :-1]
    return int.from_bytes(np.packbits(lighter).tobytes(), "big")
