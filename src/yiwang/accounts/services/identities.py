"""Services of identities 统一身份: an account is linked with one person of the identity provider.

Nobody registers by logging in: whom no account is linked with is refused. The link gives nothing but the
login; posts, their acts and every rule of two persons hold for the account as before.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...ledger.public import acting, blind_index
from ..enums import AccessKind
from ..errors import IdentityTaken
from ..models import Account
from ..oidc import identity_problem
from ..permissions import LINK
from .access import note_access


def account_of_identity(identity: str) -> Account | None:
    """The account that is linked with an identity, active or not."""
    return Account.objects.filter(identity=identity).first() if identity else None


def link_identity(*, actor: Actor, at: datetime, account_id: UUID, identity: str) -> Account:
    """Link an account with a person of the identity provider 关联统一身份; an empty text ends the link.

    The owner finds it in 我的登录记录; the journal keeps a keyed mark of the identity.

    Raises:
        Refused: without `accounts.link`, and for one's own account: somebody else has to look.
        Invalid: for a text that can be no identity.
        IdentityTaken: another account is linked with it.
    """
    if not actor.may_anywhere(LINK):
        raise Refused("您没有关联统一身份的权限。", act=LINK)
    if actor.account_id == account_id:
        raise Refused("不能关联本人的账号，请由另一名安全管理员办理。")
    given = identity.strip()
    if given and (problem := identity_problem(given)):
        raise invalid("identity", identity, problem)
    with acting(actor=actor, at=at) as act:
        account = act.lock(Account, account_id)
        if (account.identity or "") == given:
            return account
        if given and act.fetch(Account, lock=False, identity=given):
            raise IdentityTaken("该统一身份标识已关联另一账号，请先在那里解除。")
        before, account.identity = account.identity or "", given or None
        act.update(account, "identity")
        kind = AccessKind.IDENTITY_LINKED if given else AccessKind.IDENTITY_UNLINKED
        act.record(account, f"accounts.{kind}", {"identity": _mark(given), "before": _mark(before)})
        note_access(act, account, kind)
    return account


def record_sign_on(*, at: datetime, account_id: UUID, address: str) -> None:
    """Journal that somebody logged in by the identity provider 统一身份登录."""
    with acting(actor=Actor(account_id=account_id), at=at) as act:
        account = act.lock(Account, account_id)
        mark = note_access(act, account, AccessKind.SIGNED_ON, address)
        act.record(account, f"accounts.{AccessKind.SIGNED_ON}", {"address": mark})


def _mark(identity: str) -> str:
    """16 hexadecimal digits that stand for an identity; empty for none."""
    return blind_index(identity, purpose="identity")[:8].hex() if identity else ""
