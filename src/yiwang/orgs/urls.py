"""Addresses of `orgs`: areas, units, posts, holdings, rosters, one's own posts."""

from __future__ import annotations

from django.urls import path

from .pages import areas, posts, units

app_name = "orgs"
urlpatterns = [
    path("areas/", areas.area_roots, name="areas"),
    path("areas/<uuid:area_id>/", areas.area_page, name="area"),
    path("units/", units.unit_list, name="units"),
    path("units/<uuid:unit_id>/", units.unit_page, name="unit"),
    path("units/<uuid:unit_id>/roster/", units.roster_page, name="roster"),
    path("rosters/", units.roster_list, name="rosters"),
    path("shifts/<uuid:duty_id>/remove/", units.remove_shift, name="remove_shift"),
    path("posts/mine/", posts.own_posts, name="own_posts"),
    path("posts/<uuid:post_id>/", posts.post_page, name="post"),
    path("posts/<uuid:post_id>/close/", posts.close, name="close_post"),
    path("posts/<uuid:post_id>/choose/", posts.choose_post, name="choose_post"),
    path("holdings/<uuid:holding_id>/", posts.holding_page, name="holding"),
    path("holdings/<uuid:holding_id>/end/", posts.end, name="end_holding"),
]
