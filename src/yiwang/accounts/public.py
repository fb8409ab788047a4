"""The door of `accounts`; everything else in the package is private."""

from .addresses import address_of, own_address
from .errors import AccountInactive, TokenRevoked, UsernameTaken
from .models import Account, ApiToken
from .queries import account_known_as, accounts_matching, display_names, tokens_of
from .rules import normal_username
from .services import (
    IssuedToken,
    activate_account,
    change_password,
    create_account,
    create_accounts,
    deactivate_account,
    is_over_limit,
    issue_token,
    reset_lock,
    reset_password,
    revoke_token,
)
from .tokens import TokenIdentity, authenticate_token

__all__ = [
    "Account",
    "AccountInactive",
    "ApiToken",
    "IssuedToken",
    "TokenIdentity",
    "TokenRevoked",
    "UsernameTaken",
    "account_known_as",
    "accounts_matching",
    "activate_account",
    "address_of",
    "authenticate_token",
    "change_password",
    "create_account",
    "create_accounts",
    "deactivate_account",
    "display_names",
    "is_over_limit",
    "issue_token",
    "normal_username",
    "own_address",
    "reset_lock",
    "reset_password",
    "revoke_token",
    "tokens_of",
]
