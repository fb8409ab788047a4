"""API of the loop: translation only, one service call an endpoint."""

from .admission import router as admission_router
from .applications import router as applications_router
from .clocks import router as clocks_router
from .corrections import router as corrections_router
from .evidence import router as evidence_router
from .levels import router as levels_router
from .privacy import router as privacy_router
from .returns import router as returns_router
from .routes import router
from .supervision import router as supervision_router

router.add_router("", admission_router)
router.add_router("", applications_router)
router.add_router("", corrections_router)
router.add_router("", levels_router)
router.add_router("", clocks_router)
router.add_router("", returns_router)
router.add_router("", supervision_router)

__all__ = ["evidence_router", "privacy_router", "router"]
