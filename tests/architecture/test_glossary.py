"""The glossary names every model, enum, state and action in the Chinese of the code, and nothing else."""

from __future__ import annotations

import enum
import importlib
import re
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.db.models import Choices

from yiwang.kernel.states import Lifecycle

from .source import CHINESE, FLOORS, ROOT, modules

FOLDER = ROOT / "docs" / "glossary"
#: What may stand between the words of the fifth column.
SEPARATORS = str.maketrans(dict.fromkeys("，,；;、`()（）", " "))
COLUMNS = ("中文", "identifier", "definition", "source", "not to be confused with", "app")


@dataclass(frozen=True)
class Row:
    """One line of a glossary file."""

    chinese: str
    identifier: str
    definition: str
    source: str
    confused_with: str
    app: str
    file: str


def _rows() -> list[Row]:
    found = []
    for path in sorted(FOLDER.glob("*.md")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.startswith("|"):
                continue
            cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
            assert len(cells) == len(COLUMNS), f"{path.name}: {line}"
            found.append(Row(*cells, file=path.name))
    return found


def _own_classes(kind: type) -> list[type]:
    found = []
    for module in modules():
        if module.app in {"", "__main__"} or module.path.name == "__main__.py":
            continue
        loaded = importlib.import_module(module.name)
        found += [
            value
            for value in vars(loaded).values()
            if isinstance(value, type) and issubclass(value, kind) and value.__module__ == module.name
        ]
    return found


def _lifecycles() -> dict[str, Lifecycle]:
    """Every lifecycle by `app.name`."""
    found = {}
    for module in modules():
        if module.path.stem == "states" or ".states." in module.name:
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Lifecycle):
                    found[f"{module.app}.{value.name}"] = value
    return found


def _models() -> dict[str, str]:
    return {
        model._meta.label: str(model._meta.verbose_name)
        for model in apps.get_models(include_auto_created=False)
        if model.__module__.startswith("yiwang.")
    }


def _enums() -> set[str]:
    return {f"{c.__module__.split('.')[1]}.{c.__name__}" for c in _own_classes(enum.Enum)}


def _states_and_actions() -> dict[str, str]:
    found = {}
    for name, lifecycle in _lifecycles().items():
        found |= {f"{name}.{state}": label for state, label in lifecycle.states.items()}
        found |= {f"{name}.{row.action}": row.label for row in lifecycle.transitions}
    return found


def test_every_model_stands_in_the_glossary_in_its_own_chinese() -> None:
    chinese = {row.identifier: row.chinese for row in _rows()}
    assert {n: label for n, label in _models().items() if chinese.get(n) != label} == {}


def test_every_enum_stands_in_the_glossary() -> None:
    assert sorted(_enums() - {row.identifier for row in _rows()}) == []


def test_every_state_and_action_stands_in_the_glossary_in_its_own_chinese() -> None:
    chinese = {row.identifier: row.chinese for row in _rows()}
    assert {n: label for n, label in _states_and_actions().items() if chinese.get(n) != label} == {}


def test_no_row_names_what_is_gone() -> None:
    known = {*_models(), *_enums(), *_states_and_actions(), *_lifecycles(), *_classes()}
    code = "\n".join(module.text for module in modules())
    stale = [
        f"{row.file}: {row.identifier}"
        for row in _rows()
        if row.identifier not in known
        and ("." in row.identifier or not re.search(rf"\b{row.identifier}s?\b", code))
    ]
    assert stale == []


def _classes() -> set[str]:
    """`app.Class` of every public class: a row may also explain an event or a value."""
    return {
        f"{c.__module__.split('.')[1]}.{c.__name__}"
        for c in _own_classes(object)
        if not c.__name__.startswith("_")
    }


def test_every_row_is_whole_and_stands_once_in_the_file_of_its_app() -> None:
    rows = _rows()
    identifiers = [row.identifier for row in rows]
    assert sorted(identifiers) == sorted(set(identifiers))
    for row in rows:
        assert CHINESE.search(row.chinese), row
        assert row.definition.endswith("."), row
        assert row.source, row
        assert row.app in FLOORS, row
        assert row.file == f"{row.app}.md", row
        assert row.identifier.startswith(f"{row.app}.") or "." not in row.identifier, row


def test_what_a_row_is_not_to_be_confused_with_exists() -> None:
    rows = _rows()
    known = {row.identifier for row in rows} | _classes()
    wrong = [
        f"{row.identifier}: {word}"
        for row in rows
        for word in row.confused_with.translate(SEPARATORS).split()
        if word.split(".")[0] in FLOORS and "." in word and word.strip(".") not in known
    ]
    assert wrong == []


def test_the_index_explains_the_columns_and_names_every_file() -> None:
    index = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert column in index
    assert [path.name for path in FOLDER.glob("*.md") if f"glossary/{path.name}" not in index] == []


def test_models_and_enums_carry_chinese_labels() -> None:
    plain = [name for name, label in _models().items() if not CHINESE.search(label)]
    plain += [
        f"{choices.__name__}.{member.name}"
        for choices in _own_classes(Choices)
        for member in choices  # type: ignore[attr-defined]
        if not CHINESE.search(str(member.label))
    ]
    assert plain == []


@pytest.mark.parametrize(
    "pair", [("核实", "verify"), ("核查", "recheck"), ("巡查", "patrol")], ids=lambda p: p[1]
)
def test_words_that_are_easily_mixed_keep_to_their_meaning(pair: tuple[str, str]) -> None:
    chinese, english = pair
    others = {"verify", "recheck", "patrol"} - {english}
    mixed = [
        row.identifier
        for row in _rows()
        if row.chinese == chinese and any(other in row.identifier.lower() for other in others)
    ]
    assert mixed == []
