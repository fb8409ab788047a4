"""The API of whistles, under `/api/v1/whistles`."""

from __future__ import annotations

from ninja import Router

from .acts import router as acts_router
from .reporting import router as reporting_router
from .routes import router as routes_router
from .rules import router as rules_router

#: Routers to be mounted at the root of the API.
whistle_routers: tuple[Router, ...] = (rules_router, routes_router, acts_router, reporting_router)

__all__ = ["whistle_routers"]
