"""The API of triage: a router a stage, gathered in `triage_routers`."""

from __future__ import annotations

from ninja import Router

from .classing import router as classing_router
from .issues import router as issues_router
from .owning import router as owning_router
from .placing import router as placing_router
from .proposals import router as proposals_router
from .repeats import router as repeats_router

#: Routers of all stages, to be mounted at the root of the API.
triage_routers: tuple[Router, ...] = (
    classing_router,
    issues_router,
    owning_router,
    placing_router,
    proposals_router,
    repeats_router,
)

__all__ = ["triage_routers"]
