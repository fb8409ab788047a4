"""Problems 问题 of services as one sentence for a page, in the language of the reader."""

from __future__ import annotations

from ...interface.public import sentence_of

__all__ = ["sentence_of"]
