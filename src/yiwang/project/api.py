"""API root `/api/v1/`: token or session, problem+json throughout, OpenAPI at `openapi.json`."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone
from ninja import NinjaAPI
from ninja.security import HttpBearer, SessionAuth

from .. import __version__
from ..accounts.public import TokenIdentity, authenticate_token
from ..cases.api import evidence_router, privacy_router
from ..cases.api import router as cases_router
from ..catalog.api import router as catalog_router
from ..intake.api import alerts_router, feed_router
from ..interface.public import actor_of, install
from ..orgs.public import actor_for_token
from ..places.api import router as places_router
from ..triage.api import triage_routers
from ..whistles.api import whistle_routers
from ..workbench.api import todos_router


class TokenAuth(HttpBearer):
    """`Authorization: Bearer <token>`: the account's grants narrowed to the token's acts."""

    def authenticate(self, request: HttpRequest, token: str) -> TokenIdentity | None:
        """Put the actor on the request, or answer 401."""
        now = timezone.now()
        identity = authenticate_token(token, at=now)
        if identity is not None:
            request.actor = actor_for_token(identity, now)  # type: ignore[attr-defined]
            request.token_id = identity.token_id  # type: ignore[attr-defined]
        return identity


class LoginAuth(SessionAuth):
    """A browser that is logged in; unsafe methods carry the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> object | None:
        """The actor the login middleware resolved, if any."""
        return actor_of(request)


api = NinjaAPI(
    title="Yiwang 一网",
    version=__version__,
    description="City operations: reports, cases and tasks in one closed loop.",
    auth=[TokenAuth(), LoginAuth()],
    urls_namespace="api",
    docs_url=None,
)
install(api)
api.add_router("", cases_router)
api.add_router("", catalog_router)
api.add_router("", evidence_router)
api.add_router("", privacy_router)
api.add_router("", alerts_router)
api.add_router("", feed_router)
api.add_router("", places_router)
api.add_router("", todos_router)
for triage_router in triage_routers:
    api.add_router("", triage_router)
for whistle_router in whistle_routers:
    api.add_router("", whistle_router)
