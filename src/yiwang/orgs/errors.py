"""Errors of `orgs`, each with a stable code."""

from __future__ import annotations

from ..kernel.errors import Conflict, Refused


class OutsideScope(Refused):
    """The actor may not do this to that area or unit (403)."""

    code = "orgs.outside_scope"


class SelfAssignment(Refused):
    """Nobody gives a post to himself (403)."""

    code = "orgs.self_assignment"


class SelfGrant(Refused):
    """Nobody changes what the kind of a post permits that he holds himself (403)."""

    code = "orgs.self_grant"


class ExclusivePosts(Conflict):
    """The account already holds a post that excludes this one, such as the three admins 三员 (409)."""

    code = "orgs.exclusive_posts"


class AlreadyHeld(Conflict):
    """The account already holds that post in an overlapping period (409)."""

    code = "orgs.already_held"


class StillInUse(Conflict):
    """The area, unit or post still has parts, people or tasks below it (409)."""

    code = "orgs.still_in_use"
