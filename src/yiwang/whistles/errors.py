"""Errors of `whistles`; codes are stable."""

from __future__ import annotations

from ..kernel.errors import Conflict, Refused, YiwangError


class MatterNotListed(Conflict):
    """The matter is on no list that holds for the kind today 不在吹哨事项清单 (409)."""

    code = "whistles.matter_not_listed"


class KindSwitchedOff(Conflict):
    """The kind of whistle is not in use here 哨种未启用 (409)."""

    code = "whistles.kind_off"


class LinkExpired(YiwangError):
    """The link of an outside unit was right but holds no longer 链接已到期 (410)."""

    status = 410
    code = "whistles.link_expired"


class NotPermitted(Refused):
    """The actor's posts do not permit the act here 无权 (403)."""

    code = "whistles.refused"
