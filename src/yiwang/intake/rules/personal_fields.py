"""Personal fields 个人识别字段: what a message says of who somebody is, removed or hidden.

What a camera sends of it is removed before anything is stored; what a source sends of its reporter is stored
sealed and hidden where people look at the message.

A field's name is taken apart into words (`faceImage`, `face_image` → face, image), so that `surface` and
`image` are not mistaken for a face and an age. A field goes, with all that is in it, when one of its words is
a personal one, or when its whole name is. Channels may add words, never take any away.
Source: 个人信息保护法 §26, §28; issue 3: no personal recognition fields are stored even if sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
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
#: Fields about a reporter besides, as sources name them.
REPORTER_WORDS = frozenset({
    "caller", "reporter", "complainant", "applicant", "contact", "linkman", "citizen", "telephone",
    "cellphone", "联系人", "联系方式", "诉求人", "来电人", "反映人", "投诉人", "举报人", "申请人", "当事人",
    "来访人", "报警人", "市民",
})  # fmt: skip
#: Numbers that identify somebody within a text: identity cards, mobile phones, telephones with area code.
_NUMBERS = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}-\d{7,8})"
    r"(?![0-9A-Za-z])"
)
MASK = "****"
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
    return _NUMBERS.subn(MASK, text)


def hide_personal(tree: Any, *, secret: frozenset[str], shown: frozenset[str]) -> Any:
    """A copy of a message with its reporter hidden 遮盖个人信息; the fields stay, so that they can be mapped.

    Args:
        secret: texts that are the reporter's name and phone, hidden wherever they stand.
        shown: texts that are something else for certain, whatever their field is called.
    """
    return _hidden(tree, _Hiding(secret - {""}, shown), is_named=False)


@dataclass(frozen=True, slots=True)
class _Hiding:
    secret: frozenset[str]
    shown: frozenset[str]

    def of(self, value: object, is_named: bool) -> object:
        """One value as it may be seen."""
        text = str(value)
        if text in self.secret or any(len(part) > 1 and part in text for part in self.secret):
            return MASK
        if is_named and value not in (None, "", True, False) and text not in self.shown:
            return MASK
        hidden, found = without_numbers(text)
        return hidden if found else value


def _hidden(tree: Any, hiding: _Hiding, *, is_named: bool) -> Any:
    if isinstance(tree, dict):
        return {
            name: _hidden(value, hiding, is_named=is_named or is_personal(str(name), REPORTER_WORDS))
            for name, value in tree.items()
        }
    if isinstance(tree, list):
        return [_hidden(item, hiding, is_named=is_named) for item in tree]
    return hiding.of(tree, is_named)


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
