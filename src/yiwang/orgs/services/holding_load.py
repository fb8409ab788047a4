"""Loading holdings 任职载入: a list of people in posts, all or nothing, the same list again for free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef

from ...accounts.public import Account, create_accounts, normal_username
from ...kernel.actor import Actor
from ...kernel.errors import FieldProblem, Invalid, Refused
from ...ledger.public import Act, acting
from ..enums import HoldingKind, LoadSubject
from ..models import BulkLoad, Holding, Post
from ..permissions import ASSIGN, may_govern_post
from ..queries import PostNode, post_index, post_kinds, posts_named
from ..rules.holding_rows import (
    HEADINGS,
    HoldingRow,
    Placing,
    RowProblem,
    Separation,
    Standing,
    Wish,
    place,
    read_holding_rows,
)
from ..rules.holdings import Period
from .caches import holdings_changed
from .holdings import record_assignment

#: Holdings that one statement writes.
_BATCH = 200


@dataclass(frozen=True, slots=True)
class HoldingCounts:
    """What a load did: rows read, holdings added, changed in their end, found as listed; accounts created."""

    read: int
    added: int
    changed: int
    unchanged: int
    created: int


@dataclass(slots=True)
class _Known:
    """Accounts and posts of the list as the database has them, and what each account holds."""

    names: dict[str, str] = field(default_factory=dict)
    keys: dict[str, UUID] = field(default_factory=dict)
    posts: dict[UUID, Post] = field(default_factory=dict)
    held: dict[str, list[Standing]] = field(default_factory=lambda: defaultdict(list))
    holdings: dict[UUID, Holding] = field(default_factory=dict)


def load_holdings(
    *, actor: Actor, at: datetime, text: str, source: str = "", creates_accounts: bool = False
) -> HoldingCounts:
    """Load a list of people in posts 载入任职清单; the same list again changes nothing.

    Every wrong row is named, and then nothing is loaded. Holdings that the list leaves out stay. Each
    holding is journaled in the stream of its post, as when it is given on the page.

    Args:
        text: the file, CSV with a heading (`rules.holding_rows`).
        source: where it comes from, for the record.
        creates_accounts: whether accounts that are missing are created, without a password.

    Raises:
        Refused: without `orgs.assign` anywhere, or `accounts.manage` to create accounts.
        Invalid: naming line, field, value and remedy of each wrong row.
    """
    if not actor.may_anywhere(ASSIGN):
        raise Refused("您没有安排任职的权限。", act=ASSIGN)
    rows, problems = read_holding_rows(text, ZoneInfo(settings.TIME_ZONE))
    named = {row.line: posts_named(row.post) for row in rows}
    with acting(actor=actor, at=at) as act:
        known = _known(rows, named, at)
        newcomers = _newcomers(rows, known) if creates_accounts else {}
        problems += _check(rows, named, known, newcomers, act)
        placed = _place_all(rows, named, known, at) if not problems else []
        problems += [one.problem for _, one in placed if one.problem is not None]
        problems += _own_rows(placed, known, actor)
        if problems:
            raise _wrong(problems)
        known.keys.update(create_accounts(actor=actor, at=at, people=newcomers) if newcomers else {})
        counts = _write(act, placed, known, len(newcomers))
        if counts.added or counts.changed:
            _record_load(act, counts, source, text)
            holdings_changed(act)
    return counts


def _wrong(problems: list[RowProblem]) -> Invalid:
    ordered = sorted(problems, key=lambda one: one.line)
    shown = [FieldProblem(f"第 {one.line} 行 {one.field}".rstrip(), one.value, one.remedy) for one in ordered]
    lines = len({one.line for one in problems})
    return Invalid(f"任职清单有 {lines} 行错误，未载入。", shown, rows=ordered)


def _known(rows: list[HoldingRow], named: dict[int, list[PostNode]], at: datetime) -> _Known:
    """Posts locked first, then accounts, as when a single post is given."""
    known = _Known()
    wanted = {nodes[0].id for nodes in named.values() if len(nodes) == 1}
    posts = Post.objects.select_for_update().filter(id__in=wanted).order_by("id")
    known.posts = {post.id: post for post in posts}
    usernames = {normal_username(row.account) for row in rows}
    accounts = Account.objects.select_for_update().filter(username__in=usernames, is_active=True)
    usernames_by_key = {}
    for key, username, name in accounts.order_by("id").values_list("id", "username", "display_name"):
        known.keys[username], known.names[username] = key, name
        usernames_by_key[key] = username
    later = Holding.objects.filter(deputy_of=OuterRef("id"), ends_at__gt=at)
    holdings = Holding.objects.filter(account_id__in=usernames_by_key).annotate(deputised=Exists(later))
    index = post_index()
    for one in holdings:
        standing = Standing(
            one.id,
            one.post_id,
            index[one.post_id].kind_code,
            Period(one.starts_at, one.ends_at),
            one.kind == HoldingKind.REGULAR,
            one.deputised,
        )
        known.holdings[one.id] = one
        known.held[usernames_by_key[one.account_id]].append(standing)
    return known


def _newcomers(rows: list[HoldingRow], known: _Known) -> dict[str, str]:
    """Username to name of accounts that are to be created; those that exist inactive are not among them."""
    wanted = {normal_username(row.account): row.name for row in reversed(rows)}
    taken = set(Account.objects.filter(username__in=wanted).values_list("username", flat=True))
    return {username: name for username, name in wanted.items() if username not in taken}


def _check(
    rows: list[HoldingRow],
    named: dict[int, list[PostNode]],
    known: _Known,
    newcomers: dict[str, str],
    act: Act,
) -> list[RowProblem]:
    """Problems of accounts and posts, before what they mean together is looked at."""
    actor = act.actor
    governed = {key: may_govern_post(actor, ASSIGN, post, act.at) for key, post in known.posts.items()}
    names = known.names | newcomers
    found = []
    for row in rows:
        wrong = _account_problem(row, names) or _post_problem(named[row.line], known, governed)
        if wrong is not None:
            name, remedy = wrong
            value = {"account": row.account, "name": row.name, "post": row.post}[name]
            found.append(RowProblem(row.line, HEADINGS[name], value, remedy))
    return found


def _account_problem(row: HoldingRow, names: dict[str, str]) -> tuple[str, str] | None:
    username = normal_username(row.account)
    if username not in names:
        return "account", "没有这个在用账号，请先创建或启用。"
    if row.name and row.name != names[username]:
        return "name", f"与账号姓名“{names[username]}”不符，请核对账号。"
    if not names[username]:
        return "name", "要创建的账号须有姓名。"
    return None


def _own_rows(placed: list[tuple[Wish, Placing]], known: _Known, actor: Actor) -> list[RowProblem]:
    """Rows that would change what the actor holds himself; those that keep it may stand in the list."""
    return [
        RowProblem(
            wish.row.line, HEADINGS["account"], wish.row.account, "不能给本人授予岗位，请由其他管理员办理。"
        )
        for wish, found in placed
        if found.what in {"add", "change"}
        and actor.account_id is not None
        and known.keys.get(normal_username(wish.row.account)) == actor.account_id
    ]


def _post_problem(nodes: list[PostNode], known: _Known, governed: dict[UUID, bool]) -> tuple[str, str] | None:
    if not nodes:
        return "post", "没有这个岗位，代码见岗位页或导出的清单。"
    if len(nodes) > 1:
        keys = "、".join(str(node.id) for node in nodes[:3])
        return "post", f"有 {len(nodes)} 个岗位同此代码，请改填岗位编号：{keys}。"
    post = known.posts.get(nodes[0].id)
    if post is None or post.closed_at is not None:
        return "post", "该岗位已撤销。"
    if not governed[post.id]:
        return "post", "该岗位不在您的管理范围内。"
    return None


def _place_all(
    rows: list[HoldingRow], named: dict[int, list[PostNode]], known: _Known, at: datetime
) -> list[tuple[Wish, Placing]]:
    kinds = post_kinds()
    separation = Separation(
        {code: kind.exclusive_with for code, kind in kinds.items()},
        {code: kind.branches for code, kind in kinds.items()},
        {code: kind.name for code, kind in kinds.items()},
    )
    placed = []
    for row in rows:
        node = named[row.line][0]
        wish = Wish(row, node.id, node.kind_code)
        held = known.held[normal_username(row.account)]
        found = place(wish, held, separation, at)
        if found.period is not None:
            standing = Standing(None, node.id, node.kind_code, found.period, line=row.line)
            held[:] = [one for one in held if one is not found.standing] + [standing]
        placed.append((wish, found))
    return placed


def _write(act: Act, placed: list[tuple[Wish, Placing]], known: _Known, created: int) -> HoldingCounts:
    added = changed = 0
    for wish, found in placed:
        post = known.posts[wish.post]
        if found.what == "add" and found.period is not None:
            _add(act, post, known.keys[normal_username(wish.row.account)], found.period)
            added += 1
        elif found.what == "change" and found.standing is not None and found.standing.key is not None:
            _change(act, post, known.holdings[found.standing.key], found.period)
            changed += 1
        if (added + changed) % _BATCH == _BATCH - 1:
            act.flush()
    return HoldingCounts(len(placed), added, changed, len(placed) - added - changed, created)


def _add(act: Act, post: Post, account_id: UUID, period: Period) -> None:
    holding = Holding(
        account_id=account_id,
        post=post,
        kind=HoldingKind.REGULAR,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
    )
    act.insert(holding)
    record_assignment(act, post, holding)


def _change(act: Act, post: Post, holding: Holding, period: Period | None) -> None:
    holding.ends_at = period.ends_at if period else None
    act.update(holding, "ends_at")
    body = {"holding": holding.id, "account": holding.account_id, "ends_at": holding.ends_at}
    act.record(post, "orgs.holding_changed", body)


def _record_load(act: Act, counts: HoldingCounts, source: str, text: str) -> None:
    digest = sha256(text.encode()).hexdigest()
    load = BulkLoad(
        subject=LoadSubject.HOLDINGS,
        source=source[:120],
        digest=digest,
        inserted=counts.added,
        updated=counts.changed,
        unchanged=counts.unchanged,
        at=act.at,
    )
    act.insert(load)
    body = {
        "inserted": counts.added,
        "updated": counts.changed,
        "unchanged": counts.unchanged,
        "accounts": counts.created,
        "digest": digest,
    }
    act.record(load, "orgs.holdings_loaded", body)
