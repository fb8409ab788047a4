"""The API of triage: a router a stage, gathered in `triage_routers`."""

from __future__ import annotations

from ninja import Router

from .issues import router as issues_router
from .owning import router as owning_router
from .placing import router as placing_router
from .proposals import router as proposals_router

#: Routers of all stages, to be mounted at the root of the API.
triage_routers: tuple[Router, ...] = (issues_router, owning_router, placing_router, proposals_router)

__all__ = ["triage_routers"]
