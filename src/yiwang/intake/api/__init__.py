"""API of intake: translation only."""

from .alerts import router as alerts_router
from .feed import router as feed_router

__all__ = ["alerts_router", "feed_router"]
