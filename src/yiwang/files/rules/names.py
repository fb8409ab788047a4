"""File names 文件名: what an upload may be called afterwards."""

from __future__ import annotations

import re
import unicodedata

#: Longest name kept, extension included.
LONGEST = 80
_SEPARATORS = re.compile(r"[\\/]")
_REFUSED = re.compile(r'[<>:"|?*;%&$`\'{}\[\]=+~^#@!]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def safe_name(given: str, extension: str) -> str:
    """A name without path, control, direction or shell characters, with the extension of the content.

    Args:
        given: as the client sent it; may be anything.
        extension: of the type found in the content, with its dot.

    Example: `safe_name("..\\\\..\\\\井盖.exe", ".jpg")` is `井盖.jpg`.
    """
    text = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode("utf-8"))
    text = _SEPARATORS.split(text)[-1]
    text = "".join(c for c in text if unicodedata.category(c)[0] not in "CZ" or c == " ")
    text = _REFUSED.sub("_", text)
    stem = text.rpartition(".")[0] or text
    stem = " ".join(stem.replace("..", ".").split()).strip(" ._-")
    stem = stem[: LONGEST - len(extension)].rstrip(" ._-")
    if not stem or _RESERVED.match(stem.partition(".")[0]):
        stem = f"file_{stem}".rstrip("_")
    return stem + extension
