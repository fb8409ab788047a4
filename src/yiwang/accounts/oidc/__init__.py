"""Single sign-on 统一身份认证: OpenID Connect, authorization code flow with PKCE.

`rules` is pure: what is sent, and what of an answer is believed. `provider` speaks to the identity provider.
"""

from .provider import Provider, known_provider
from .rules import (
    LIFETIME,
    Pending,
    SignOnFailed,
    SignOnSettings,
    authorization_address,
    identity_problem,
    pending_from,
)

__all__ = [
    "LIFETIME",
    "Pending",
    "Provider",
    "SignOnFailed",
    "SignOnSettings",
    "authorization_address",
    "identity_problem",
    "known_provider",
    "pending_from",
]
