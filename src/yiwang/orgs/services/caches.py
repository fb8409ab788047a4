"""Which caches an act invalidates 缓存失效: grants hang on areas, units and posts alike."""

from __future__ import annotations

from ...ledger.public import Act, bump


def areas_changed(act: Act) -> None:
    """Areas or links changed: every area index and every resolved grant is rebuilt."""
    bump(act, "areas")
    bump(act, "grants")


def units_changed(act: Act) -> None:
    """Units changed: the unit index, the labels of posts and every resolved grant are rebuilt."""
    bump(act, "units")
    bump(act, "posts")
    bump(act, "grants")


def posts_changed(act: Act) -> None:
    """Posts changed: their labels and every resolved grant are rebuilt."""
    bump(act, "posts")
    bump(act, "grants")


def post_kinds_changed(act: Act) -> None:
    """Post kinds changed: what they permit, their names and every resolved grant are rebuilt."""
    bump(act, "post_kinds")
    posts_changed(act)


def holdings_changed(act: Act) -> None:
    """Somebody got or lost a post: every resolved grant is rebuilt."""
    bump(act, "grants")
