"""Source limits 来源时限: the limit that a source sets, with the margin of its channel."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ...cases.public import set_source_limit
from ...kernel.actor import Actor
from ..queries.channels import LiveChannel
from ..rules.definition import Owners


def limit_by_source(
    channel: LiveChannel,
    report_id: UUID,
    due_at: datetime,
    *,
    actor: Actor,
    at: datetime,
    is_extension: bool = False,
) -> None:
    """Set the limit of a report's source; ours ends earlier by the channel's margin."""
    margin = margin_of(channel.definition.owners)
    set_source_limit(
        actor=actor, at=at, report_id=report_id, due_at=due_at, margin=margin, is_extension=is_extension
    )


def margin_of(owners: Owners) -> tuple[Decimal, str] | None:
    """Amount and unit of a channel's margin."""
    given = owners.margin
    return (Decimal(given[0].numerator) / given[0].denominator, given[1]) if given else None


def margin_text(owners: Owners) -> str:
    """A channel's margin as a report keeps it, such as `4 work_hour`."""
    margin = margin_of(owners)
    return f"{margin[0].normalize():f} {margin[1]}" if margin else ""
