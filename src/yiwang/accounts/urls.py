"""Addresses of accounts: login, passwords, tokens, administration."""

from __future__ import annotations

from django.urls import path, re_path

from . import pages

app_name = "accounts"
urlpatterns = [
    path("login/", pages.login, name="login"),
    path("logout/", pages.logout, name="logout"),
    path("account/password/", pages.change_own_password, name="change_password"),
    path("account/tokens/", pages.own_tokens, name="tokens"),
    path("account/tokens/<uuid:token_id>/revoke/", pages.revoke_own_token, name="revoke_token"),
    path("accounts/", pages.account_list, name="accounts"),
    path("accounts/new/", pages.new_account, name="new_account"),
    path("accounts/<uuid:account_id>/", pages.account_page, name="account"),
    re_path(
        r"^accounts/(?P<account_id>[0-9a-f-]{36})/(?P<what>deactivate|activate|unlock|reset)/$",
        pages.act_on_account,
        name="act_on_account",
    ),
]
