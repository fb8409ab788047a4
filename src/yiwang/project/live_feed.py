"""ASGI entry of the live feed: settings only, no apps, no ORM."""

import os

from .parentage import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yiwang.project.settings")
die_with_parent()

from ..interface.live import LiveFeed  # noqa: E402 - settings must be named first
from ..ledger.heartbeats import beat_in_background  # noqa: E402

application = LiveFeed(os.environ["YIWANG_DATABASE_URL"])
beat_in_background("live", os.environ["YIWANG_DATABASE_URL"])
