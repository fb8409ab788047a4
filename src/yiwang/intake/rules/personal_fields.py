"""Personal fields 个人识别字段: what a camera sends about who somebody is, removed before anything is stored.

A field's name is taken apart into words (`faceImage`, `face_image` → face, image), so that `surface` and
`image` are not mistaken for a face and an age. A field goes, with all that is in it, when one of its words is
a personal one, or when its whole name is. Channels may add words, never take any away.
Source: 个人信息保护法 §26, §28; issue 3: no personal recognition fields are stored even if sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

#: A field with one of these words in its name is about who somebody is.
PERSONAL_WORDS = frozenset({
    "face", "faces", "facial", "person", "persons", "people", "pedestrian", "pedestrians", "human", "driver",
    "suspect", "idcard", "idno", "idnumber", "certificate", "passport", "phone", "mobile", "tel", "gender",
    "sex", "age", "ethnic", "ethnicity", "nationality", "plate", "plateno", "platenumber", "licenseplate",
    "carno", "gait", "embedding", "biometric", "fingerprint", "iris", "voiceprint", "imsi", "imei",
    "similarity",
})  # fmt: skip
#: A field that is called exactly so, whatever stands around its words.
PERSONAL_NAMES = frozenset({
    "name", "username", "realname", "fullname", "nickname", "identity", "identityno", "idcardno", "mac",
    "macaddress", "license", "licenseno", "vehicleno", "vehicleplate", "feature", "features", "featurevector",
    "birthday", "openid", "unionid", "wechat",
})  # fmt: skip
#: Parts of a Chinese field name.
PERSONAL_PARTS = (
    "姓名", "人脸", "人员", "身份", "证件", "手机", "电话", "性别", "年龄", "民族", "车牌", "特征", "人体",
    "步态",
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
#: Numbers that identify somebody within a text: identity cards and mobile phones.
_NUMBERS = re.compile(r"(?<![0-9A-Za-z])(\d{17}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])")
_MASK = "****"
_DEEPEST = 40


def is_personal(name: str, more: frozenset[str] = frozenset()) -> bool:
    """Whether a field of this name is about who somebody is.

    Args:
        more: words a channel adds, in small letters.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    whole = "".join(words)
    wanted = PERSONAL_WORDS | more
    if whole in PERSONAL_NAMES or whole in wanted or not wanted.isdisjoint(words):
        return True
    return any(part in name for part in (*PERSONAL_PARTS, *(word for word in more if not word.isascii())))


def without_personal(tree: Any, more: Iterable[str] = ()) -> tuple[Any, int]:
    """A copy of a tree without personal fields, and how many were removed.

    A field that is too deep to look into is removed as well. Identity card and phone numbers within texts are
    masked and counted.
    """
    removed = [0]
    words = frozenset(word.lower() for word in more)
    return _clean(tree, words, removed, 0), removed[0]


def without_numbers(text: str) -> tuple[str, int]:
    """A text with identity card and phone numbers masked, and how many there were."""
    return _NUMBERS.subn(_MASK, text)


def _clean(tree: Any, more: frozenset[str], removed: list[int], depth: int) -> Any:
    if isinstance(tree, dict):
        kept = {}
        for name, value in tree.items():
            if depth > _DEEPEST or is_personal(str(name), more):
                removed[0] += 1
            else:
                kept[name] = _clean(value, more, removed, depth + 1)
        return kept
    if isinstance(tree, list):
        if depth > _DEEPEST:
            removed[0] += 1
            return []
        return [_clean(item, more, removed, depth + 1) for item in tree]
    if isinstance(tree, str) and len(tree) <= 2_000:
        text, found = without_numbers(tree)
        removed[0] += found
        return text
    return tree
