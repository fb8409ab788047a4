"""Chinese is the message id, and every message has its English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation
from tools import translations

from .source import CHINESE, PACKAGE, ROOT, modules

#: Modules whose strings people read on a page, besides errors.
SHOWN = {"pages", "forms", "apps"}
GETTEXT = set(translations.KEYWORDS) | {"gettext_lazy", "_n"}
#: Calls whose Chinese is not for a page in the reader's language: errors, logs, journal.
NOT_SHOWN = {
    "Refused",
    "NotFound",
    "Conflict",
    "StaleVersion",
    "Invalid",
    "invalid",
    "FieldProblem",
    "warning",
    "info",
}
TEMPLATE_PARTS = re.compile(
    r"{%\s*(?:translate|trans)\s.*?%}"
    r"|{%\s*blocktrans(?:late)?\b.*?%}.*?{%\s*endblocktrans(?:late)?\s*%}"
    r"|{%\s*comment\b.*?%}.*?{%\s*endcomment\s*%}"
    r"|{#.*?#}"
    r"|<!--.*?-->"
    r"|lang=\"zh-Hans\">.*?</button>",
    re.DOTALL,
)


def _templates() -> list[Path]:
    return [p for p in sorted(PACKAGE.rglob("templates/**/*.html")) if "tests" not in p.parts]


def test_every_message_has_its_english_and_no_english_is_left_over() -> None:
    assert translations.missing(translations.read(), translations.collected()) == []


def test_english_texts_hold_no_chinese_and_the_same_placeholders() -> None:
    wrong = []
    for message in translations.read():
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        if not ids[0]:
            continue
        wanted = set(re.findall(r"%\(\w+\)[sd]|\{\w*\}", ids[-1]))
        for text in strings:
            if (
                CHINESE.search(re.sub("“.*?”", "", text))
                or set(re.findall(r"%\(\w+\)[sd]|\{\w*\}", text)) != wanted
            ):
                wrong.append(f"{ids[0]} -> {text}")
    assert wrong == []


def test_templates_hold_no_chinese_outside_translate_tags() -> None:
    wrong = []
    for path in _templates():
        left = TEMPLATE_PARTS.sub(lambda m: "\n" * m[0].count("\n"), path.read_text(encoding="utf-8"))
        wrong += [
            f"{path.relative_to(ROOT)}:{number} {line.strip()[:60]}"
            for number, line in enumerate(left.splitlines(), 1)
            if CHINESE.search(line)
        ]
    assert wrong == []


def test_modules_of_the_browser_hold_no_chinese() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(PACKAGE.rglob("static/**/*.mjs"))
        if "vendor" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if CHINESE.search(line.split("//")[0])
    ]
    assert wrong == []


def test_pages_and_forms_wrap_their_chinese_in_gettext() -> None:
    wrong = []
    for module in modules():
        parts = set(module.name.split(".")[2:])
        if not parts & SHOWN:
            continue
        wrong += [
            f"{module.shown}:{node.lineno} {node.value[:30]}"
            for node in _bare_chinese(module.tree)
            if not (
                module.path.stem == "apps" and "verbose_name" in module.text.splitlines()[node.lineno - 1]
            )
        ]
    assert wrong == []


def _bare_chinese(tree: ast.AST) -> list[ast.Constant]:
    """Chinese strings that are neither docstrings nor arguments of gettext or of an error."""
    found: list[ast.Constant] = []

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in GETTEXT | NOT_SHOWN:
                return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value):
            found.append(node)
        for child in ast.iter_child_nodes(node):
            walk(child)

    walk(tree)
    return found


def test_the_binary_catalogue_is_made_without_system_tools(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    source = f'{header}\nmsgid "跳到正文"\nmsgstr "Skip to content"\n'
    (folder / "django.po").write_text(source, encoding="utf-8")
    assert translations.compile_catalogues(tmp_path) == 1
    assert translations.compile_catalogues(tmp_path) == 0
    import gettext

    with (folder / "django.mo").open("rb") as binary:
        assert gettext.GNUTranslations(binary).gettext("跳到正文") == "Skip to content"


def test_django_reads_the_english_catalogue() -> None:
    translations.compile_catalogues()
    with translation.override("en"):
        assert translation.gettext("跳到正文") == "Skip to content"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("title = '案件'", 1),
        ("title = _('案件')", 0),
        ("raise Refused('不行')", 0),
        ("x = f'{a}件'", 1),
        ("'''案件'''", 0),
    ],
)
def test_the_checker_tells_wrapped_from_bare(text: str, found: int) -> None:
    assert len(_bare_chinese(ast.parse(text))) == found
