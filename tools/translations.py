"""Translations 翻译: the English catalogue, made and compiled with Babel alone.

Chinese source text is the message id. `update` collects every message from Python, from templates, from the
labels that stand in tables (states, actions, choices) and from errors (`error_templates`, under the context
"error") and brings the catalogue up to date; `compile` writes the binary catalogue that Django reads; `check`
says what is missing.

    python tools/translations.py update|compile|check
"""

from __future__ import annotations

import ast
import io
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # `python tools/translations.py` looks only beside itself

from tools import error_templates  # noqa: E402

PACKAGE = ROOT / "src" / "yiwang"
CATALOGUE = PACKAGE / "project" / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
#: Header lines that say when and by whom, which git knows better.
_MOVING = tuple(
    f'"{name}' for name in ("POT-", "PO-R", "Last-T", "Language-T", "Report-", "Generated-", "Project-")
)
#: A message with where it stands: file from the root, line, id (or singular and plural), context.
Found = tuple[str, int, str | tuple[str, ...], str | None]


def _prepare_django() -> None:
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
    import django

    django.setup()


def _files(suffix: str) -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob(f"*{suffix}")):
        if not {"tests", "migrations", "vendor"} & set(path.relative_to(PACKAGE).parts):
            yield path


def _extracted(path: Path, text: str) -> Iterator[Found]:
    source = io.BytesIO(text.encode())
    for line, function, found, _comments in extract_python(source, list(KEYWORDS), (), {"encoding": "utf-8"}):
        words = tuple(found) if isinstance(found, (list, tuple)) else (found,)
        shown = str(path.relative_to(ROOT))
        if not all(isinstance(word, str) for word in words[:2]) or not words[0]:
            continue  # a variable: its text is marked where it is written
        if function.startswith("pgettext"):
            yield shown, line, str(words[1]), str(words[0])
        elif function.startswith("ngettext"):
            yield shown, line, (str(words[0]), str(words[1])), None
        else:
            yield shown, line, str(words[0]), None


def from_python() -> Iterator[Found]:
    """Messages of gettext calls."""
    for path in _files(".py"):
        yield from _extracted(path, path.read_text(encoding="utf-8"))


def from_templates() -> Iterator[Found]:
    """Messages of `translate` and `blocktranslate` tags."""
    from django.utils.translation.template import templatize

    for path in [*_files(".html"), *_files(".txt")]:
        if "templates" in path.parts:
            code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            yield from _extracted(path, "\n".join(line.strip() for line in code.splitlines()))


def from_tables() -> Iterator[Found]:
    """Labels of states, actions and choices: pages show them through `gettext` at the moment of drawing."""
    import importlib

    from django.db.models import Choices

    from yiwang.kernel.states import Lifecycle

    for path in _files(".py"):
        if path.stem not in {"states", "enums"} and path.parent.name not in {"states", "enums"}:
            continue
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        shown = str(path.relative_to(ROOT))
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, Lifecycle):
                labels = [*value.states.values(), *(row.label for row in value.transitions)]
            elif isinstance(value, type) and issubclass(value, Choices) and value.__module__ == name:
                labels = [str(member.label) for member in value]
            else:
                continue
            yield from ((shown, 1, label, None) for label in labels)


def from_errors() -> Iterator[Found]:
    """Templates of what errors say: pages and the API translate the finished sentence by them."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in _files(".py")}
    errors, marked = error_templates.error_names(trees.values()), {*KEYWORDS, "_n"}
    for path, tree in trees.items():
        for template in error_templates.templates(tree, path.relative_to(PACKAGE), errors, marked):
            yield str(path.relative_to(ROOT)), 1, template, error_templates.CONTEXT


def collected() -> Catalog:
    """Every message of the product, untranslated, in order of first appearance."""
    catalogue = Catalog(project="Yiwang", charset="utf-8")
    for found in (from_python(), from_templates(), from_tables(), from_errors()):
        for place, _line, words, context in found:
            if context == error_templates.CONTEXT and words in catalogue:
                continue  # a page says the same sentence
            catalogue.add(words, locations=[(place, 0)], context=context)
    return catalogue


def read(path: Path = CATALOGUE) -> Catalog:
    """The catalogue as it stands; an empty one when there is none."""
    if not path.exists():
        return Catalog(locale="en", charset="utf-8")
    with path.open("rb") as source:
        return read_po(source, locale="en")


def merged(known: Catalog, wanted: Catalog) -> Catalog:
    """The wanted messages with the English that is known; nothing is guessed, nothing is fuzzy."""
    result = Catalog(locale="en", project="Yiwang", charset="utf-8", fuzzy=False)
    result.header_comment = "# English texts of Yiwang. Chinese source text is the message id."
    for message in wanted:
        if not message.id:
            continue
        old = known.get(_key(message), message.context)
        places = sorted({(name, 0) for name, _line in message.locations})
        english = old.string if old is not None else ""
        result.add(message.id, english, locations=places, context=message.context)
    return result


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, (list, tuple)) else message.id


def missing(known: Catalog, wanted: Catalog) -> list[str]:
    """Messages without a sure English text, and English texts whose message is gone."""
    wrong = []
    for message in wanted:
        if not message.id:
            continue
        old = known.get(_key(message), message.context)
        if old is None or not _is_translated(old):
            wrong.append(f"missing: {_key(message)}")
        elif old.fuzzy:
            wrong.append(f"fuzzy: {_key(message)}")
    gone = [m for m in known if m.id and wanted.get(_key(m), m.context) is None]
    return wrong + [f"gone: {_key(message)}" for message in gone]


def _is_translated(message: Message) -> bool:
    strings: Iterable[str] = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return all(strings)


def write(catalogue: Catalog, path: Path = CATALOGUE) -> None:
    """Write the catalogue in an order and with headers that do not change by themselves."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, catalogue, width=110, include_lineno=False, sort_output=True)
    lines = text.getvalue().decode().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(_MOVING)), encoding="utf-8")


def update() -> int:
    """Bring the catalogue up to date; returns how many messages still want their English."""
    _prepare_django()
    catalogue = merged(read(), collected())
    write(catalogue)
    return sum(1 for message in catalogue if message.id and not _is_translated(message))


def compile_catalogues(root: Path = PACKAGE) -> int:
    """Compile every .po under `root` whose .mo is missing or older; returns how many were written."""
    written = 0
    for po in sorted(root.glob("**/locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        staging = mo.with_suffix(".new")
        with staging.open("wb") as binary:
            write_mo(binary, read(po))
        staging.replace(mo)
        written += 1
    return written


def main(words: list[str]) -> int:
    """Run one command; returns the exit code."""
    command = words[0] if words else ""
    if command == "update":
        sys.stdout.write(f"{update()} messages want their English.\n")
    elif command == "compile":
        sys.stdout.write(f"{compile_catalogues()} catalogues compiled.\n")
    elif command == "check":
        _prepare_django()
        wrong = missing(read(), collected())
        sys.stdout.write("".join(f"{line}\n" for line in wrong))
        return 1 if wrong else 0
    else:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
