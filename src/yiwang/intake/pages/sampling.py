"""Sampling 样例文件: what a mapping file makes of the first rows of a file; nothing is stored."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from ...kernel.errors import invalid
from ..forms import field_label
from ..reading import SourceRow, format_of, read_rows
from ..rules.applying import MappedReport, Mapper, RowFailed
from ..rules.specification import Specification
from ..services.mappings import mapper_of
from .previewing import mapped_value, place_note, unknown_note, value_words

#: Rows of a sample that are shown, and bytes of one that are taken.
MOST_ROWS, LARGEST = 10, 20 * 1024 * 1024
_LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class SampleValue:
    """One field of a sampled row that says something; `note` when the value will not be taken as it is."""

    label: str
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SampleRow:
    """What a mapping makes of one row 样例行: its fields, or the first that is wrong.

    Attributes:
        field, value, remedy: the field that is wrong, what the row says there, what to do; empty for a good
            row, and without a field when the row itself is broken.
    """

    line: int
    values: tuple[SampleValue, ...] = ()
    field: str = ""
    value: str = ""
    remedy: str = ""


def sample_rows(spec: Specification, upload: UploadedFile) -> list[SampleRow]:
    """The first rows of a file as a mapping reads them 预览前十行.

    Raises:
        Invalid: the file is too large, of another kind, or cannot be read; the mapping names a scheme that
            does not exist.
    """
    name = Path(upload.name or "").name
    format_of(Path(name))
    if (upload.size or 0) > LARGEST:
        raise invalid("sample", name, _("样例文件不能超过 20 MB，请截取前几行另存后再试。"))
    mapper = mapper_of(spec)
    with tempfile.TemporaryDirectory(prefix="yiwang-sample-") as folder:
        path = Path(folder) / name[-80:]
        with path.open("xb") as stream:
            for chunk in upload.chunks():
                stream.write(chunk)
        return [_sampled(mapper, row) for row in islice(read_rows(path, spec), MOST_ROWS)]


def _sampled(mapper: Mapper, row: SourceRow) -> SampleRow:
    if row.broken:
        return SampleRow(row.line, remedy=row.broken)
    try:
        mapped = mapper.map(row.values)
    except RowFailed as failure:
        return SampleRow(
            row.line, field=field_label(failure.field), remedy=failure.remedy,
            value=value_words(failure.field, failure.value)[:_LONGEST_SHOWN],
        )  # fmt: skip
    return SampleRow(row.line, tuple(_values(mapper.spec, mapped)))


def _values(spec: Specification, mapped: MappedReport) -> list[SampleValue]:
    shown = []
    for target in spec.fields:
        value = mapped_value(mapped, target)
        note = unknown_note(target, value) or place_note(target, mapped, spec)
        if words := value_words(target, value):
            shown.append(SampleValue(field_label(target), words[:_LONGEST_SHOWN], note))
    return shown


__all__ = ["LARGEST", "MOST_ROWS", "SampleRow", "SampleValue", "sample_rows"]
