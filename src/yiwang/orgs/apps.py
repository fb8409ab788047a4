"""Django configuration of `orgs`."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

_KINDS = {
    "orgs.divisions_loaded": _("载入区划"),
    "orgs.units_loaded": _("载入机构"),
    "orgs.area_added": _("新增区域"),
    "orgs.area_renamed": _("区域更名"),
    "orgs.area_closed": _("撤销区域"),
    "orgs.area_linked": _("建立区域对应关系"),
    "orgs.area_unlinked": _("终止区域对应关系"),
    "orgs.leader_tied": _("领导挂联"),
    "orgs.leader_untied": _("解除挂联"),
    "orgs.unit_created": _("设立机构"),
    "orgs.unit_renamed": _("机构更名"),
    "orgs.unit_closed": _("撤销机构"),
    "orgs.post_kind_saved": _("设定岗位授权"),
    "orgs.post_opened": _("设立岗位"),
    "orgs.post_closed": _("撤销岗位"),
    "orgs.post_assigned": _("任职"),
    "orgs.holding_ended": _("终止任职"),
    "orgs.holding_changed": _("变更任期"),
    "orgs.holdings_loaded": _("载入任职"),
    "orgs.area_link_cancelled": _("取消区域对应关系"),
    "orgs.post_handed_over": _("岗位移交"),
    "orgs.duty_rostered": _("排班"),
    "orgs.duty_removed": _("撤销排班"),
}


class OrgsConfig(AppConfig):
    """区划机构岗位: see the package docstring."""

    name = "yiwang.orgs"
    label = "orgs"
    verbose_name = "区划机构岗位"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the menu entries, the words for what the journal says, and how posts are named."""
        from ..interface.public import Entry, label_kinds, name_posts_with, navigation
        from .queries import post_label

        admin = _("系统管理")
        for entry in (
            Entry("orgs.areas", _("区域"), "orgs:areas", "orgs.edit", "hierarchy", admin, 920),
            Entry("orgs.units", _("机构与岗位"), "orgs:units", "orgs.edit", "building", admin, 930),
            Entry("orgs.units_assign", _("岗位任职"), "orgs:units", "orgs.assign", "users", admin, 931),
            Entry("orgs.kinds", _("岗位授权"), "orgs:kinds", "orgs.grant", "shield-lock", admin, 935),
            Entry("orgs.kinds_audit", _("岗位授权"), "orgs:kinds", "ledger.audit", "shield-lock", admin, 935),
            Entry(
                "orgs.grant_changes",
                _("授权变更"),
                "orgs:grant_changes",
                "ledger.audit",
                "history",
                admin,
                965,
            ),
            Entry("orgs.rosters", _("值班表"), "orgs:rosters", "orgs.assign", "calendar", admin, 940),
            Entry("orgs.own_posts", _("我的岗位"), "orgs:own_posts", icon="clipboard-list", place="account"),
        ):
            navigation.add(entry)
        label_kinds(_KINDS)
        name_posts_with(post_label)
