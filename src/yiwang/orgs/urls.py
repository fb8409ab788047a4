"""Addresses of `orgs`: areas, units, posts, holdings, rosters, one's own posts."""

from __future__ import annotations

from django.urls import path

from .pages import areas, holdings, kinds, posts, units, zones

app_name = "orgs"
urlpatterns = [
    path("areas/", areas.area_roots, name="areas"),
    path("areas/<uuid:area_id>/", areas.area_page, name="area"),
    path("areas/unlinked/", zones.unlinked, name="unlinked"),
    path("areas/<uuid:area_id>/links/<uuid:link_id>/end/", areas.end_link, name="end_link"),
    path("ties/<uuid:tie_id>/end/", areas.end_tie, name="end_tie"),
    path("kinds/", kinds.kind_list, name="kinds"),
    path("kinds/new/", kinds.new_kind, name="new_kind"),
    path("kinds/changes/", kinds.grant_change_list, name="grant_changes"),
    path("kinds/of/<slug:code>/", kinds.kind_page, name="kind"),
    path("kinds/of/<slug:code>/adopt/", kinds.adopt_kind, name="adopt_kind"),
    path("units/", units.unit_list, name="units"),
    path("units/<uuid:unit_id>/", units.unit_page, name="unit"),
    path("units/<uuid:unit_id>/roster/", units.roster_page, name="roster"),
    path("rosters/", units.roster_list, name="rosters"),
    path("shifts/<uuid:duty_id>/remove/", units.remove_shift, name="remove_shift"),
    path("shifts/<uuid:duty_id>/swap/", units.swap_shift, name="swap_shift"),
    path("posts/mine/", posts.own_posts, name="own_posts"),
    path("posts/<uuid:post_id>/", posts.post_page, name="post"),
    path("posts/<uuid:post_id>/close/", posts.close, name="close_post"),
    path("posts/<uuid:post_id>/choose/", posts.choose_post, name="choose_post"),
    path("holdings/load/", holdings.load_page, name="load_holdings"),
    path("holdings/list.csv", holdings.download, name="holdings_file"),
    path("holdings/<uuid:holding_id>/", posts.holding_page, name="holding"),
    path("holdings/<uuid:holding_id>/end/", posts.end, name="end_holding"),
]
