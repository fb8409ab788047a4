"""Queries 查询 of runs and the quarantine, for whoever holds the act."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

from jmespath.exceptions import JMESPathError

from ...interface.public import Order, Page, page_by_key
from ...ledger.public import unseal
from ..models import ImportRun, Mapping, QuarantineEntry, RawMessage
from ..reading import SourceRow
from ..rules.bodies import Unreadable, read_body
from ..rules.personal_fields import MASK, hide_personal, without_numbers
from ..rules.specification import Specification, read_specification
from .channels import channel_index

_RUNS = Order("recent", "started_at", descending=True)
_ENTRIES = Order("recent", "created_at", descending=True)
_TABLES = frozenset({"csv", "xlsx"})
#: Fields of a report that are its reporter.
CONTACTS = frozenset({"contact_name", "contact_phone"})
#: Runs of digits that may be a phone or identity number, in a text that nothing else is known of.
_DIGITS = re.compile(r"\d{5,}")


def runs_page(*, cursor: str = "") -> Page[ImportRun]:
    """One page of import runs, newest first."""
    return page_by_key(ImportRun.objects.select_related("mapping"), _RUNS, cursor=cursor)


def entries_page(
    *, state: str = "open", reason: str = "", run: str = "", cursor: str = ""
) -> Page[QuarantineEntry]:
    """One page of the quarantine, newest first; an empty filter means all."""
    given = {"state": state, "reason": reason, "run": run}
    rows = QuarantineEntry.objects.select_related("message", "run").filter(
        **{name: value for name, value in given.items() if value}
    )
    return page_by_key(rows, _ENTRIES, cursor=cursor)


def mapping_choices() -> list[Mapping]:
    """The newest edition of every mapping, by name."""
    return list(Mapping.objects.order_by("name", "-edition").distinct("name"))


def file_mappings() -> list[Mapping]:
    """Those that read files: tables, and lines of JSON unless they are messages pushed to a channel."""
    doors = {code: channel.door for code, channel in channel_index().by_code.items()}
    return [
        row
        for row in mapping_choices()
        if row.format in _TABLES or (row.format == "json" and doors.get(row.name, "files") == "files")
    ]


def masked_row(entry: QuarantineEntry, spec: Specification) -> dict[str, object]:
    """The stored tree of an entry's message, what it says of its reporter hidden."""
    return masked_message(entry.message, spec)


def masked_value(entry: QuarantineEntry) -> str:
    """What was wrong in an entry's message, hidden when it is of the reporter."""
    if entry.field in CONTACTS:
        return MASK if entry.value else ""
    return without_numbers(entry.value)[0]


def masked_message(message: RawMessage, spec: Specification) -> dict[str, object]:
    """The stored tree of a message, what it says of its reporter hidden.

    Name and phone go wherever they stand, fields whose name says that they are of a person unless they are
    mapped to something else, and numbers of phones and identity cards within texts.
    """
    row = row_of(message, spec)
    if row.broken:
        return {name: _DIGITS.sub(MASK, str(value)) for name, value in row.values.items()}
    secret = frozenset(text for target in CONTACTS for text in _texts_of(target, spec, row.values))
    others = spec.fields.keys() - CONTACTS
    seen = frozenset(text for target in others for text in _texts_of(target, spec, row.values))
    shown: dict[str, object] = hide_personal(row.values, secret=secret, shown=seen)
    return shown


def _texts_of(target: str, spec: Specification, values: dict[str, Any]) -> list[str]:
    """What a message says for one field of the report."""
    rule = spec.fields.get(target)
    with suppress(JMESPathError):
        return _leaves(rule.get(values)) if rule else []
    return []


def _leaves(value: object) -> list[str]:
    """The texts of a value that may be a list or an object."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _leaves(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _leaves(inner)]
    return [str(value)] if value else []


def newest_mapping(name: str) -> Mapping | None:
    """The newest edition of a mapping."""
    return Mapping.objects.filter(name=name).order_by("-edition").first()


def corrections_of(entry: QuarantineEntry) -> dict[str, str]:
    """What somebody entered for an entry before."""
    if entry.corrections is None:
        return {}
    found: dict[str, str] = json.loads(unseal(bytes(entry.corrections), context=entry.id.bytes))
    return found


def row_of(message: RawMessage, spec: Specification) -> SourceRow:
    """The stored tree of a message, read as the specification says; one that cannot be read stands whole
    under `原文`.
    """
    text = unseal(bytes(message.payload), context=message.id.bytes)
    if message.run_id is not None:
        return SourceRow(message.line or 0, json.loads(text))
    try:
        return SourceRow(0, read_body(text, spec.format))
    except Unreadable as error:
        return SourceRow(0, {"原文": text[:2_000]}, str(error))


def newest_specification(message: RawMessage) -> Specification:
    """The newest edition of the mapping a message came by."""
    newest = newest_mapping(message.mapping.name) or message.mapping
    return read_specification(newest.text)
