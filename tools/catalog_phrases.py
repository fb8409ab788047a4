"""Wording of the example registering conditions 示例立案条件, written for this project.

Standards give codes, names and limits, which are facts; how they word a condition is theirs. These phrases
are generic and chosen by what a thing is and how quickly it must be dealt with. A city replaces them by
importing its own standard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: (condition, closing condition); `{n}` is the name of the class.
Phrase = tuple[str, str]

_FAMILIES_OF_PARTS: Sequence[tuple[str, str]] = (
    ("cover", "井盖|箅子|盖板"),
    ("lamp", "灯$|亮化"),
    ("sign", "牌|标识|宣传栏|户外广告"),
    ("sanitation", "厕|化粪池|垃圾|烟头"),
    ("green", "树|绿地$|绿地（|边绿地|隔离带|花钵"),
    ("crossing", "桥|通道|天桥"),
    ("surface", "停车场|路沿石|平石|人行道|渠化岛|台阶|坡道|边坡|挡土墙"),
    ("barrier", "护栏|横道桩|便道桩|隔音屏|立杆|防汛墙|限高"),
    ("pipe", "管道|管廊|供水|喷泉|水域附属"),
)

_FAMILIES_OF_EVENTS: Sequence[tuple[str, str]] = (
    ("works", "施工|工地|掘路|渣土运输|预埋件|残留"),
    ("build", "乱建|装修|接坡|小产权|自建房|违建|道口|架设|地桩|采"),
    ("advert", "广告|宣传|牌匾|标语|公示"),
    ("damage", "破损|破裂|塌陷|积水|积雪|脱落|坠物|裂缝|堵塞|垂落|突发"),
    ("parking", "停放|单车|消防通道|作业车辆"),
    ("trade", "经营|游商|市|摊点|早餐|烧烤|收购|屠宰|促销|清洗|饲养|养犬|晾挂|吊挂|彩旗|噪音"),
    ("waste", "垃圾|渣土|不洁|脏乱|弃料|遗撒|尸体|废|堆|污|焚烧"),
)

_DANGER = "险情已排除，{n}恢复完好"
_CLEAN = "已清理，{n}外观整洁"
_MENDED = "{n}已修复"
_RENEWED = "{n}已更换或重做，功能恢复"
_USABLE = "{n}已能正常使用"

_ANY_PART: Mapping[str, Sequence[Phrase]] = {
    "urgent": (
        ("{n}突然损坏，现场有人身或行车危险", _DANGER),
        ("{n}倒伏、敞口或悬空，须先围挡再处置", _DANGER),
    ),
    "hours": (
        ("{n}失灵或停用，居民当下用不了", _USABLE),
        ("{n}周边有污水、垃圾或杂物，妨碍通行", "周边已清空，通行正常"),
        ("{n}未按公布的时间开放或开启", "{n}已按时开放或开启"),
        ("{n}内外有明显异味或积水", "异味、积水已消除"),
    ),
    "day": (
        ("{n}表面有积尘、污迹或乱贴乱画", _CLEAN),
        ("{n}上有拴挂、晾晒或堆放的杂物", "杂物已清走"),
        ("{n}被占用，达不到原来的用途", "占用已清退，{n}恢复原用途"),
        ("{n}松动，可当天原位加固", "{n}已加固"),
        ("{n}缺少提示文字或警示标记", "提示、警示已补齐"),
    ),
    "light": (
        ("{n}局部破损，仍可使用", _MENDED),
        ("{n}零件缺失或脱落", "零件已补齐，{n}完好"),
        ("{n}歪斜、移位，尚无危险", "{n}已复位"),
        ("{n}漆面或饰面褪色、剥落", "{n}饰面已翻新"),
    ),
    "heavy": (
        ("{n}主体损坏，须更换或重做", _RENEWED),
        ("{n}整体缺失，须补建", "{n}已补建"),
        ("{n}基础沉陷，或周边地面开裂、高差明显", "基础与周边地面已修平"),
        ("{n}长期闲置或废弃", "{n}已修复启用，或已拆除并恢复地面"),
    ),
}

_BY_PART: Mapping[str, Mapping[str, Sequence[Phrase]]] = {
    "cover": {
        "urgent": (("{n}丢失、错位或断裂，行人车辆可能陷落", _DANGER),),
        "hours": (("{n}有孔洞或缺角，须尽快换新", _RENEWED),),
        "light": (("{n}盖不平，过车时翘动作响", "{n}已垫平，过车无声响"),),
        "heavy": (("{n}四周路面下沉、隆起或碎裂，与路面不平", "路面已修平，与{n}齐平"),),
        "day": (("{n}被杂物遮盖或淤塞", "遮盖、淤塞已清除"),),
    },
    "lamp": {
        "urgent": (("{n}线路外露或灯体将要坠落", _DANGER),),
        "hours": (("{n}成片不亮或漏电报警", "{n}已恢复照明，无漏电"),),
        "day": (("{n}单灯不亮", "{n}已亮灯"),),
        "light": (("{n}白天长明或夜间闪烁", "{n}已按时亮灭"), ("{n}灯罩破裂或灯杆歪斜", _MENDED)),
        "heavy": (("{n}灯杆、灯架整体损坏", _RENEWED),),
    },
    "sign": {
        "urgent": (("{n}将要坠落或横倒在路上", _DANGER),),
        "day": (("{n}脏污、被遮挡，看不清内容", "{n}清晰可见"),),
        "light": (("{n}文字缺损或内容有误", "{n}内容完整正确"),),
        "heavy": (("{n}版面与支架损坏，须重新制作", _RENEWED),),
    },
    "sanitation": {
        "urgent": (("{n}满溢或盖口敞开，污物外流", "满溢已抽清，盖口已封好"),),
        "hours": (("{n}存放的污物未及时清运", "污物已清运，地面已冲洗"),),
        "day": (("{n}内部或四周不整洁", _CLEAN),),
    },
    "green": {
        "day": (("{n}有枯枝断枝悬挂或倒伏", "枯枝断枝已清走"),),
        "light": (("{n}缺水、生虫或长满杂草", "已浇灌、除虫、除草"),),
        "heavy": (("{n}枯死或成片缺株，须补种", "已按季节补种"),),
    },
    "crossing": {
        "urgent": (("{n}积水、断电或有物体掉落，不能安全通过", _DANGER),),
        "hours": (("{n}有抛洒物或冰雪，通行困难", "{n}已清通"),),
        "light": (("{n}栏杆、踏步或照明有缺损", _MENDED),),
        "heavy": (("{n}结构构件开裂或伸缩缝损坏", "构件已修复并经检查"),),
    },
    "surface": {
        "light": (("{n}砖块松动或小块缺失", _MENDED),),
        "heavy": (("{n}成片破损、下沉或断裂", _RENEWED),),
    },
    "barrier": {
        "urgent": (("{n}倒在车行道上或将要倒下", _DANGER),),
        "light": (("{n}断开、变形或缺一段", "{n}已接好、补齐"),),
        "heavy": (("{n}成段损毁，须重新安装", _RENEWED),),
    },
    "pipe": {
        "urgent": (("{n}大量喷漏，危及通行或供应", _DANGER),),
        "hours": (("{n}渗漏，水或气未停", "渗漏已止住"),),
        "light": (("{n}外层保护脱落", "保护层已补好"),),
        "heavy": (("{n}锈蚀或支架损坏，须更换", _RENEWED),),
    },
}

_ANY_EVENT: Mapping[str, Sequence[Phrase]] = {
    "soon": (
        ("发现“{n}”情形，影响市容或居民生活", "该情形已消除"),
        ("“{n}”情形经提醒后再次出现", "该情形已消除，现场有人看护"),
        ("多人反映的“{n}”情形", "该情形已消除"),
        ("“{n}”情形占用人行道、盲道或公共绿地", "占用已清退"),
        ("学校、医院、车站门前的“{n}”情形", "该情形已消除，门前通畅"),
        ("主次干道两侧的“{n}”情形", "该情形已消除"),
    ),
    "later": (
        ("“{n}”情形须多方配合才能消除", "该情形已消除"),
        ("“{n}”情形长期存在，须限期整改", "已按期整改"),
        ("“{n}”情形虽已制止，现场仍待恢复", "现场已恢复原状"),
    ),
    "urgent": (
        ("正在发生的“{n}”情形，须即时到场制止", "该情形已当场制止"),
        ("夜间或清晨发生的“{n}”情形，影响休息", "该情形已当场制止"),
        ("在禁止区域内发生的“{n}”情形", "该情形已当场制止"),
    ),
}

_BY_EVENT: Mapping[str, Mapping[str, Sequence[Phrase]]] = {
    "waste": {
        "soon": (("路面、绿地或水边有“{n}”情形，看得见、闻得到", "已清理干净，无残留"),),
        "later": (("“{n}”涉及的数量较大，须组织清运", "已全部清运，场地干净"),),
    },
    "build": {
        "urgent": (("正在进行的“{n}”行为，须当场叫停", "行为已停止，工具材料已撤走"),),
        "later": (("已经形成的“{n}”，须依法查处", "已依法处理，场地恢复"),),
    },
    "advert": {
        "soon": (("“{n}”设置不当，影响市容或遮挡视线", "已清除或规范设置"),),
        "later": (("“{n}”破损、内容有误或未经许可", "已整改或拆除"),),
    },
    "damage": {
        "urgent": (("“{n}”，有人身或行车危险，须立即到场控制", "险情已控制，危险区已围挡"),),
        "soon": (("“{n}”，妨碍通行或使用", "已恢复通行和使用"),),
        "later": (("“{n}”经应急处置后，路面或设施仍待修复", "已修复，恢复原状"),),
    },
    "parking": {"soon": (("“{n}”情形堵塞通道或出入口", "通道、出入口已畅通"),)},
    "trade": {"urgent": (("占用道路或公共场地的“{n}”，妨碍通行或扰民", "已劝离或规范，地面干净"),)},
    "works": {
        "urgent": (("“{n}”情形正在影响周边居民", "影响已消除"),),
        "soon": (("“{n}”情形未采取防护措施", "防护措施已到位"),),
        "later": (("“{n}”情形须施工单位限期整改", "施工单位已整改"),),
    },
}


def _tier(amount: int, unit: str, kind: str) -> str:
    if unit in {"urgent_hour", "urgent_day"}:
        return "urgent"
    if kind == "event":
        return "soon" if unit == "work_hour" or amount == 1 else "later"
    if unit == "work_hour":
        return "hours"
    if amount == 1:
        return "day"
    return "light" if amount <= 3 else "heavy"


def _family(name: str, families: Sequence[tuple[str, str]]) -> str:
    return next((family for family, pattern in families if re.search(pattern, name)), "")


def conditions_for(kind: str, name: str, limits: Sequence[tuple[int, str]]) -> list[dict[str, object]]:
    """One example condition for each limit of a class, in the order of the limits, no two alike.

    Args:
        kind: `part` or `event`.
        name: of the small class.
        limits: (amount, unit) pairs.

    Raises:
        ValueError: when a class has more limits of one tier than there are phrases.
    """
    if kind == "part":
        special, general = _BY_PART.get(_family(name, _FAMILIES_OF_PARTS), {}), _ANY_PART
    else:
        special, general = _BY_EVENT.get(_family(name, _FAMILIES_OF_EVENTS), {}), _ANY_EVENT
    used: dict[str, int] = {}
    found: list[dict[str, object]] = []
    for amount, unit in limits:
        tier = _tier(amount, unit, kind)
        phrases = [*special.get(tier, ()), *general[tier]]
        place = used.get(tier, 0)
        if place >= len(phrases):
            raise ValueError(f"{name}: no {place + 1}th phrase for {tier}")
        used[tier] = place + 1
        text, closing = phrases[place]
        found.append(
            {"text": text.format(n=name), "closing": closing.format(n=name), "limit": [amount, unit]}
        )
    return found
