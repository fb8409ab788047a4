"""Words that must not stand in the repository: unfinished work, one machine's paths, package mirrors."""

from __future__ import annotations

import re

import pytest

from .source import ROOT, text_files

#: What must not be found, each with its reason. Written in halves, so that this page does not find itself.
FORBIDDEN = {
    "TO" + "DO": "unfinished work is an issue, not a comment",
    "FIX" + "ME": "unfinished work is an issue, not a comment",
    "X" + "XX": "unfinished work is an issue, not a comment",
    r"/wo" + r"rk/": "a path of one machine",
    r"/ro" + r"ot/": "a path of one machine",
    r"/ho" + r"me/[a-z]": "a path of one machine",
    r"registry\.npm"
    + r"js|npmmir"
    + r"ror|files\.python"
    + r"hosted|pypi\.(?:or"
    + "g|tuna)": "a registry host",
    r"(?:Not" + r"Implemented(?:Error)?\b)": "a stub is not called done",
    r"(?:breakpoint|pdb\.set_" + r"trace)\(": "left over from debugging",
}


@pytest.mark.parametrize(("pattern", "reason"), FORBIDDEN.items())
def test_forbidden_words_stand_nowhere(pattern: str, reason: str) -> None:
    expression = re.compile(rf"\b{pattern}\b" if pattern.isalpha() else pattern)
    found = []
    for path in text_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if expression.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == [], reason


def test_no_line_of_code_is_commented_out() -> None:
    looks_like_code = re.compile(
        r"^\s*#\s*(?:import |from \w+ import|def |class |return |if .*:$|for .*:$|\w+\(.*\)$|\w+ = )"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:60]}"
        for path in text_files()
        if path.suffix == ".py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if looks_like_code.match(line) and not line.lstrip().startswith("#:")
    ]
    assert found == []
