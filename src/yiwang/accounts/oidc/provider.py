"""The identity provider 身份平台 over HTTP: discovery and keys are kept an hour, codes are exchanged once.

No redirect is followed, every answer is bounded in time and size, and only https is spoken (plain http on
this machine, for trials). What is wrong is told by `SignOnFailed`; tokens and secrets are never logged.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings as django_settings
from joserfc.jwk import KeySet

from .rules import (
    Pending,
    SignOnFailed,
    SignOnSettings,
    authorization_address,
    believed_claims,
    identity_of,
    is_safe_address,
    leaving_address,
    usable_keys,
)

TIMEOUT = httpx.Timeout(8.0, connect=3.0)
LARGEST = 1_000_000
#: Seconds for which discovery and keys are believed, and the least between two looks for a new key.
KEPT, LEAST_PAUSE = 3_600.0, 30.0
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """One identity provider as this process knows it."""

    def __init__(self, settings: SignOnSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._document: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        trusted = ssl.create_default_context(cafile=settings.ca_file or None)
        self._client = httpx.Client(timeout=TIMEOUT, verify=trusted, follow_redirects=False)

    def login_address(self, pending: Pending, *, return_address: str) -> str:
        """Where to send somebody who wants to log in.

        Raises:
            SignOnFailed: the provider does not answer as it should (`provider`).
        """
        endpoint = self._discovered()["authorization_endpoint"]
        return authorization_address(endpoint, self.settings, pending, return_address=return_address)

    def logout_address(self, *, return_address: str) -> str:
        """Where to log out at the provider too; empty when it offers no such thing or is away."""
        try:
            endpoint = self._discovered().get("end_session_endpoint")
        except SignOnFailed:
            return ""
        if not isinstance(endpoint, str) or not is_safe_address(endpoint):
            return ""
        return leaving_address(endpoint, self.settings, return_address=return_address)

    def identity(self, code: str, pending: Pending, *, return_address: str, at: datetime) -> str:
        """Exchange a code for the 统一身份标识 of who logged in.

        Raises:
            SignOnFailed: the code is not taken, or what comes for it is not believed.
        """
        answer = self._tokens(code, pending, return_address)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignOnFailed("token")
        claims = self._believed(token, pending, at)
        found = identity_of(claims, self.settings.claim)
        if not found:
            found = identity_of(self._told_of(answer, claims["sub"]), self.settings.claim)
        if not found:
            raise SignOnFailed("claim", self.settings.claim)
        return found

    def _believed(self, token: str, pending: Pending, at: datetime) -> dict[str, Any]:
        """Claims of a token; the keys are asked for again when none fits, for they change now and then."""
        believe = partial(believed_claims, token, settings=self.settings, nonce=pending.nonce, at=at)
        try:
            return believe(self._signing_keys())
        except SignOnFailed as failure:
            if failure.code != "signature":
                raise
        return believe(self._signing_keys(newer_than=time.monotonic() - LEAST_PAUSE))

    # -- asking -------------------------------------------------------------------------------
    def _discovered(self) -> Mapping[str, Any]:
        with self._lock:
            now = time.monotonic()
            if self._document is None or now - self._document[0] > KEPT:
                self._document = (now, self._checked_document())
            return self._document[1]

    def _checked_document(self) -> Mapping[str, Any]:
        issuer = self.settings.issuer
        document = self._asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            raise SignOnFailed("provider", "issuer")
        for name in _ENDPOINTS:
            if not isinstance(document.get(name), str) or not is_safe_address(document[name]):
                raise SignOnFailed("provider", name)
        return document

    def _signing_keys(self, *, newer_than: float = 0.0) -> KeySet:
        address = self._discovered()["jwks_uri"]
        with self._lock:
            now = time.monotonic()
            if self._keys is None or now - self._keys[0] > KEPT or self._keys[0] < newer_than:
                self._keys = (now, usable_keys(self._asked("GET", address)))
            return self._keys[1]

    def _tokens(self, code: str, pending: Pending, return_address: str) -> Mapping[str, Any]:
        document, settings = self._discovered(), self.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": return_address,
            "code_verifier": pending.verifier,
        }
        ways = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if settings.client_secret and "client_secret_basic" in ways:
            auth = httpx.BasicAuth(quote(settings.client_id, safe=""), quote(settings.client_secret, safe=""))
            return self._asked("POST", document["token_endpoint"], data=form, auth=auth)
        form["client_id"] = settings.client_id
        if settings.client_secret:
            form["client_secret"] = settings.client_secret
        return self._asked("POST", document["token_endpoint"], data=form)

    def _told_of(self, answer: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """What the provider tells besides (userinfo); of the same person, else nothing."""
        endpoint, token = self._discovered().get("userinfo_endpoint"), answer.get("access_token")
        if not isinstance(endpoint, str) or not isinstance(token, str) or not is_safe_address(endpoint):
            return {}
        found = self._asked("GET", endpoint, headers={"Authorization": f"Bearer {token}"})
        if found.get("sub") != subject:
            raise SignOnFailed("subject", "userinfo")
        return found

    def _asked(self, method: str, address: str, **given: Any) -> dict[str, Any]:
        try:
            with self._client.stream(method, address, **given) as answer:
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise SignOnFailed("provider", "too large")
                status = answer.status_code
        except httpx.HTTPError as error:
            raise SignOnFailed("provider", type(error).__name__) from error
        if status in {400, 401} and method == "POST":
            raise SignOnFailed("code", str(status))
        if status != 200:
            raise SignOnFailed("provider", str(status))
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise SignOnFailed("provider", "no JSON") from error
        if not isinstance(found, dict):
            raise SignOnFailed("provider", "no object")
        return found


def known_provider() -> Provider | None:
    """The provider that the settings name; None when they name none."""
    given: Mapping[str, str] | None = django_settings.SINGLE_SIGN_ON
    return _provider(SignOnSettings(**given)) if given else None


@lru_cache(maxsize=4)
def _provider(settings: SignOnSettings) -> Provider:
    return Provider(settings)
