"""API of the loop: translation only, one service call an endpoint."""

from .corrections import router as corrections_router
from .evidence import router as evidence_router
from .privacy import router as privacy_router
from .routes import router

router.add_router("", corrections_router)

__all__ = ["evidence_router", "privacy_router", "router"]
