"""API of intake: translation only."""

from .alerts import router as alerts_router

__all__ = ["alerts_router"]
