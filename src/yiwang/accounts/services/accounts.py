"""Services of accounts 账号服务: create, change and reset passwords, deactivate, unlock, issue tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from axes.utils import reset
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from ...kernel.actor import Actor
from ...kernel.errors import FieldProblem, Invalid, Refused, invalid
from ...ledger.public import Act, JournalEntry, acting, bump
from ..enums import AccessKind
from ..errors import AccountInactive, TokenRevoked, UsernameTaken
from ..models import Account, ApiToken
from ..permissions import MANAGE
from ..rules import normal_username, scope_problem, username_problem
from ..tokens import PREFIX, forget_tokens, token_digest
from .access import note_access

LONGEST_TOKEN = timedelta(days=366)
#: Accounts that one statement writes.
_BATCH = 200
#: Journal kinds that change nothing an administrator's page shows.
_AT_THE_DOOR = tuple(
    f"accounts.{kind}"
    for kind in (
        AccessKind.LOGGED_IN,
        AccessKind.SIGNED_ON,
        AccessKind.LOCKED_OUT,
        AccessKind.LOGGED_OUT,
        AccessKind.SESSION_ENDED,
        AccessKind.ADDRESS_REVEALED,
    )
)
#: Versioned cache of everybody's grants: an inactive account has none.
_GRANTS = "grants"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token and its text, which is shown once and kept nowhere."""

    token: ApiToken
    text: str


def _demand_manager(actor: Actor) -> None:
    if not actor.may_anywhere(MANAGE):
        raise Refused("您没有管理账号的权限。", act=MANAGE)


def _lock_seen(act: Act, account_id: UUID, expected: int | None) -> Account:
    """Lock an account; a page is stale when more has happened to it since than somebody's logging in.

    Else whoever keeps logging in could not be deactivated.
    """
    account = act.lock(Account, account_id)
    if expected is not None and account.version != expected:
        since = JournalEntry.objects.filter(stream=account_id, seq__gt=expected)
        if expected > account.version or since.exclude(kind__in=_AT_THE_DOOR).exists():
            return act.lock(Account, account_id, expected=expected)
    return account


def _check_password(password: str, account: Account, field: str = "password") -> None:
    try:
        validate_password(password, account)
    except ValidationError as problem:
        raise invalid(field, None, " ".join(problem.messages)) from None


def create_account(
    *,
    actor: Actor,
    at: datetime,
    username: str,
    display_name: str,
    password: str,
    must_change_password: bool = True,
) -> Account:
    """Create an account 创建账号; it can do nothing until somebody gives it a post.

    Raises:
        Refused: without `accounts.manage`.
        Invalid: for a malformed username, an empty name or a weak password.
        UsernameTaken: when another account has the username.
    """
    _demand_manager(actor)
    name = normal_username(username)
    problem = username_problem(name)
    if problem:
        raise invalid("username", username, problem)
    if not display_name.strip():
        raise invalid("display_name", display_name, "请填写姓名。")
    account = Account(
        username=name,
        display_name=display_name.strip(),
        must_change_password=must_change_password,
        created_at=at,
    )
    _check_password(password, account)
    account.set_password(password)
    with acting(actor=actor, at=at) as act:
        if act.fetch(Account, lock=False, username=name):
            raise UsernameTaken("该用户名已被使用，请换一个。")
        act.insert(account)
        act.record(account, "accounts.created", {"must_change_password": must_change_password})
    return account


def create_accounts(*, actor: Actor, at: datetime, people: Mapping[str, str]) -> dict[str, UUID]:
    """Create many accounts 批量创建账号 that nobody can log in to until a manager gives a first password.

    Args:
        people: username to display name; usernames already in their one spelling and free.

    Returns:
        Username to key.

    Raises:
        Refused: without `accounts.manage`.
        Invalid: naming each malformed username and empty name; nothing is created then.
    """
    _demand_manager(actor)
    wrong = [
        FieldProblem("username", name, username_problem(name) or "请填写姓名。")
        for name, shown in people.items()
        if username_problem(name) or not shown.strip()
    ]
    if wrong:
        raise Invalid(f"有 {len(wrong)} 个账号不能创建。", wrong)
    made: dict[str, UUID] = {}
    with acting(actor=actor, at=at) as act:
        for number, (name, shown) in enumerate(people.items(), start=1):
            account = Account(
                username=name, display_name=shown.strip(), must_change_password=True, created_at=at
            )
            account.set_unusable_password()
            act.insert(account)
            act.record(account, "accounts.created", {"must_change_password": True})
            made[name] = account.id
            if number % _BATCH == 0:
                act.flush()
    return made


def change_password(*, actor: Actor, at: datetime, account_id: UUID, old: str, new: str) -> Account:
    """Change one's own password 修改口令.

    Raises:
        Refused: for anybody else's account.
        Invalid: when the old password is wrong, or the new one weak or the same.
    """
    if actor.account_id != account_id:
        raise Refused("只能修改本人的口令。")
    with acting(actor=actor, at=at) as act:
        account = act.lock(Account, account_id)
        if not account.check_password(old):
            raise invalid("old_password", None, "原口令不正确。")
        if old == new:
            raise invalid("new_password", None, "新口令不能与原口令相同。")
        _check_password(new, account, "new_password")
        _set_password(act, account, new, must_change=False)
        act.record(account, "accounts.password_changed", {})
        note_access(act, account, AccessKind.PASSWORD_CHANGED)
    return account


def reset_password(*, actor: Actor, at: datetime, account_id: UUID, password: str) -> Account:
    """Give an account a first password again 重置口令; its owner must change it at the next login."""
    _demand_manager(actor)
    with acting(actor=actor, at=at) as act:
        account = act.lock(Account, account_id)
        _check_password(password, account)
        _set_password(act, account, password, must_change=True)
        act.record(account, "accounts.password_reset", {})
        note_access(act, account, AccessKind.PASSWORD_RESET)
    return account


def _set_password(act: Act, account: Account, password: str, *, must_change: bool) -> None:
    account.set_password(password)
    account.must_change_password = must_change
    act.update(account, "password", "must_change_password")


def deactivate_account(
    *, actor: Actor, at: datetime, account_id: UUID, expected: int | None = None
) -> Account:
    """Deactivate an account 停用账号: no login, no token, no grants; its past acts stay.

    Raises:
        Refused: without `accounts.manage`, and for one's own account.
        AccountInactive: when it is inactive already.
    """
    _demand_manager(actor)
    if actor.account_id == account_id:
        raise Refused("不能停用本人的账号。")
    with acting(actor=actor, at=at) as act:
        account = _lock_seen(act, account_id, expected)
        if not account.is_active:
            raise AccountInactive("该账号已停用。")
        account.is_active = False
        act.update(account, "is_active")
        act.record(account, "accounts.deactivated", {})
        bump(act, _GRANTS)
    forget_tokens()
    return account


def activate_account(*, actor: Actor, at: datetime, account_id: UUID, expected: int | None = None) -> Account:
    """Activate a deactivated account 启用账号."""
    _demand_manager(actor)
    with acting(actor=actor, at=at) as act:
        account = _lock_seen(act, account_id, expected)
        if not account.is_active:
            account.is_active = True
            act.update(account, "is_active")
            act.record(account, "accounts.activated", {})
            bump(act, _GRANTS)
    return account


def reset_lock(*, actor: Actor, at: datetime, account_id: UUID) -> int:
    """Lift the lock-out 解除锁定 of an account after failed logins; returns how many attempts it forgets."""
    _demand_manager(actor)
    with acting(actor=actor, at=at) as act:
        account = act.lock(Account, account_id)
        forgotten = int(reset(username=account.username))
        act.record(account, "accounts.lock_reset", {"attempts": forgotten})
        note_access(act, account, AccessKind.LOCK_RESET)
    return forgotten


def issue_token(
    *, actor: Actor, at: datetime, account_id: UUID, name: str, acts: Iterable[str], expires_at: datetime
) -> IssuedToken:
    """Issue an API token 签发令牌 for one's own account, or for another by `accounts.manage`.

    Raises:
        Refused: for another's account without `accounts.manage`, and through a token.
        Invalid: without a name, for unknown scopes, or for an end that is past or over a year away.
        AccountInactive: when the account is deactivated.
    """
    if actor.account_id != account_id:
        _demand_manager(actor)
    if actor.kind == "token":
        raise Refused("不能用令牌签发令牌，请登录后操作。")
    scopes = sorted(set(acts))
    problem = scope_problem(scopes)
    if problem:
        raise invalid("acts", " ".join(scopes), problem)
    if not name.strip():
        raise invalid("name", name, "请为令牌取名，便于日后辨认。")
    if not at < expires_at <= at + LONGEST_TOKEN:
        raise invalid("expires_at", expires_at, "失效时间须在此刻之后、一年之内。")
    text = PREFIX + secrets.token_urlsafe(32)
    with acting(actor=actor, at=at) as act:
        account = act.lock(Account, account_id)
        if not account.is_active:
            raise AccountInactive("该账号已停用，不能签发令牌。")
        token = act.insert(
            ApiToken(
                account=account,
                name=name.strip(),
                digest=token_digest(text),
                hint=text[: len(PREFIX) + 4],
                acts=scopes,
                created_at=at,
                expires_at=expires_at,
            )
        )
        act.record(
            account, "accounts.token_issued", {"token": token.id, "acts": scopes, "expires_at": expires_at}
        )
        note_access(act, account, AccessKind.TOKEN_ISSUED)
    return IssuedToken(token, text)


def revoke_token(*, actor: Actor, at: datetime, token_id: UUID) -> ApiToken:
    """Revoke an API token 撤销令牌; it stops working within a second.

    Raises:
        Refused: for another's token without `accounts.manage`.
        TokenRevoked: when it is revoked already.
    """
    with acting(actor=actor, at=at) as act:
        found = act.fetch(ApiToken, id=token_id)
        if not found or (found[0].account_id != actor.account_id and not actor.may_anywhere(MANAGE)):
            raise Refused("没有这个令牌，或您无权撤销它。")
        token = found[0]
        if token.revoked_at is not None:
            raise TokenRevoked("该令牌已撤销。")
        account = act.lock(Account, token.account_id)
        token.revoked_at = at
        act.update(token, "revoked_at")
        act.record(account, "accounts.token_revoked", {"token": token.id})
        note_access(act, account, AccessKind.TOKEN_REVOKED)
    forget_tokens()
    return token
