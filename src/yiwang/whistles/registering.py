"""Registering 登记 with the frame: menu entries, the panel on a case, tones, words for the journal."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..interface.public import Entry, Panel, give_tone, label_kinds, navigation, panels

SECTION = _("吹哨报到")
_ENTRIES = (
    Entry(
        "whistles.list", _("哨情"), "whistles:list", act="whistles.view", icon="bell", section=SECTION,
        order=10,
    ),
    Entry(
        "whistles.schedules", _("定期哨"), "whistles:schedules", act="whistles.view", icon="calendar",
        section=SECTION, order=20,
    ),
    Entry(
        "whistles.assessment", _("吹哨考核"), "whistles:assessment", act="whistles.assess",
        icon="chart-bar", section=SECTION, order=30,
    ),
    Entry(
        "whistles.outside", _("外部单位"), "whistles:outside_units", act="whistles.judge", icon="link",
        section=SECTION, order=35,
    ),
    Entry(
        "whistles.kinds", _("哨种与事项清单"), "whistles:kinds", act="whistles.configure", icon="settings",
        section=SECTION, order=40,
    ),
)  # fmt: skip
#: Whistles blown for a case, and the way to blow one.
CASE_PANEL = Panel(
    "whistles.case", "cases.case", _("吹哨"), "whistles:case_panel", act="whistles.view", queries=12,
    order=70, area="side",
)  # fmt: skip
_KINDS = {
    "whistles.drafted": _("起草哨"),
    "whistles.change": _("修改哨"),
    "whistles.blow": _("吹哨"),
    "whistles.approve": _("批准吹哨"),
    "whistles.send_back": _("退回修改"),
    "whistles.refuse": _("不予批准"),
    "whistles.judge": _("派发报到"),
    "whistles.add_units": _("增派单位"),
    "whistles.recall_unit": _("撤回报到任务"),
    "whistles.insisted": _("责令报到"),
    "whistles.signed": _("签收"),
    "whistles.contacted": _("联系吹哨方"),
    "whistles.checked_in": _("报到签到"),
    "whistles.check_in_decided": _("到场确认"),
    "whistles.powerless": _("到场人员无权"),
    "whistles.declined": _("拒绝报到"),
    "whistles.confer": _("会商"),
    "whistles.assign": _("下达任务清单"),
    "whistles.item_done": _("完成清单事项"),
    "whistles.item_dropped": _("取消清单事项"),
    "whistles.fed_back": _("报到单位反馈"),
    "whistles.finish": _("处置完成"),
    "whistles.rated": _("评哨"),
    "whistles.end": _("销哨"),
    "whistles.blow_again": _("二次吹哨"),
    "whistles.raise": _("提级协调"),
    "whistles.coordinate": _("区领导交办"),
    "whistles.withdraw": _("撤回吹哨"),
    "whistles.late": _("报到超时"),
    "whistles.evidence_added": _("上传佐证"),
    "whistles.cases_attached": _("关联案件"),
    "whistles.link_renewed": _("重发链接"),
    "whistles.kind_set": _("设定哨种"),
    "whistles.kind_ended": _("哨种换新"),
    "whistles.kind_switched": _("启用或停用哨种"),
    "whistles.matter_added": _("列入吹哨事项清单"),
    "whistles.matter_ended": _("移出吹哨事项清单"),
    "whistles.frequency_set": _("设定吹哨率阈值"),
    "whistles.stage_saved": _("设定整治阶段"),
    "whistles.option_saved": _("设定评哨选项"),
    "whistles.outside_added": _("新增外部单位"),
    "whistles.outside_ended": _("停用外部单位"),
    "whistles.schedule_proposed": _("设定定期哨"),
    "whistles.schedule_approved": _("批准定期哨"),
    "whistles.schedule_judged": _("研判定期哨"),
    "whistles.schedule_stopped": _("停用定期哨"),
    "whistles.schedule_opened": _("定期哨开出"),
}


def register() -> None:
    """Register everything; called once when the app is ready."""
    for entry in _ENTRIES:
        navigation.add(entry)
    panels.add(CASE_PANEL)
    give_tone("waiting", "approving", "judging", "pending", "signed", "contacted", "proposed")
    give_tone("active", "reporting", "conferring", "reported")
    give_tone("good", "ended", "fed_back", "inside", "accepted", "usual")
    give_tone("warning", "raised", "again", "rating", "few", "many")
    give_tone("bad", "declined", "refused")
    label_kinds(_KINDS)
