"""Who publishes a draft 发布权责变更: another person than who made it, unless the city says so."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """What the guard of publishing looks at 草案发布事实.

    Attributes:
        authors: accounts that began the draft, put changes into it, or submitted it.
        needs_second: whether the city wants another person to publish.
    """

    actor_id: UUID | None
    authors: frozenset[UUID] = frozenset()
    needs_second: bool = True


def publishes_as_second_person(facts: DraftFacts) -> str | None:
    """A draft is published by somebody who had no hand in it (发布规则).

    Example: who only replayed it may publish it; who put one row into it may not.
    """
    if facts.needs_second and facts.actor_id is not None and facts.actor_id in facts.authors:
        return "草案由您编制、修改或提请，须由他人发布；没有他人可以发布的，请安全管理员授予另一人发布权限。"
    return None
