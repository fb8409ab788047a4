"""Errors of `files`, each with a stable code.

Invalid
├── TypeNotAllowed     the content is of no allowed type, whatever its name says (422)
├── TooLarge           more bytes or pixels than allowed (422)
└── Damaged            the content cannot be read as what it claims to be (422)
"""

from __future__ import annotations

from ..kernel.errors import FieldProblem, Invalid


class _FileProblem(Invalid):
    """Names the file as the field at fault."""

    def __init__(self, filename: str, remedy: str) -> None:
        super().__init__(f"文件“{filename}”：{remedy}", [FieldProblem("file", filename, remedy)])


class TypeNotAllowed(_FileProblem):
    """The content is of no allowed type 文件类型不允许."""

    code = "files.type_not_allowed"


class TooLarge(_FileProblem):
    """More bytes or pixels than allowed 文件过大."""

    code = "files.too_large"


class Damaged(_FileProblem):
    """The content cannot be read 文件损坏."""

    code = "files.damaged"
