"""API of the loop: translation only, one service call an endpoint."""

from .evidence import router as evidence_router
from .privacy import router as privacy_router
from .routes import router

__all__ = ["evidence_router", "privacy_router", "router"]
