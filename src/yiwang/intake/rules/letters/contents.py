"""Contents 正文: the text of an HTML letter, and a letter without what it quotes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_LINES = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr"}
)
_SILENT = frozenset({"script", "style", "head", "title", "template", "svg", "object"})
_EMPTY = frozenset({"br", "hr", "img", "meta", "link", "input", "area", "base", "col", "wbr"})
_MANY_LINES = re.compile(r"\n{3,}")
_QUOTE_STARTS = re.compile(
    r"^\s*(?:"
    r"-{2,}\s*(?:引用|原始邮件|原邮件|Original Message|Forwarded message|回复的原邮件)\s*-{2,}"
    r"|-{5,}\s*$(?=\s*(?:发件人|From)\s*[:：])"
    r"|(?:发件人|From)\s*[:：].{0,200}$(?=\s*\n\s*(?:发送时间|发送日期|日期|收件人|Sent|Date|To)\s*[:：])"
    r"|.{0,120}(?:写道|wrote)\s*[:：]\s*$"
    r"|_{10,}\s*$"
    r")",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTED_LINE = re.compile(r"^\s*>.*(?:\n|\Z)", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- \n.*", re.MULTILINE | re.DOTALL)


class _Text(HTMLParser):
    """Collects what a reader would see; quoted letters are marked with `>` so that they can be cut."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start silence or a line."""
        if tag in _SILENT and tag not in _EMPTY:
            self._silent += 1
        elif tag in _LINES:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")
        elif tag == "blockquote" and self.parts:
            self.parts.append("\n-----引用-----\n")

    def handle_endtag(self, tag: str) -> None:
        """End silence or a line."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _LINES - _EMPTY:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def page_text(html: str) -> str:
    """The text of an HTML page: lines where a reader sees lines, no scripts and styles."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return tidy("".join(reader.parts))


def tidy(text: str) -> str:
    """A text without blanks at line ends, with one blank line at most, of one kind of line break."""
    lines = (
        line.strip(" \t\u00a0\u3000\ufeff")
        for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def own_words(text: str) -> str:
    """An answer without the letter it quotes and without a signature; all of it when nothing else is left."""
    start = _QUOTE_STARTS.search(text)
    cut = text[: start.start()] if start else text
    cut = tidy(_SIGNATURE.sub("", _QUOTED_LINE.sub("", cut)))
    return cut or tidy(text)
