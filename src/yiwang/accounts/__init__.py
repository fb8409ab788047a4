"""Accounts 账号: identity, login with lock-out, API tokens. Root entity: Account."""
