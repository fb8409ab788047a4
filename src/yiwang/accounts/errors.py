"""Errors of `accounts`, each with a stable code."""

from __future__ import annotations

from ..kernel.errors import Conflict


class UsernameTaken(Conflict):
    """Another account has that username (409)."""

    code = "accounts.username_taken"


class IdentityTaken(Conflict):
    """Another account is linked with that identity (409)."""

    code = "accounts.identity_taken"


class AccountInactive(Conflict):
    """The account is deactivated (409)."""

    code = "accounts.inactive"


class TokenRevoked(Conflict):
    """The token is revoked already (409)."""

    code = "accounts.token_revoked"
