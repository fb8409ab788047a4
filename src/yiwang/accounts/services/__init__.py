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
from .rates import is_over_limit, purge_rates

__all__ = [
    "KEPT",
    "LONGEST_TOKEN",
    "PURPOSES",
    "IssuedToken",
    "activate_account",
    "address_mark",
    "change_password",
    "create_account",
    "create_accounts",
    "deactivate_account",
    "is_over_limit",
    "issue_token",
    "purge_access",
    "purge_rates",
    "record_lock_out",
    "record_login",
    "record_logout",
    "reset_lock",
    "reset_password",
    "reveal_address",
    "revoke_token",
]
