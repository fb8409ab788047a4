"""Rewiring 改换对接: keys end and reading starts over when a channel is connected in another way."""

from __future__ import annotations

from django.db.models import Q

from ...ledger.public import Act
from ..models import AlertFeed, Channel, ChannelKey, PullCursor
from ..rules.definition import Definition
from ..rules.rewiring import rewiring


def leave_behind(act: Act, channel: Channel, before: Definition, now: Definition) -> None:
    """End keys and forget progress 改换对接 that belong to the definition before, inside an open act.

    Effects: an entry `intake.key_ended` for each key that held, `intake.channel_started_over` for progress.
    """
    found = rewiring(before, now)
    if found.keys:
        holding = Q(valid_to=None) | Q(valid_to__gt=act.at)
        for key in ChannelKey.objects.filter(holding, channel=channel).order_by("valid_from"):
            key.valid_to = act.at
            act.update(key, "valid_to")
            act.record(channel, "intake.key_ended", {"key": key.name})
    if found.progress:
        start = str(now.settings.get("start", "")) if now.door == "pull" else ""
        forgotten = PullCursor.objects.filter(channel=channel).update(
            cursor=start, etag="", last_modified="", polled_at=None, failures=0, last_error=""
        )
        AlertFeed.objects.filter(channel=channel).update(state="")
        if forgotten:
            act.record(channel, "intake.channel_started_over", {})
