"""Words 预警用语: what the terms of CAP are called on the page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

URGENCIES = {
    "Immediate": _("立即"), "Expected": _("即将"), "Future": _("将来"), "Past": _("已过"),
    "Unknown": _("未知"),
}  # fmt: skip
SEVERITIES = {
    "Extreme": _("特别严重"), "Severe": _("严重"), "Moderate": _("较重"), "Minor": _("一般程度"),
    "Unknown": _("未知"),
}  # fmt: skip
CERTAINTIES = {
    "Observed": _("已观测到"), "Likely": _("很可能"), "Possible": _("可能"), "Unlikely": _("不太可能"),
    "Unknown": _("未知"),
}  # fmt: skip
CATEGORIES = {
    "Geo": _("地质"), "Met": _("气象"), "Safety": _("公共安全"), "Security": _("治安"), "Rescue": _("救援"),
    "Fire": _("火灾"), "Health": _("公共卫生"), "Env": _("环境"), "Transport": _("交通"),
    "Infra": _("基础设施"),
    "CBRNE": _("核生化爆"), "Other": _("其他类别"),
}  # fmt: skip
RESPONSES = {
    "Shelter": _("就地避险"), "Evacuate": _("撤离"), "Prepare": _("做好准备"), "Execute": _("启动预案"),
    "Avoid": _("避开"), "Monitor": _("关注信息"), "Assess": _("评估"), "AllClear": _("危险解除"),
    "None": _("无须行动"),
}  # fmt: skip
#: How an area was found.
GROUNDS = {
    "geocode": _("按区划编码"), "polygon": _("按多边形"), "circle": _("按圆形范围"), "name": _("按区域名称"),
    "issuer": _("按发布单位所在区划"),
}  # fmt: skip
#: Colours of lines and swatches, dark enough to be told apart on the map's ground.
SWATCHES = {
    "red": "#c92a2a", "orange": "#d9480f", "yellow": "#b08900", "blue": "#1864ab", "unknown": "#5c6b7a",
}  # fmt: skip
