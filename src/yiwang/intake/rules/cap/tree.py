"""Tree 节点: what an element of a message holds, by name, with the deviations noted on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from .messages import Pair
from .refusals import CapRefused
from .schema import XMLDSIG, text_of

_BREAK = re.compile(r"<\s{0,4}br\s{0,4}/?\s{0,4}>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:p|b|i|u|em|strong|div|span|font|a|ul|li|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Node:
    """An element with its message's namespace and its message's notes."""

    def __init__(self, element: etree._Element, namespace: str, notes: set[str]) -> None:
        self.notes = notes
        self._namespace = namespace
        self._element = element
        self._children: dict[str, list[etree._Element]] = {}
        for child in element.iterchildren(etree.Element):
            name = etree.QName(child)
            if (name.namespace or "") == namespace:
                self._children.setdefault(name.localname, []).append(child)
            elif name.namespace != XMLDSIG:
                notes.add("unknown_element")

    def parts(self, name: str) -> Iterator[Node]:
        """Every child of a name, as nodes."""
        for child in self._children.get(name, []):
            yield Node(child, self._namespace, self.notes)

    def texts(self, name: str) -> list[str]:
        """The text of every child of a name, stripped and without unseen characters."""
        found = []
        for child in self._children.get(name, []):
            text = _UNSEEN.sub("", text_of(child)).strip()
            if not text:
                self.notes.add("empty_element")
            found.append(text)
        return found

    def text(self, name: str) -> str:
        """The text of the first child of a name; empty when there is none."""
        found = self.texts(name)
        if len(found) > 1:
            self.notes.add("repeated")
        return found[0] if found else ""

    def own_text(self) -> str:
        """The element's own text."""
        return text_of(self._element).strip()

    def prose(self, name: str) -> str:
        """Text for people: HTML line breaks become line breaks, other simple tags are left out."""
        text = self.text(name)
        plain = _TAG.sub("", _BREAK.sub("\n", text))
        if plain != text:
            self.notes.add("html")
        return plain.strip()

    def choice(self, name: str, choices: Sequence[str], *, default: str, demanded: bool = False) -> str:
        """One of the standard's words.

        Args:
            default: for an element that is missing or empty.
            demanded: whether another word is refused rather than taken for the default.
        """
        text = self.text(name)
        if text in choices:
            return text
        if not text:
            self.notes.add("defaulted")
            return default
        return self._otherwise(name, text, choices, default, demanded)

    def _otherwise(self, name: str, text: str, choices: Sequence[str], default: str, demanded: bool) -> str:
        for choice in choices:
            if choice.lower() == text.lower():
                self.notes.add("case")
                return choice
        if demanded:
            raise CapRefused("bad_value", f"{name} “{text[:40]}”")
        self.notes.add("unread_value")
        return default

    def pairs(self, name: str) -> Iterator[Pair]:
        """Children of a name as `valueName` and `value`; plain text has no name."""
        for part in self.parts(name):
            value_name, value = part.text("valueName"), part.text("value")
            if value_name or value:
                yield value_name, value
            elif plain := part.own_text():
                self.notes.add("plain_geocode")
                yield "", plain
