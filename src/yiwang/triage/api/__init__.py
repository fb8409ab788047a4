"""The API of triage: a router a stage, gathered in `triage_routers`."""

from __future__ import annotations

from ninja import Router

from .owning import router as owning_router
from .proposals import router as proposals_router

#: Routers of all stages, to be mounted at the root of the API.
triage_routers: tuple[Router, ...] = (owning_router, proposals_router,)

__all__ = ["triage_routers"]
