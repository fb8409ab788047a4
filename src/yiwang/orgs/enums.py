"""Choices of `orgs`: stored snake value, Chinese label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AreaTree(models.TextChoices):
    """Which tree an area stands in 区划树: the legal division or the operational areas."""

    LEGAL = "legal", _("法定区划")
    OPERATIONAL = "operational", _("运行片区")


class AreaKind(models.TextChoices):
    """Kind of area 区域类别. Source: GB/T 2260, the statistical division codes, GB/T 34300-2017."""

    CITY = "city", _("市")
    DISTRICT = "district", _("区")
    STREET = "street", _("街道")
    COMMUNITY = "community", _("社区")
    GRID = "grid", _("综合网格")
    EXCLUSIVE_GRID = "exclusive_grid", _("专属网格")
    MICRO_GRID = "micro_grid", _("微网格")
    FUNCTIONAL_ZONE = "functional_zone", _("功能区")
    SHARED_ZONE = "shared_zone", _("共治片区")
    POLICE_GRID = "police_grid", _("警格")
    FIRE_ZONE = "fire_zone", _("消防应急片区")


class AreaStyle(models.TextChoices):
    """Style of an area 区域形态: what a street- or community-level area is called by law."""

    URBAN = "urban", _("城市")
    TOWN = "town", _("镇")
    TOWNSHIP = "township", _("乡")
    VILLAGE = "village", _("村")


class UnitKind(models.TextChoices):
    """Kind of unit 机构类别."""

    OPERATIONS_CENTRE = "operations_centre", _("城运中心")
    STREET_OFFICE = "street_office", _("街道办事处")
    INNER_OFFICE = "inner_office", _("内设机构")
    DEPARTMENT = "department", _("职能部门")
    ZONE_COMMITTEE = "zone_committee", _("功能区管理机构")
    COMMUNITY_COMMITTEE = "community_committee", _("社区居委会（村委会）")
    PROPERTY_COMPANY = "property_company", _("物业企业")
    SERVICE_PROVIDER = "service_provider", _("专业服务单位")
    HOTLINE_CENTRE = "hotline_centre", _("热线中心")
    POLICE = "police", _("公安机关")
    FIRE_SERVICE = "fire_service", _("消防救援机构")
    GRID_TEAM = "grid_team", _("网格服务队")
    OTHER = "other", _("其他单位")


class GrantScope(models.TextChoices):
    """Where a grant of a post kind holds 授权范围."""

    EVERYWHERE = "everywhere", _("全域")
    AREA = "area", _("岗位所在区域")
    UNIT = "unit", _("岗位所在单位")


class OfficerBranch(models.TextChoices):
    """Branch of administration 三员 that one person holds alone. Source: GB/T 22239-2019."""

    SYSTEM = "system", _("系统管理")
    SECURITY = "security", _("安全管理")
    AUDIT = "audit", _("审计管理")


class HoldingKind(models.TextChoices):
    """How somebody holds a post 任职方式."""

    REGULAR = "regular", _("任职")
    DEPUTY = "deputy", _("代理")


class TieKind(models.TextChoices):
    """How a leader is tied to an area 挂联方式."""

    DISTRICT_LEADER = "district_leader", _("挂包")
    STREET_LEADER = "street_leader", _("挂钩")


class LoadSubject(models.TextChoices):
    """What a bulk load brings 载入对象."""

    AREAS = "areas", _("区域")
    UNITS = "units", _("机构")
    HOLDINGS = "holdings", _("任职")
