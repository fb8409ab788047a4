"""Registering 登记 with the frame and the ledger: menu entries, words for journal entries, sealed columns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, label_kinds, name_channels_with, navigation, panels
from ..ledger.public import register_sealed
from .device_registering import register_devices
from .models import Alert, ChannelKey, QuarantineEntry, RawMessage, SmsPart
from .queries.channels import channel_names
from .request_registering import register_requests
from .transfer_registering import register_transfers

_SECTION = _("业务对接")
_ENTRIES = (
    Entry("intake.alerts", _("预警"), "intake:alerts", icon="bell", order=40),
    Entry(
        "intake.channels", _("渠道目录"), "intake:channels", act="intake.health", icon="plug",
        section=_SECTION, order=290,
    ),
    Entry(
        "intake.health", _("渠道运行"), "intake:health", act="intake.health", icon="chart-bar",
        section=_SECTION, order=292,
    ),
    Entry(
        "intake.write_backs", _("回写"), "intake:write_backs", act="intake.exchange", icon="arrow-back-up",
        section=_SECTION, order=294,
    ),
    Entry(
        "intake.catalogue", _("业务系统和数据资源"), "intake:catalogue", act="intake.health", icon="book",
        section=_SECTION, order=296,
    ),
    Entry(
        "intake.runs", _("导入批次"), "intake:runs", act="intake.import", icon="file-import",
        section=_SECTION, order=300,
    ),
    Entry(
        "intake.mappings", _("导入映射"), "intake:mappings", act="intake.import", icon="arrows-split",
        section=_SECTION, order=305,
    ),
    Entry(
        "intake.quarantine", _("隔离数据"), "intake:quarantine", act="intake.quarantine",
        icon="alert-triangle", section=_SECTION, order=310,
    ),
)  # fmt: skip
#: Alerts in force stand above the work of the posts whose areas they mean.
ALERT_BANNER = Panel(
    "intake.alerts", "workbench.desk", _("生效中的预警"), "intake:alert_banner", queries=8, area="notice",
)  # fmt: skip
#: Channels that need a look stand above the work of whoever sees to them.
HEALTH_PANEL = Panel(
    "intake.health", "workbench.desk", _("渠道告警"), "intake:health_panel", act="intake.health", queries=14,
    area="notice",
)  # fmt: skip
_KINDS = {
    "cases.history_imported": _("导入历史办理结果"),
    "intake.mapping_published": _("发布映射"),
    "intake.run_started": _("开始导入"),
    "intake.run_ended": _("导入完成"),
    "intake.run_failed": _("导入中断"),
    "intake.corrected": _("更正后入库"),
    "intake.dropped": _("舍弃隔离数据"),
    "intake.entry_revealed": _("查看隔离数据原文"),
    "intake.channel_published": _("发布渠道定义"),
    "intake.channel_enabled": _("启用渠道"),
    "intake.channel_disabled": _("停用渠道"),
    "intake.key_added": _("发放渠道凭证"),
    "intake.key_ended": _("注销渠道凭证"),
    "intake.channel_started_over": _("换了地址，从头读取"),
    "intake.sent_again": _("重新发送回写"),
    "intake.alert_received": _("收到预警"),
    "intake.alert_ended": _("预警终止"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    register_devices()
    register_requests()
    register_transfers()
    panels.add(ALERT_BANNER)
    panels.add(HEALTH_PANEL)
    name_channels_with(channel_names)
    label_kinds(_KINDS)
    register_sealed(RawMessage, "payload")
    register_sealed(QuarantineEntry, "corrections")
    register_sealed(ChannelKey, "secret")
    register_sealed(Alert, "raw")
    register_sealed(SmsPart, "payload")
