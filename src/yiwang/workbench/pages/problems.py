"""Problems 问题 of services as one sentence for a page."""

from __future__ import annotations

from ...kernel.errors import Invalid, YiwangError


def sentence_of(problem: YiwangError) -> str:
    """What is wrong and what to do; for wrong input the remedies of its fields."""
    if isinstance(problem, Invalid) and problem.problems:
        return "；".join(found.remedy for found in problem.problems)
    return problem.message
