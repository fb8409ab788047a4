"""Actor 行为人: who does an act, with the grants that are in force now.

An actor is resolved once (by `orgs`) and handed to services. Grants name acts (`cases.close`) and where
they hold: everywhere, in a set of communities (社区), or for a set of units (单位). Code asks
`actor.may("cases.close", community=…)`; it never asks for a role, a department or a city.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

_NOTHING: Mapping[str, Scope]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a grant holds 权限范围.

    Attributes:
        everywhere: the whole instance.
        communities: keys of communities (社区, 村) the grant covers.
        units: keys of units whose own work the grant covers.
    """

    everywhere: bool = False
    communities: frozenset[UUID] = frozenset()
    units: frozenset[UUID] = frozenset()

    def covers(self, *, community: UUID | None = None, units: Iterable[UUID] = ()) -> bool:
        """Whether a thing in `community`, worked on by `units`, is inside."""
        if self.everywhere:
            return True
        if community is not None and community in self.communities:
            return True
        return any(unit in self.units for unit in units)

    def union(self, other: Scope) -> Scope:
        """The scope that covers whatever either covers."""
        return Scope(
            everywhere=self.everywhere or other.everywhere,
            communities=self.communities | other.communities,
            units=self.units | other.units,
        )

    @property
    def is_empty(self) -> bool:
        """Whether the scope covers nothing."""
        return not (self.everywhere or self.communities or self.units)


NOWHERE = Scope()
EVERYWHERE = Scope(everywhere=True)
_NOTHING = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts 行为人.

    Attributes:
        account_id: key of the account; None for the system and for residents without login.
        kind: `person`, `token`, `resident` or `system`.
        post_id: the post (岗位) the act is done in, None when there is none.
        unit_id: the unit of that post.
        grants: named act to scope, as of the moment the actor was resolved.
        name: for the system, which process; never a person's name.
    """

    account_id: UUID | None
    kind: str = "person"
    post_id: UUID | None = None
    unit_id: UUID | None = None
    grants: Mapping[str, Scope] = field(default_factory=lambda: _NOTHING)
    name: str = ""

    def may(self, act: str, *, community: UUID | None = None, units: Iterable[UUID] = ()) -> bool:
        """Whether the actor may do `act` to a thing in `community`, worked on by `units`."""
        scope = self.grants.get(act)
        return scope is not None and scope.covers(community=community, units=units)

    def may_anywhere(self, act: str) -> bool:
        """Whether the actor may do `act` at all, somewhere."""
        scope = self.grants.get(act)
        return scope is not None and not scope.is_empty

    def scope(self, act: str) -> Scope:
        """Where the actor may do `act`; `NOWHERE` when it may not."""
        return self.grants.get(act, NOWHERE)


def system_actor(name: str, *acts: str) -> Actor:
    """The actor of a background process, holding exactly the acts it is given."""
    return Actor(account_id=None, kind="system", name=name, grants=dict.fromkeys(acts, EVERYWHERE))
