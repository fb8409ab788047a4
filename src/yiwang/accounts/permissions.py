"""Permissions of `accounts` 权限: the acts that its pages and services ask for."""

from __future__ import annotations

#: Create, deactivate and unlock accounts.
MANAGE = "accounts.manage"
#: Link accounts with persons of the identity provider.
LINK = "accounts.link"
#: Read what happened at the door of every account.
AUDIT = "ledger.audit"
