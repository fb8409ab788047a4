"""Addresses of accounts: login, passwords, tokens, administration."""

from __future__ import annotations

from django.urls import path, re_path

from .pages import accounts, door, single_sign_on

app_name = "accounts"
urlpatterns = [
    path("login/", door.login, name="login"),
    path("login/sso/", single_sign_on.begin, name="sign_on"),
    path("login/sso/return/", single_sign_on.finish, name="sign_on_return"),
    path("logout/", door.logout, name="logout"),
    path("account/password/", accounts.change_own_password, name="change_password"),
    path("account/tokens/", accounts.own_tokens, name="tokens"),
    path("account/tokens/<uuid:token_id>/revoke/", accounts.revoke_own_token, name="revoke_token"),
    path("account/access/", door.own_access, name="own_access"),
    path("access/", door.access_list, name="access"),
    path("access/<uuid:record_id>/address/", door.show_address, name="show_address"),
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/new/", accounts.new_account, name="new_account"),
    path("accounts/<uuid:account_id>/", accounts.account_page, name="account"),
    path("identities/", single_sign_on.identity_list, name="identities"),
    path("identities/<uuid:account_id>/", single_sign_on.identity_page, name="identity"),
    re_path(
        r"^accounts/(?P<account_id>[0-9a-f-]{36})/(?P<what>deactivate|activate|unlock|reset)/$",
        accounts.act_on_account,
        name="act_on_account",
    ),
]
