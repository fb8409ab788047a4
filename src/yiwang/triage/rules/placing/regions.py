"""Regions 省市: names of provinces and cities, so that a place elsewhere in the country is named so.

Provinces by the first two digits of their codes (GB/T 2260), cities of prefecture level by province. County
names are left out: many are also names of roads.
"""

from __future__ import annotations

_PROVINCES = """
11 北京市 12 天津市 13 河北省 14 山西省 15 内蒙古自治区 21 辽宁省 22 吉林省 23 黑龙江省 31 上海市 32
江苏省 33 浙江省 34 安徽省 35 福建省 36 江西省 37 山东省 41 河南省 42 湖北省 43 湖南省 44 广东省 45
广西壮族自治区 46 海南省 50 重庆市 51 四川省 52 贵州省 53 云南省 54 西藏自治区 61 陕西省 62 甘肃省 63
青海省 64 宁夏回族自治区 65 新疆维吾尔自治区 71 台湾省 81 香港特别行政区 82 澳门特别行政区
"""
_CITIES = """
13 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水
14 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁
15 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布
21 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛
22 长春 吉林 四平 辽源 通化 白山 松原 白城
23 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化
32 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁
33 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水
34 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城
35 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德
36 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶
37 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽
41 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店
42 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州
43 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底
44 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮
45 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左
46 海口 三亚 三沙 儋州
51 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳
52 贵阳 六盘水 遵义 安顺 毕节 铜仁
53 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧
54 拉萨 日喀则 昌都 林芝 山南 那曲
61 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛
62 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南
63 西宁 海东
64 银川 石嘴山 吴忠 固原 中卫
65 乌鲁木齐 克拉玛依 吐鲁番 哈密
"""
_TITLES = ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市")


def _bare(name: str) -> str:
    for title in _TITLES:
        if name.endswith(title):
            return name.removesuffix(title)
    return name


def _provinces() -> dict[str, str]:
    cells = _PROVINCES.split()
    return dict(zip(cells[::2], cells[1::2], strict=True))


def _cities() -> dict[str, str]:
    found = {}
    for line in _CITIES.strip().splitlines():
        province, *names = line.split()
        found.update(dict.fromkeys(names, province))
    return found


#: Province by its two digits; city without 市 to the digits of its province.
PROVINCES = _provinces()
CITIES = _cities()


def region_names() -> dict[str, str]:
    """Names that a text may use for provinces and cities, each with `prov` or `city`.

    A name alone is used only in full (合肥市, 安徽省); shorter forms are read in front of another division.
    """
    found = dict.fromkeys(PROVINCES.values(), "prov")
    found.update({f"{name}市": "city" for name in CITIES})
    found.update({name: "city" for code, name in PROVINCES.items() if code in {"11", "12", "31", "50"}})
    return found


def province_of(name: str) -> str | None:
    """The two digits of a province by its name, with or without its title."""
    bare = _bare(name)
    return next((code for code, full in PROVINCES.items() if _bare(full) == bare), None)


def is_elsewhere(tag: str, name: str, *, city_code: str, own: frozenset[str]) -> bool:
    """Whether a tagged part names a province or a city that is not this city's.

    Args:
        own: bare names of the city and of its districts.
        city_code: 6-digit code of the city.

    >>> is_elsewhere("city", "合肥市", city_code="320100", own=frozenset({"南京"}))
    True
    """
    bare = _bare(name)
    if bare in own:
        return False
    if tag == "prov":
        digits = province_of(name)
        return digits is not None and digits != city_code[:2]
    if tag == "city":
        digits = CITIES.get(bare) or province_of(name)
        return digits is not None
    return False
