"""Services at the door 登录存证: logins, lock-outs, logouts, changes of secrets: journaled and listed.

The journal keeps the fact and a keyed mark of the address for good; the row that lists it keeps the sealed
address for as long as the law asks and no longer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from axes.models import AccessAttempt

from ...kernel.actor import Actor, system_actor
from ...kernel.errors import NotFound, Refused, invalid
from ...ledger.public import Act, acting, blind_index, execute, seal, unseal
from ..enums import AccessKind
from ..models import AccessRecord, Account
from ..permissions import AUDIT

#: Why an address may be looked at; codes, since the journal holds no free text.
PURPOSES = ("incident", "inspection", "request_of_owner")
_BATCH = 5000
#: How long a record and its address are kept: six months by law, and a few days to be sure.
KEPT = timedelta(days=185)
_PURGE = """
DELETE FROM accounts_accessrecord WHERE id IN (
    SELECT id FROM accounts_accessrecord WHERE at < %s ORDER BY at LIMIT %s)
"""


def address_mark(address: str) -> str:
    """16 hexadecimal digits that stand for an address: equal for equal ones, no use without the keyring."""
    return blind_index(address, purpose="access")[:8].hex() if address else ""


def note_access(act: Act, account: Account, kind: AccessKind, address: str = "") -> str:
    """Add the row that lists what an act did to an account; returns the mark for the journal's entry."""
    mark = address_mark(address)
    record = AccessRecord(account=account, kind=kind, at=act.at, mark=mark)
    if address:
        record.address = seal(address, context=record.id.bytes)
    act.insert(record)
    return mark


def record_login(*, at: datetime, account_id: UUID, address: str) -> None:
    """Journal that somebody logged in 登录."""
    _record(Actor(account_id=account_id), at, account_id, AccessKind.LOGGED_IN, address)


def record_logout(*, at: datetime, account_id: UUID, address: str, idle: bool = False) -> None:
    """Journal that somebody logged out 退出, or that nobody used his session for too long."""
    kind = AccessKind.SESSION_ENDED if idle else AccessKind.LOGGED_OUT
    _record(Actor(account_id=account_id), at, account_id, kind, address)


def record_lock_out(*, at: datetime, username: str, address: str) -> bool:
    """Journal that failed logins locked an account out 锁定; whether an account has that name.

    A name that no account has leaves no trace here, only in the table of attempts.
    """
    account_id = Account.objects.filter(username=username).values_list("id", flat=True).first()
    if account_id is None:
        return False
    _record(system_actor("login"), at, account_id, AccessKind.LOCKED_OUT, address)
    return True


def _record(actor: Actor, at: datetime, account_id: UUID, kind: AccessKind, address: str) -> None:
    with acting(actor=actor, at=at) as act:
        account = act.lock(Account, account_id)
        mark = note_access(act, account, kind, address)
        act.record(account, f"accounts.{kind}", {"address": mark})


def reveal_address(*, actor: Actor, at: datetime, record_id: UUID, purpose: str) -> str:
    """The address of an access record in clear 查看来源地址; journaled in the stream of its account.

    Raises:
        Refused: without `ledger.audit` everywhere.
        Invalid: without a purpose of the form `PURPOSES` lists.
        NotFound: when there is no such record, or it came without an address.
    """
    if not actor.scope(AUDIT).everywhere:
        raise Refused("您没有查看登录来源的权限。", act=AUDIT)
    if purpose not in PURPOSES:
        raise invalid("purpose", purpose, "请选择查看用途。")
    with acting(actor=actor, at=at) as act:
        found = act.fetch(AccessRecord, lock=False, id=record_id)
        sealed = found[0].address if found else None
        if sealed is None:
            raise NotFound("没有这条登录记录，或它没有来源地址。")
        record = found[0]
        account = act.lock(Account, record.account_id)
        note_access(act, account, AccessKind.ADDRESS_REVEALED)
        act.record(account, "accounts.address_revealed", {"record": record_id, "purpose": purpose})
    return unseal(bytes(sealed), context=record.id.bytes)


def purge_access(at: datetime) -> int:
    """Delete records and failed attempts older than `KEPT` 到期清理; returns how many records."""
    AccessAttempt.objects.filter(attempt_time__lt=at - KEPT).delete()
    gone = 0
    while True:
        count = execute(_PURGE, [at - KEPT, _BATCH]).rowcount
        gone += count
        if count < _BATCH:
            return gone
