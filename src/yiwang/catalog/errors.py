"""Errors of the catalog, each with a stable code.

Conflict
└── ResponsibilityTie      another row of the responsibility list would win exactly as often (409)
"""

from __future__ import annotations

from uuid import UUID

from ..kernel.errors import Conflict


class ResponsibilityTie(Conflict):
    """Two rows of the responsibility list tie 权责清单行相持 (409).

    Attributes:
        other: key of the row that is there already.
    """

    code = "catalog.responsibility_tie"

    def __init__(self, message: str, *, other: UUID) -> None:
        super().__init__(message, other=str(other))
        self.other = other
