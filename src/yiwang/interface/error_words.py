"""Words of errors 错误语句: what an error says, in the language of the reader.

Services, journal and stored remedies speak Chinese and know nothing of the reader. The catalogue holds the
templates of their sentences under the context "error" (`tools/error_templates.py` collects them), and here a
finished sentence finds its template again: the fixed words must all be there, in order; what stands in the
gaps is carried over, itself translated where the catalogue knows it (a label, an inner sentence). Of several
templates that fit, the one with the most fixed words holds. A sentence that none fits stays as it is.

Explanations of deadlines are stored sentences too, and are said in the same way; their days, moments and
lengths are read by `time_words`.
"""

from __future__ import annotations

import gettext as catalogues
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter

from django.conf import settings
from django.utils.safestring import SafeData
from django.utils.translation import get_language, gettext, to_locale

from ..kernel.errors import FieldProblem, Invalid, YiwangError
from .time_words import SHAPES, time_words

#: Context of the templates in the catalogue, as gettext writes it before a message.
_CONTEXT = "error\x04"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Longer texts are no sentences of errors; inner sentences deeper than this stay as they are.
_LONGEST, _DEEPEST = 2_000, 4
#: Fewest Chinese characters by which a template is sure in a gap, where names and titles stand too.
_SPEAKING = 4
_ENDS = ("。", "？", "！")
_SENTENCE = re.compile(r"(?<=[。？！])；?\s*|\n")
_INNER_END = re.compile(r"[。？！；：].")
#: Gaps that hold what somebody wrote: shown as given even where it is also the name of something.
_AS_GIVEN = frozenset({"value", "raw", "text", "cell", "given", "shown", "spelled"})


def error_words(text: str) -> str:
    """A sentence of an error in the language of the reader; itself in Chinese, or when nobody knows it."""
    if not _is_foreign() or isinstance(text, SafeData):
        return text
    shown = str(text)
    if len(shown) > _LONGEST or not _CHINESE.search(shown):
        return shown
    return _phrasebook(str(get_language())).say(shown)


def sentence_of(error: YiwangError) -> str:
    """What is wrong and what to do, for a page; for wrong input the remedies of its fields."""
    if isinstance(error, Invalid) and error.problems:
        return _in_a_row(found.remedy for found in error.problems)
    return error_words(error.message)


def detail_words(detail: str, fields: Sequence[FieldProblem] = ()) -> str:
    """The sentence of a whole error, whose words are often the remedies of its fields in a row."""
    remedies = [found.remedy for found in fields]
    if len(remedies) > 1 and detail == "；".join(text.rstrip("。") for text in remedies) + "。":
        return _in_a_row(remedies) if _is_foreign() else detail
    return error_words(detail)


def _in_a_row(remedies: Iterable[str]) -> str:
    return (" " if _is_foreign() else "；").join(error_words(remedy) for remedy in remedies)


def _is_foreign() -> bool:
    return (get_language() or settings.LANGUAGE_CODE) != settings.LANGUAGE_CODE


@dataclass(frozen=True, slots=True)
class _Template:
    """A sentence with gaps: what it begins and ends with, its longest words, how it is found and said.

    `speaks`: it has words enough, or a time, to be told from a name that stands in the gap of another.
    """

    head: str
    tail: str
    longest: str
    fixed: int
    speaks: bool
    pattern: re.Pattern[str]
    quoted: frozenset[str]
    words: str

    def match(self, text: str) -> re.Match[str] | None:
        """The gaps of a text, None when it is not this sentence."""
        if not (text.startswith(self.head) and text.endswith(self.tail)):
            return None
        return self.pattern.fullmatch(text)


class Phrasebook:
    """What errors say in one other language."""

    def __init__(self, messages: Mapping[str, str], label: Callable[[str], str] = gettext) -> None:
        """Take the templates with their translations, and how a whole label is translated."""
        self._label = label
        self._whole: dict[str, str] = {}
        templates = []
        for source, words in messages.items():
            parts = list(Formatter().parse(source))
            if any(name is not None for _literal, name, _spec, _conversion in parts):
                templates.append(_compiled([(literal, name) for literal, name, _, _ in parts], words))
            else:
                self._whole[source.format()] = words.format()
        self._templates = sorted(
            templates, key=lambda template: (-template.fixed, len(template.pattern.groupindex))
        )

    def say(self, text: str, depth: int = 0, *, in_gap: bool = False) -> str:
        """A sentence, or what stands in the gap of one, as far as it is known."""
        if depth > _DEEPEST or not _CHINESE.search(text):
            return time_words(text) or text.replace("、", ", ") if depth else text
        return (
            time_words(text)
            or self._known(text)
            or self._filled(text, depth, in_gap=in_gap)
            or self._most_known(text, depth, in_gap=in_gap)
            or self._sentences(text, depth, some=True)
            or self._row(text, depth, "、", ", ")
            or self._row(text, depth, " · ", " · ")
            or self._row(text, depth, "”或“", "” or “")
            or text
        )

    def _most_known(self, text: str, depth: int, *, in_gap: bool) -> str:
        """The reading that leaves the least in Chinese: by sentences, a name with its fault, one long gap."""
        readings = (
            self._sentences(text, depth),
            self._row(text, depth, "：", ": "),
            self._filled(text, depth, across=True, in_gap=in_gap),
        )
        return min(filter(None, readings), key=lambda said: len(_CHINESE.findall(said)), default="")

    def _known(self, text: str) -> str:
        """A whole sentence or a label; inner sentences have lost their full stop."""
        if text in self._whole:
            return self._whole[text]
        label = self._label(text)
        if label != text:
            return label
        ended = self._whole.get(f"{text}。", "")
        return ended.removesuffix(".")

    def _filled(self, text: str, depth: int, *, across: bool = False, in_gap: bool = False) -> str:
        """By a template; its gaps hold more than one sentence only when `across`."""
        bare = text.removesuffix("。")
        ended = text if text.endswith(_ENDS) else f"{text}。"
        for template in self._templates:
            if template.longest not in ended or (in_gap and not template.speaks):
                continue
            for tried in dict.fromkeys((text, ended, bare)):
                match = template.match(tried)
                if match is not None and (across or not any(map(_INNER_END.search, match.groups()))):
                    said = template.words.format_map(self._gaps(template, match, depth)).rstrip()
                    if tried == text:
                        return said
                    return _ended(said) if len(tried) < len(text) else said.removesuffix(".")
        return ""

    def _gaps(self, template: _Template, match: re.Match[str], depth: int) -> dict[str, str]:
        return {
            name: (given if name in _AS_GIVEN else self._known(given) or given)
            if name in template.quoted
            else self.say(given, depth + 1, in_gap=True)
            for name, given in match.groupdict().items()
        }

    def _sentences(self, text: str, depth: int, *, some: bool = False) -> str:
        """Sentences in a row, all of them known, or `some`."""
        parts = [part for part in _SENTENCE.split(text) if part]
        if len(parts) < 2:
            parts = [part for part in text.split("；") if part]
        said = [self.say(part, depth + 1) for part in parts] if len(parts) > 1 else []
        known = [before != after for before, after in zip(parts, said, strict=False)]
        if not (any(known) if some else known and all(known)):
            return ""
        row = " ".join(
            _ended(after) if is_known else after for after, is_known in zip(said, known, strict=True)
        )
        return row if text.endswith(_ENDS) else row.removesuffix(".")

    def _row(self, text: str, depth: int, mark: str, joint: str) -> str:
        """A name with its fault, or names in a row; empty when none is known."""
        parts = text.split(mark, 1 if mark == "：" else -1)
        said = [self.say(part, depth + 1) for part in parts] if len(parts) > 1 else parts
        return "" if said == parts else joint.join(said)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _compiled(parts: list[tuple[str, str | None]], words: str) -> _Template:
    pattern, names, quoted = "", set[str](), set[str]()
    for number, (literal, name) in enumerate(parts):
        pattern += re.escape(literal)
        if name is None:
            continue
        after = parts[number + 1][0] if number + 1 < len(parts) else ""
        if literal.endswith("“") and after.startswith("”"):
            quoted.add(name)
        pattern += f"(?P={name})" if name in names else f"(?P<{name}>{SHAPES.get(name, '.*?')})"
        names.add(name)
    tail = parts[-1][0] if parts[-1][1] is None else ""
    fixed = sum(len(literal) for literal, _name in parts)
    speaks = len(_CHINESE.findall("".join(literal for literal, _name in parts))) >= _SPEAKING
    longest = max((literal for literal, _name in parts), key=len)
    found = re.compile(pattern, re.DOTALL)
    speaks = speaks or not names.isdisjoint(SHAPES)
    return _Template(parts[0][0], tail, longest, fixed, speaks, found, frozenset(quoted), words)


def _phrasebook(language: str) -> Phrasebook:
    """The phrasebook of a language, read anew only when its binary catalogue has changed."""
    paths = [Path(root) / to_locale(language) / "LC_MESSAGES" / "django.mo" for root in settings.LOCALE_PATHS]
    return _read(tuple((path, path.stat().st_mtime_ns) for path in paths if path.exists()))


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[Path, int], ...]) -> Phrasebook:
    messages: dict[str, str] = {}
    for path, _changed in files:
        with path.open("rb") as binary:
            known: dict[object, str] = vars(catalogues.GNUTranslations(binary))["_catalog"]
        for source, words in known.items():
            if isinstance(source, str) and source.startswith(_CONTEXT):
                messages[source.removeprefix(_CONTEXT)] = words
    return Phrasebook(messages)
