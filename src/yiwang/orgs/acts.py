"""Acts 权限目录: every named act in plain Chinese, by subject, for whoever grants it.

An act is added here when a post kind of the package grants it (a test says so).
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Subject to act to what it allows, in the order of the page.
ACTS: dict[str | Promise, dict[str, str | Promise]] = {
    _("案件办理"): {
        "cases.view": _("查看案件"),
        "cases.receive": _("登记诉求（含代录）"),
        "cases.accept": _("受理"),
        "cases.verify": _("核实"),
        "cases.register": _("立案"),
        "cases.dispatch": _("派遣任务"),
        "cases.handle": _("处置本单位任务"),
        "cases.handle_on_the_spot": _("自行处置"),
        "cases.answer": _("直接答复"),
        "cases.review": _("审核退单、延期等申请"),
        "cases.apply": _("提出延期、挂账、申诉、剔除申请"),
        "cases.endorse_application": _("初审本单位的申请"),
        "cases.confirm_application": _("复核申诉、剔除申请"),
        "cases.ask_return": _("申请退单、首问移交、争议裁定"),
        "cases.refuse_unlisted": _("拒收清单外事项（社区）"),
        "cases.arbitrate": _("裁定责任争议"),
        "cases.recheck": _("核查"),
        "cases.rework": _("退回返工"),
        "cases.urge": _("催办"),
        "cases.supervise": _("督办、督办销号"),
        "cases.list": _("挂牌督办、解除挂牌"),
        "cases.close": _("结案"),
        "cases.rate": _("回访并代录评价"),
        "cases.confirm_site": _("现场感知确认"),
        "cases.control_risk": _("控险"),
        "cases.dispatch_first": _("先派后核"),
        "cases.pass_up": _("上报流转"),
        "cases.raise_level": _("提级管理"),
        "cases.reopen": _("重办"),
        "cases.archive": _("归档"),
        "cases.merge": _("合并、撤销合并"),
        "cases.reject": _("不予受理"),
        "cases.void": _("作废"),
        "cases.withdraw": _("代为撤回"),
        "cases.correct": _("更正案件内容"),
        "cases.approve_correction": _("批准更正（第二人）"),
        "cases.edit_phrases": _("维护常用语"),
        "cases.configure": _("设定办理规则"),
    },
    _("敏感事项与导出"): {
        "cases.reveal_contact": _("查看联系方式"),
        "cases.view_sensitive": _("查看敏感案件"),
        "cases.export": _("导出案件"),
        "cases.request_erasure": _("提出依法删除个人信息"),
        "cases.erase": _("依法删除个人信息"),
    },
    _("研判分拨"): {
        "triage.configure": _("设定自动办理规则"),
        "triage.train": _("训练和发布分类模型"),
        "triage.manage_issues": _("研判、命名热点问题"),
        "triage.publish_answer": _("公布公开答复"),
    },
    _("吹哨报到"): {
        "whistles.view": _("查看哨情"),
        "whistles.draft": _("起草吹哨"),
        "whistles.blow": _("吹工作推进哨（街道党政班子成员）"),
        "whistles.blow_hard": _("吹攻坚克难哨（街道书记、主任）"),
        "whistles.blow_community": _("社区吹哨"),
        "whistles.blow_enterprise": _("代企业吹哨"),
        "whistles.approve": _("审核街道哨"),
        "whistles.approve_community": _("审核社区哨"),
        "whistles.admit_enterprise": _("受理企业哨"),
        "whistles.judge": _("研判派发报到单位"),
        "whistles.report": _("报到、办理、反馈"),
        "whistles.organise": _("组织会商、下达任务清单、确认到场"),
        "whistles.rate": _("评哨、销哨"),
        "whistles.coordinate": _("区领导协调交办"),
        "whistles.assess": _("查看吹哨考核"),
        "whistles.configure": _("设定哨种和吹哨事项清单"),
    },
    _("业务对接"): {
        "intake.import": _("导入外部诉求"),
        "intake.quarantine": _("处理隔离数据"),
        "intake.channels": _("维护渠道目录"),
        "intake.health": _("查看渠道运行"),
        "intake.transfer": _("转派外部平台"),
        "intake.exchange": _("处理回写"),
        "workbench.read_todos": _("代查他人待办"),
        "intake.devices": _("维护设备"),
    },
    _("基础资料"): {
        "orgs.edit": _("维护区域、机构和岗位"),
        "catalog.edit": _("维护事项目录和权责清单"),
        "catalog.publish": _("发布权责变更（第二人）"),
        "catalog.apply_admission": _("为本单位申请准入事项"),
        "catalog.review_admission": _("审核准入申请（第二人）"),
        "catalog.admit": _("批准准入、收回事项（第三人）"),
        "catalog.ask_exemption": _("申请应急豁免"),
        "catalog.exempt": _("批准应急豁免（第二人）"),
        "clocks.edit": _("维护工作日历"),
        "clocks.approve": _("批准日历更正（第二人）"),
        "places.view": _("查看地图和地点"),
        "places.import": _("导入边界"),
        "places.maintain": _("维护部件和地点"),
    },
    _("短信通知"): {
        "notify.configure": _("维护短信网关和模板"),
        "notify.messages": _("查看短信记录、重新发送"),
    },
    _("账号与授权"): {
        "accounts.manage": _("管理账号"),
        "accounts.link": _("关联统一身份"),
        "orgs.assign": _("安排任职、挂联和值班"),
        "orgs.grant": _("设定岗位授权"),
    },
    _("审计"): {
        "ledger.audit": _("查看登录和授权变更"),
        "ledger.check": _("核验存证"),
        "ledger.observe": _("查看运行状态"),
        "ledger.operate": _("运维处置（重试事件和任务）"),
    },
}
_LABELS = {act: label for acts in ACTS.values() for act, label in acts.items()}


def act_label(act: str) -> str:
    """What an act allows, in words; the act itself when the catalogue does not know it."""
    return str(_LABELS.get(act, act))
