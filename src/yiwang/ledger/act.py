"""Act 业务行为: one transaction, one journal entry or more, one statement that writes it all.

A service reads like this::

    with acting(actor=actor, at=at) as act:
        case = act.lock(Case, case_id, expected=version)
        ...guards...
        case.state = "handling"
        act.update(case, "state")
        act.insert(Task(...))
        act.record(case, "cases.dispatched", {"host": unit_id})
        act.announce(CaseDispatched(case_id=case.id, ...))
    return case

The collected writes, the journal entries and the outbox rows go to the database as a single statement
(one common table expression a table), so an act costs BEGIN, one lock, one write and COMMIT. The root
row, its journal head and the entry can not part: they are one statement.

A model that names the column of its root in `due_told_in` has a due instant, `due_at`, that no act moves in
silence: the last entry that the act makes in the stream of that root tells it under `due`, by the row's
`due_name`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.models.expressions import DatabaseDefault
from django.db.models.fields import NOT_PROVIDED
from django.utils import translation

from ..kernel.actor import Actor
from ..kernel.canonical import canonical_text, due_name, entry_hash
from ..kernel.copy_format import CopyTable
from ..kernel.errors import NotFound, StaleVersion
from .events import Event, event_body
from .models import JournalEntry, RootRow, lane_of

M = TypeVar("M", bound=models.Model)
R = TypeVar("R", bound=RootRow)

_ROOT_FIELDS = ("version", "journal_head")


@dataclass(slots=True)
class _Entry:
    """A journal entry that is not written yet; it is chained when the act is."""

    root: RootRow
    seq: int
    kind: str
    text: str


@contextmanager
def acting(*, actor: Actor, at: datetime) -> Iterator[Act]:
    """Open a transaction, hand out an `Act`, and write what it collected when the block ends well.

    Inside an open transaction it is a savepoint: an error undoes this act and no more. Words that an act
    writes are in the city's language, whatever language the page of whoever acts is in.
    """
    with translation.override(settings.LANGUAGE_CODE), transaction.atomic():
        act = Act(actor=actor, at=at)
        yield act
        act.flush()


class Act:
    """The collected writes of one business act; made by `acting`.

    Attributes:
        actor: who acts.
        at: the instant of the act (aware); services never read the clock themselves.
    """

    def __init__(self, *, actor: Actor, at: datetime) -> None:
        self.actor = actor
        self.at = at
        self._inserts: dict[type[models.Model], list[models.Model]] = {}
        self._updates: dict[models.Model, set[str]] = {}
        self._entries: list[_Entry] = []
        self._dues: dict[UUID, dict[str, datetime | None]] = {}
        self._events: list[Event] = []
        self._raw: list[tuple[str, list[Any]]] = []
        self._new: set[int] = set()

    # -- reading ------------------------------------------------------------------------------
    def lock(self, model: type[R], key: UUID, *, expected: int | None = None) -> R:
        """Lock one root row and return it.

        Args:
            expected: the version the page or client has seen; None skips the check.

        Raises:
            NotFound: when there is no such row.
            StaleVersion: when the row has moved on; carries the journal entries since.
        """
        rows = self.fetch(model, id=key)
        if not rows:
            raise NotFound(f"找不到编号为 {key} 的{model._meta.verbose_name}。")
        row = rows[0]
        if expected is not None and row.version != expected:
            changes = list(JournalEntry.objects.filter(stream=key, seq__gt=expected).order_by("seq")[:20])
            raise StaleVersion(
                "您打开之后，别人已经改动了它。请核对后再提交。",
                changes=changes,
                version=row.version,
            )
        return row

    def fetch(self, model: type[M], *, lock: bool = True, **equal: Any) -> list[M]:
        """Rows of `model` whose columns equal the given values, locked unless told otherwise."""
        names = tuple(equal)
        text, attnames, converters = _select(model, names, lock)
        params = [_column(model, name).get_db_prep_value(value, connection) for name, value in equal.items()]
        found = execute(text, params).fetchall()
        rows = []
        for values in found:
            row = list(values)
            for index, converter in converters:
                row[index] = converter(row[index])
            rows.append(model.from_db(connection.alias, attnames, row))
        return rows

    # -- collecting ---------------------------------------------------------------------------
    def insert(self, row: M) -> M:
        """Add a new row; written when the act ends."""
        self._inserts.setdefault(type(row), []).append(row)
        self._new.add(id(row))
        return row

    def update(self, row: models.Model, *names: str) -> None:
        """Write the named fields of an existing row when the act ends."""
        if id(row) not in self._new:
            self._updates.setdefault(row, set()).update(names)

    def record(self, root: RootRow, kind: str, body: dict[str, Any]) -> int:
        """Append a journal entry to the stream of `root` and move its head; returns its `seq`.

        Args:
            root: a new or locked root row.
            kind: dotted past fact, such as `cases.dispatched`.
            body: ids, codes, instants, whole numbers and commitments only; never names or free text.
        """
        root.version += 1
        self._entries.append(_Entry(root, root.version, kind, canonical_text(body)))
        self.update(root, *_ROOT_FIELDS)
        return root.version

    def announce(self, event: Event) -> None:
        """Put an event in the outbox; handlers of other apps react after the commit."""
        self._events.append(event)

    def also(self, statement: str, params: Sequence[Any]) -> None:
        """Add one data-modifying SQL statement to the write, with `%s` placeholders."""
        self._raw.append((statement, list(params)))

    # -- writing ------------------------------------------------------------------------------
    def flush(self) -> None:
        """Send everything collected so far as one statement; does nothing when there is nothing."""
        parts: list[str] = []
        params: list[Any] = []
        self._tell_dues()
        entries = self._chained()
        self._write_updates(parts, params)
        for model, rows in self._inserts.items():
            columns = _insert_columns(model, rows)
            parts.append(_insert(model, columns, len(rows)))
            for row in rows:
                params += _values(row, columns)
                row._state.adding = False
                row._state.db = connection.alias
        for text, values in self._raw:
            parts.append(text)
            params += values
        if entries:
            parts.append(_INSERT_ENTRY + ", ".join([_ENTRY] * len(entries)))
            params += chain.from_iterable(entries)
        events = [(e.stream, lane_of(e.stream), e.kind, event_body(e)) for e in self._events]
        if 0 < len(events) <= _FEW:
            parts.append(_INSERT_EVENT + ", ".join([_EVENT] * len(events)))
            params += chain.from_iterable(events)
        if parts:
            execute(_combine(tuple(parts)), params)
        if len(events) > _FEW:
            _copy(events)
        self._updates.clear()
        self._inserts.clear()
        self._new.clear()
        self._raw.clear()
        self._entries.clear()
        self._events.clear()

    def _tell_dues(self) -> None:
        """Put the due instants that are about to be written into the last entry of each root's stream."""
        for model, rows in self._inserts.items():
            if root := getattr(model, "due_told_in", None):
                for row in rows:
                    if (due := row.due_at) is not None:  # type: ignore[attr-defined]
                        self._dues.setdefault(getattr(row, root), {})[due_name(row.pk)] = due
        for row, names in self._updates.items():
            if "due_at" in names and (root := getattr(row, "due_told_in", None)):
                self._dues.setdefault(getattr(row, root), {})[due_name(row.pk)] = row.due_at  # type: ignore[attr-defined]
        for entry in reversed(self._entries if self._dues else []):
            if (dues := self._dues.pop(entry.root.id, None)) is not None:
                entry.text = canonical_text({**json.loads(entry.text), "due": dues})

    def _chained(self) -> list[tuple[Any, ...]]:
        """The entries as rows, each chained to the one before it; moves the heads of their roots."""
        who, rows = (self.actor.account_id, self.actor.post_id, self.actor.name), []
        for entry in self._entries:
            root = entry.root
            root.journal_head = entry_hash(
                bytes(root.journal_head), stream=root.id, seq=entry.seq, kind=entry.kind, at=self.at,
                actor=who[0], post=who[1], agent=who[2], body=entry.text,
            )  # fmt: skip
            rows.append((root.id, entry.seq, entry.kind, self.at, *who, entry.text, root.journal_head))
        return rows

    def _write_updates(self, parts: list[str], params: list[Any]) -> None:
        """One part a row, or one for all rows of a model whose columns are the same when there are many."""
        same: dict[tuple[type[models.Model], tuple[str, ...]], list[models.Model]] = {}
        for row, names in self._updates.items():
            same.setdefault((type(row), tuple(sorted(names))), []).append(row)
        for (model, columns), rows in same.items():
            if len(rows) > _FEW_ROWS:
                text, attributes = _update_many(model, columns, len(rows))
                parts.append(text)
            else:
                text, attributes = _update(model, columns)
                parts += [text] * len(rows)
            for row in rows:
                params += [*_values(row, attributes), row.pk]


_INSERT_ENTRY = (
    "INSERT INTO ledger_journalentry (stream, seq, kind, at, actor, post, agent, body, hash) VALUES "
)
_ENTRY = "(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
_INSERT_EVENT = "INSERT INTO ledger_outboxevent (stream, lane, kind, body) VALUES "
_EVENT = "(%s, %s, %s, %s)"
#: More rows of one model with the same columns than these are updated by one part of the statement.
_FEW_ROWS = 4
#: More events than these, which only bulk work announces, go by COPY after the statement.
_FEW = 8
_EVENTS = CopyTable(
    "ledger_outboxevent", {"stream": "uuid", "lane": "smallint", "kind": "varchar", "body": "text"}
)


def _copy(events: Sequence[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(_EVENTS.statement) as copy:
        for chunk in _EVENTS.stream(events):
            copy.write(chunk)


@lru_cache(maxsize=2048)
def _combine(parts: tuple[str, ...]) -> str:
    if len(parts) == 1:
        return parts[0]
    heads = ", ".join(f"w{i} AS ({part})" for i, part in enumerate(parts[:-1]))
    return f"WITH {heads} {parts[-1]}"


@lru_cache(maxsize=1024)
def _select(
    model: type[models.Model], names: tuple[str, ...], lock: bool
) -> tuple[str, list[str], list[tuple[int, Any]]]:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{f.column}"' for f in fields)
    where = " AND ".join(f'"{_column(model, n).column}" = %s' for n in names)
    converters = []
    for index, field in enumerate(fields):
        for converter in field.get_db_converters(connection):
            converters.append((index, _bound(converter, field)))
    text = f'SELECT {columns} FROM "{model._meta.db_table}" WHERE {where} ORDER BY "{model._meta.pk.column}"'
    return text + (" FOR UPDATE" if lock else ""), [f.attname for f in fields], converters


def _column(model: type[models.Model], name: str) -> models.Field:
    """A field that has a column of its own."""
    return cast("models.Field", model._meta.get_field(name))


def _bound(converter: Any, field: models.Field) -> Any:
    expression = field.get_col(field.model._meta.db_table)
    return lambda value: converter(value, expression, connection)


@lru_cache(maxsize=2048)
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[models.Field, ...]]:
    fields = tuple(_column(model, n) for n in names)
    sets = ", ".join(f'"{f.column}" = %s' for f in fields)
    text = f'UPDATE "{model._meta.db_table}" SET {sets} WHERE "{model._meta.pk.column}" = %s'
    return text, fields


@lru_cache(maxsize=1024)
def _update_many(
    model: type[models.Model], names: tuple[str, ...], count: int
) -> tuple[str, tuple[models.Field, ...]]:
    fields = tuple(_column(model, n) for n in names)
    key = model._meta.pk
    sets = ", ".join(f'"{f.column}" = new."{f.column}"' for f in fields)
    casts = ", ".join(f"%s::{_LENGTH.sub('', f.db_type(connection) or '')}" for f in (*fields, key))
    rows = ", ".join([f"({casts})"] + ["(" + ", ".join(["%s"] * (len(fields) + 1)) + ")"] * (count - 1))
    columns = ", ".join(f'"{f.column}"' for f in (*fields, key))
    text = (
        f'UPDATE "{model._meta.db_table}" old SET {sets} FROM (VALUES {rows}) AS new ({columns}) '
        f'WHERE old."{key.column}" = new."{key.column}"'
    )
    return text, fields


def _insert_columns(model: type[models.Model], rows: list[models.Model]) -> tuple[models.Field, ...]:
    """Every concrete column except those the database fills in for all rows."""
    columns = []
    for field in model._meta.concrete_fields:
        values = [getattr(row, field.attname) for row in rows]
        if all(isinstance(v, DatabaseDefault) for v in values):
            continue
        if field.primary_key and field.default is NOT_PROVIDED and all(v is None for v in values):
            continue
        columns.append(field)
    return tuple(columns)


@lru_cache(maxsize=2048)
def _insert(model: type[models.Model], fields: tuple[models.Field, ...], count: int) -> str:
    names = ", ".join(f'"{f.column}"' for f in fields)
    row = "(" + ", ".join(["%s"] * len(fields)) + ")"
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ' + ", ".join([row] * count)


def _values(row: models.Model, fields: Sequence[models.Field]) -> list[Any]:
    db = connections[DEFAULT_DB_ALIAS]
    return [f.get_db_prep_save(f.pre_save(row, True), db) for f in fields]


@lru_cache(maxsize=4096)
def _native(text: str) -> bytes:
    """The statement with PostgreSQL's own placeholders: `%s` becomes `$1`, `$2`, …; `%%` a percent sign."""
    parts = text.split("%s")
    numbered = "".join(f"{part}${n}" for n, part in enumerate(parts[:-1], start=1)) + parts[-1]
    return numbered.replace("%%", "%").encode()


@lru_cache(maxsize=256)
def _named(text: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$1`, `$2`, … in place of names, however often each stands; the names in order."""
    names: dict[str, int] = {}
    numbered = _NAME.sub(lambda found: f"${names.setdefault(found[1], len(names) + 1)}", text)
    return numbered, tuple(names)


#: A length in a type: casting would cut a text short where storing it is refused.
_LENGTH = re.compile(r"\(.*?\)")
_NAME = re.compile(r"%\((\w+)\)s")


def execute(
    text: str, params: Sequence[Any] | Mapping[str, Any], *, binary: bool = False
) -> psycopg.RawCursor:
    """Run one statement with server-side binding, so that repeated shapes are prepared.

    Shows up in Django's query log, so tests can count round trips.

    Args:
        text: SQL with `%s` placeholders, or `%(name)s` with a mapping; the translation to PostgreSQL's own
            is kept.
        binary: whether the rows come in PostgreSQL's binary form, which is read faster: keys, bytes, texts,
            integers and instants of a bulk read.
    """
    if isinstance(params, Mapping):
        text, names = _named(text)
        params = [params[name] for name in names]
    db = connections[DEFAULT_DB_ALIAS]
    db.ensure_connection()
    if db.queries_logged:
        db.queries_log.append({"sql": text, "time": "0"})
    with db.wrap_database_errors:
        cursor = psycopg.RawCursor(db.connection)
        cursor.execute(_native(text), params, binary=binary)
        return cursor


__all__ = ["Act", "acting", "execute"]
