"""A corpus of messages with planted issues, in words of our own, masked as public petitions are."""

# ruff: noqa: E501, SIM905 - lists of sentences read better in long lines
from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from yiwang.kernel.working_time import SHANGHAI

from ..rules.issues.messages import Message

BEGIN = datetime(2026, 3, 1, 8, tzinfo=SHANGHAI)
OPENINGS = (
    "尊敬的领导：您好！", "书记您好，", "", "请问有关部门，", "各位领导：", "领导你们好，我是一名普通市民，", "你好，", "",
)  # fmt: skip
CLOSINGS = (
    "请尽快解决，谢谢！",
    "希望政府重视。",
    "",
    "恳请相关部门处理。",
    "到底谁来管？",
    "期待回复，此致敬礼。",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted issue: its places as people write them, titles and sentences about it."""

    key: str
    places: tuple[str, ...]
    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    place: str
    matter: str
    count: int
    days: int = 40


PLANTED = (
    Planted(
        "mixer",
        ("A市A2区沁翠新城", "沁翠新城小区", "A2区沁翠新城小区", "沁翠新城"),
        (
            "{p}附近搅拌站噪音扰民", "投诉{p}旁边的水泥搅拌站污染环境", "{p}旁违规建搅拌站，灰尘太大", "{p}遭搅拌站粉尘污染",
            "请问{p}附近的搅拌厂何时搬走", "{p}居民被搅拌站噪音折磨", "举报{p}周边搅拌站夜间施工",
        ),
        (
            "{p}南边二百米开了一家混凝土搅拌站，白天灰尘满天", "搅拌站的大车从早到晚进出，噪音让老人孩子没法休息",
            "窗台上全是水泥粉尘，{p}的住户不敢开窗", "半夜两点搅拌机还在轰响", "离住宅这么近的地方建搅拌站有没有环评",
            "大家打过环保热线，搅拌站停了两天又开工", "粉尘污染严重影响呼吸，孩子一直咳嗽",
        ),
        "沁翠新城", "搅拌站", 28,
    ),
    Planted(
        "parking",
        ("A市岚景园河畔苑", "岚景园河畔苑", "岚景园河畔苑小区"),
        (
            "{p}捆绑销售车位", "投诉{p}开发商捆绑车位销售", "{p}买房必须买车位合法吗", "关于{p}强制捆绑车位的投诉",
            "{p}车位捆绑销售侵害职工利益",
        ),
        (
            "{p}是面向职工的定向房，认购时却要求必须再买一个车位", "不买十八万五的车位就不能签购房合同",
            "这种捆绑销售明显违反规定", "我们已经交了定金，现在被强制要求购买车位", "{p}的车位价格比周边高出一大截",
            "开发商说车位和房子一起卖，不买就取消资格",
        ),
        "岚景园河畔苑", "车位", 24, 25,
    ),
    Planted(
        "smoke",
        ("A5区魔力之城", "魔力之城小区", "A市魔力之城"),
        (
            "{p}临街餐饮店油烟噪音扰民", "{p}楼下烧烤店油烟直排", "{p}商铺油烟扰民没人管", "请求整治{p}底层夜宵店油烟",
        ),
        (
            "{p}底层的餐饮店没有专用烟道，油烟直接排到楼上", "夜宵摊营业到凌晨三点，喝酒吵闹",
            "厨房油烟熏得二楼住户不敢晾衣服", "烧烤店噪音和油烟让孩子睡不着", "城管来过，第二天餐饮店照旧",
        ),
        "魔力之城", "油烟", 16,
    ),
    Planted(
        "intern",
        ("A市财商学院", "财商学院", "A市财商学院信息系"),
        (
            "{p}强制学生外出实习", "{p}组织学生到工厂实习", "举报{p}变相逼迫学生实习", "{p}强制学生去电子厂顶岗实习",
        ),
        (
            "{p}要求学生必须去外地工厂顶岗实习，不去就不发毕业证", "实习岗位和专业毫无关系，每天在流水线站十二个小时",
            "学校从实习工资里提成", "老师说不参加强制实习学分清零",
        ),
        "财商学院", "实习", 9, 90,
    ),
    Planted(
        "pool",
        ("泉晶公园", "A7县泉晶公园", "泉晶公园游泳馆"),
        (
            "{p}项目规划为何迟迟不动工", "{p}什么时候能建成", "咨询{p}规划进展", "{p}规划多年仍是荒地",
        ),
        (
            "{p}规划公示已经三年，现在还是一片荒草", "附近几个小区都盼着公园建成", "规划局说{p}已经立项，却一直没有开工",
            "请公布{p}的开工时间", "荒地成了垃圾堆放点",
        ),
        "泉晶公园", "规划", 7, 120,
    ),
    Planted(
        "bus",
        ("A市公交917路", "公交917路", "917路公交车"),
        ("{p}等车时间太长", "{p}间隔太久，建议增加班次", "{p}高峰期挤不上去", "{p}收班时间太早"),
        (
            "{p}早高峰要等四十分钟", "希望917路增加班次缩短间隔", "917路末班车七点就收班，下班的人坐不上",
            "车厢挤得上不去，老人站在917路车门口很危险",
        ),
        "917路", "班次", 8, 60,
    ),
)  # fmt: skip
_STREETS = "明德 望江 桂林 朝晖 书香 金盆 东塘 赤岭 雨湖 芙蓉 白沙 韶山 万家 劳动 人民 湘春 银杉 潇湘 麓谷 枫林".split()
_KINDS = "路 大道 街 小区 花园 社区 中学 小学 医院 公司".split()
_MATTERS = (
    ("路灯坏了很久", "晚上一片漆黑，老人出门摔跤"), ("下水道堵塞", "雨后积水漫到家门口，臭气难闻"),
    ("拖欠农民工工资", "包工头半年没有发钱，十几个人等着过年"), ("养老保险转移", "在外地交了八年，想转回来不知带哪些材料"),
    ("二手房过户契税", "税率按哪一年的标准计算"), ("小学学位不足", "适龄孩子今年九月没有地方上学"), ("电梯经常停运", "高层老人每天爬楼"),
    ("物业乱收费", "停车管理费涨了一倍也不公示"), ("公租房申请", "资料交了三个月没有消息"), ("垃圾没有及时清运", "满地污水苍蝇乱飞"),
    ("医保报销比例", "住院花了两万多只报了三成"), ("占道经营", "摊贩把人行道占满，推婴儿车走不过去"), ("道路坑洼", "大货车压坏路面一直没有修补"),
    ("户口迁移手续", "结婚后迁户口来回跑了四趟"), ("培训机构不退费", "上了三节课机构就关门"), ("宽带被垄断", "只能装一家运营商的网"),
    ("教师待遇", "绩效工资拖到现在没有发放"), ("房产证办不下来", "交房四年开发商还在推脱"), ("流浪狗伤人", "孩子上学路上被追咬"),
    ("自来水发黄", "放十分钟还是浑浊的水"),
)  # fmt: skip
LOUD = "loud"


def corpus(*, seed: int = 7, background: int = 600, loud: int = 200) -> tuple[list[Message], dict[str, str]]:
    """Messages, and for each id the key of the issue that was planted (`""` for the background)."""
    draw = random.Random(seed)
    rows: list[tuple[str, str, str, str, datetime, int]] = []
    for issue in PLANTED:
        for _ in range(issue.count):
            rows.append(
                (
                    issue.key,
                    f"{issue.key}-{draw.randrange(10**9)}",
                    *_words(draw, issue),
                    _at(draw, issue.days),
                    draw.choice((0, 0, 1, 3)),
                )
            )
    for _ in range(background):
        rows.append(
            ("", f"one-{draw.randrange(10**9)}", *_noise(draw), _at(draw, 200), draw.choice((0, 0, 0, 1)))
        )
    for number in range(loud):
        rows.append(
            (
                LOUD,
                "the-loud-one",
                f"A3区枫叶路{number % 9}号灯箱太亮",
                f"枫叶路的广告灯箱又亮了一夜，第{number}次反映，照得我睡不着。",
                _at(draw, 60),
                0,
            )
        )
    draw.shuffle(rows)
    messages = [
        Message(id=str(1000 + n), at=at, reporter=who, title=title, text=text, likes=likes)
        for n, (_key, who, title, text, at, likes) in enumerate(rows)
    ]
    return messages, {message.id: row[0] for message, row in zip(messages, rows, strict=True)}


def _words(draw: random.Random, issue: Planted) -> tuple[str, str]:
    title = draw.choice(issue.titles).format(p=draw.choice(issue.places))
    chosen = draw.sample(issue.sentences, k=min(len(issue.sentences), draw.choice((2, 3, 3, 4))))
    body = "，".join(sentence.format(p=draw.choice(issue.places)) for sentence in chosen)
    return title, f"{draw.choice(OPENINGS)}{body}。{draw.choice(CLOSINGS)}"


def _noise(draw: random.Random) -> tuple[str, str]:
    matter, detail = draw.choice(_MATTERS)
    place = f"{draw.choice('ABCD')}{draw.randrange(1, 9)}区{draw.choice(_STREETS)}{draw.choice(_STREETS)}{draw.choice(_KINDS)}"
    title = draw.choice(("{p}{m}", "请问{p}{m}怎么办", "投诉{p}{m}", "关于{p}{m}的问题")).format(
        p=place, m=matter
    )
    return title, f"{draw.choice(OPENINGS)}{place}{matter}，{detail}。{draw.choice(CLOSINGS)}"


def _at(draw: random.Random, days: int) -> datetime:
    return BEGIN + timedelta(minutes=draw.randrange(days * 24 * 60))
