"""Services of `accounts`: accounts, passwords, tokens, what happened at the door, limits of frequency."""

from .access import (
    KEPT,
    PURPOSES,
    address_mark,
    purge_access,
    record_lock_out,
    record_login,
    record_logout,
    reveal_address,
)
from .accounts import (
    LONGEST_TOKEN,
    IssuedToken,
    activate_account,
    change_password,
    create_account,
    create_accounts,
    deactivate_account,
    issue_token,
    reset_lock,
    reset_password,
    revoke_token,
)
from .identities import account_of_identity, link_identity, record_sign_on
from .rates import is_over_limit, purge_rates

__all__ = [
    "KEPT",
    "LONGEST_TOKEN",
    "PURPOSES",
    "IssuedToken",
    "account_of_identity",
    "activate_account",
    "address_mark",
    "change_password",
    "create_account",
    "create_accounts",
    "deactivate_account",
    "is_over_limit",
    "issue_token",
    "link_identity",
    "purge_access",
    "purge_rates",
    "record_lock_out",
    "record_login",
    "record_logout",
    "record_sign_on",
    "reset_lock",
    "reset_password",
    "reveal_address",
    "revoke_token",
]
