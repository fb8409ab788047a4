"""Choices of intake: English snake value, Chinese label."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceFormat(models.TextChoices):
    """Source format 来源格式: how the rows of a source are written."""

    CSV = "csv", _("CSV 表格")
    XLSX = "xlsx", _("Excel 工作簿")
    JSON = "json", _("JSON 报文")
    XML = "xml", _("XML 报文")
    FORM = "form", _("表单")


class MessageState(models.TextChoices):
    """Message state 原始消息状态."""

    RECEIVED = "received", _("已收到")
    ACCEPTED = "accepted", _("已入库")
    UPDATED = "updated", _("并入原诉求")
    UNCHANGED = "unchanged", _("内容未变")
    QUARANTINED = "quarantined", _("隔离中")
    REPLAYED = "replayed", _("更正后入库")
    DROPPED = "dropped", _("已舍弃")


class ChannelKind(models.TextChoices):
    """Channel kind 来源类别: who speaks through a channel."""

    HOTLINE = "hotline", _("热线")
    LETTERBOX = "letterbox", _("书记信箱")
    APP = "app", _("移动应用")
    GRID = "grid", _("网格")
    URBAN_MANAGEMENT = "urban_management", _("数字城管")
    WHISTLE = "whistle", _("吹哨报到")
    POLICE = "police", _("公安")
    FIRE = "fire", _("消防")
    SENSOR = "sensor", _("物联感知")
    CAMERA = "camera", _("视频与无人机")
    WEATHER = "weather", _("气象预警")
    GOVERNMENT = "government", _("部门系统")
    PLATFORM = "platform", _("上下级平台")
    HANDLER = "handler", _("承办系统")
    WEB = "web", _("网站")
    MEDIA = "media", _("媒体")
    CHAT = "chat", _("群聊")
    SMS = "sms", _("短信")
    OTHER = "other", _("其他")


class DoorKind(models.TextChoices):
    """Door kind 对接方式: how a channel is connected."""

    PUSH = "push", _("接口推送")
    PULL = "pull", _("接口拉取")
    OPEN311 = "open311", _("Open311 接口")
    CAP = "cap", _("CAP 预警")
    MQTT = "mqtt", _("MQTT 设备")
    CAMERA = "camera", _("视频告警")
    FILES = "files", _("文件")
    FORM = "form", _("公众表单")
    MAIL = "mail", _("电子邮件")
    SMS = "sms", _("短信网关")
    CHAT = "chat", _("群机器人")
    HANDLER = "handler", _("承办系统接口")
    JETSTREAM = "jetstream", _("JetStream 队列")
    WEBHOOK = "webhook", _("事件推送")
    MANUAL = "manual", _("人工登记")


class Direction(models.TextChoices):
    """Direction 方向: whether a channel brings messages, takes them, or both."""

    IN = "in", _("接入")
    OUT = "out", _("输出")
    BOTH = "both", _("双向")


class KeyKind(models.TextChoices):
    """Key kind 凭证类型: how a source proves who it is."""

    HMAC = "hmac", _("HMAC 签名密钥")
    TOKEN = "token", _("访问令牌")
    API_KEY = "api_key", _("Open311 密钥")
    THEIRS = "theirs", _("对方发放的令牌")


class WriteBackState(models.TextChoices):
    """Write-back state 回写状态."""

    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已送达")
    GIVEN_UP = "given_up", _("已放弃")


class SourceRequestKind(models.TextChoices):
    """Source request kind 申请事项: what is asked of a source that decides it."""

    EXTENSION = "extension", _("延期")
    RETURN = "return", _("退单")


class TransferState(models.TextChoices):
    """Transfer state 转派状态: how far a case sent to another city's platform has come."""

    WAITING = "waiting", _("待发送")
    SENDING = "sending", _("发送中")
    UNCLEAR = "unclear", _("结果待查")
    NUMBERING = "numbering", _("待对方编号")
    OPEN = "open", _("对方办理中")
    CLOSED = "closed", _("对方已办结")
    REFUSED = "refused", _("对方拒收")
    STUCK = "stuck", _("待人工核对")
    CANCELLED = "cancelled", _("已撤销")


class EntryState(models.TextChoices):
    """Entry state 隔离条目状态."""

    OPEN = "open", _("待处理")
    CORRECTED = "corrected", _("已更正")
    DROPPED = "dropped", _("已舍弃")


class RevealPurpose(models.TextChoices):
    """Reveal purpose 查看用途: why a message is shown with its reporter in clear."""

    CORRECT = "correct", _("核对并更正")
    CONTACT = "contact", _("联系诉求人")
    INSPECT = "inspect", _("监督检查")


class DropReason(models.TextChoices):
    """Drop reason 舍弃原因: why a quarantined message is not taken in."""

    TRIAL = "trial", _("测试或无效数据")
    KNOWN = "known", _("已另行登记")
    BEYOND_REPAIR = "beyond_repair", _("无法还原，已请来源重发")
    NOT_OURS = "not_ours", _("不属于本平台")


class RunState(models.TextChoices):
    """Run state 导入批次状态."""

    RUNNING = "running", _("导入中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("已中断")


class Reason(models.TextChoices):
    """Quarantine reason 隔离原因: what is wrong with a row, by name."""

    BROKEN_ROW = "broken_row", _("行格式损坏")
    MISSING = "missing", _("缺少必填项")
    BAD_TIME = "bad_time", _("时间无法识别")
    BAD_NUMBER = "bad_number", _("数字无法识别")
    BAD_COORDINATE = "bad_coordinate", _("坐标有误")
    OUTSIDE = "outside", _("坐标不在辖区")
    UNKNOWN_CLASS = "unknown_class", _("事项类别未知")
    UNKNOWN_AREA = "unknown_area", _("社区未知")
    UNKNOWN_VALUE = "unknown_value", _("取值未知")
    CLOSED_BEFORE_CREATED = "closed_before_created", _("办结早于接收")
    NUMBER_REUSED = "number_reused", _("来源编号重复而内容不同")
    TOO_LONG = "too_long", _("内容过长")
    REFUSED = "refused", _("无权登记到该区域")
    INVALID = "invalid", _("不符合登记要求")
    UNREADABLE = "unreadable", _("报文无法解析")
    UNKNOWN_DEVICE = "unknown_device", _("设备未登记")
    POISON = "poison", _("处理时出错")


class DeviceKind(models.TextChoices):
    """Device kind 设备类型: what a device watches."""

    SMOKE = "smoke", _("烟感")
    MANHOLE = "manhole", _("井盖")
    WATER_LEVEL = "water_level", _("水位")
    AIR = "air", _("空气质量")
    NOISE = "noise", _("噪声")
    GAS = "gas", _("燃气")
    TILT = "tilt", _("倾斜")
    CAMERA = "camera", _("摄像机")
    DRONE = "drone", _("无人机")
    OTHER = "other", _("其他")


class DeviceState(models.TextChoices):
    """Device state 设备状态."""

    UNREGISTERED = "unregistered", _("设备未登记")
    WAITING = "waiting", _("未上线")
    ONLINE = "online", _("在线")
    OFFLINE = "offline", _("离线")
    RETIRED = "retired", _("已停用")


class AlarmOutcome(models.TextChoices):
    """Alarm outcome 告警去向: what became of one alarm of a camera."""

    REPORTED = "reported", _("已上报")
    FOLLOWED = "followed", _("并入已上报")
    SUPPRESSED = "suppressed", _("已抑制")
    UNSURE = "unsure", _("置信度不足")


class AlarmVerdict(models.TextChoices):
    """Alarm verdict 告警核实结论."""

    PENDING = "pending", _("待核实")
    CONFIRMED = "confirmed", _("属实")
    REFUTED = "refuted", _("误报")


class AlertKind(models.TextChoices):
    """Alert kind 预警报文类型: the words of CAP for what a message does."""

    ALERT = "Alert", _("发布")
    UPDATE = "Update", _("更新")
    CANCEL = "Cancel", _("解除")
    ACK = "Ack", _("确认")
    ERROR = "Error", _("差错")


class AlertStatus(models.TextChoices):
    """Alert status 预警性质: the words of CAP for how a message is meant; only actual ones warn."""

    ACTUAL = "Actual", _("实际")
    EXERCISE = "Exercise", _("演练")
    SYSTEM = "System", _("系统")
    TEST = "Test", _("测试")
    DRAFT = "Draft", _("草稿")


class AlertColour(models.TextChoices):
    """Alert colour 预警颜色: red is the first and highest level, blue the fourth."""

    RED = "red", _("红色")
    ORANGE = "orange", _("橙色")
    YELLOW = "yellow", _("黄色")
    BLUE = "blue", _("蓝色")
    UNKNOWN = "unknown", _("未分级")


class AlertEnding(models.TextChoices):
    """Alert ending 预警终止方式: what kind of message ended an alert."""

    UPDATED = "updated", _("已更新")
    CANCELLED = "cancelled", _("已解除")


class AlertStanding(models.TextChoices):
    """Alert standing 预警状态: how an alert stands at an instant; derived, never stored."""

    COMING = "coming", _("尚未生效")
    IN_FORCE = "in_force", _("生效中")
    UPDATED = "updated", _("已更新")
    CANCELLED = "cancelled", _("已解除")
    EXPIRED = "expired", _("已失效")
    NOTICE = "notice", _("仅供查阅")


class AlertDeviation(models.TextChoices):
    """Alert deviation 预警写法偏差: how a message that was read all the same departs from the standard."""

    CAP_11 = "cap_11", _("采用 CAP 1.1 命名空间")
    NO_NAMESPACE = "no_namespace", _("没有命名空间")
    SCHEMA = "schema", _("不符合 CAP 1.2 模式")
    EMPTY_ELEMENT = "empty_element", _("可选项留空而未省略")
    UNKNOWN_ELEMENT = "unknown_element", _("含有标准之外的元素")
    REPEATED = "repeated", _("只应出现一次的元素重复出现，取第一个")
    DEFAULTED = "defaulted", _("必填项缺失，按默认值处理")
    CASE = "case", _("取值大小写与标准不同")
    UNREAD_VALUE = "unread_value", _("取值无法识别，按未知处理")
    COLOUR_AS_SEVERITY = "colour_as_severity", _("把颜色写在 severity 中")
    TIME_FORM = "time_form", _("时间写法与标准不同，无时区的按北京时间")
    UNREAD_TIME = "unread_time", _("可选时间无法识别，未采用")
    HTML = "html", _("文字中含有 HTML 标记")
    STYLESHEET = "stylesheet", _("含有样式表等处理指令，未取用")
    REFERENCE_FORM = "reference_form", _("引用未写成 sender,identifier,sent")
    NO_REFERENCES = "no_references", _("更新或解除没有写明引用")
    IDENTIFIER_CHARACTERS = "identifier_characters", _("标识含有标准不允许的字符")
    IDENTIFIER_12379 = "identifier_12379", _("标识不符合 12379 的 31 位编码规则")
    OPEN_POLYGON = "open_polygon", _("多边形首尾不相接，已闭合")
    LONGITUDE_FIRST = "longitude_first", _("坐标先经度后纬度，已对调")
    UNREAD_SHAPE = "unread_shape", _("多边形或圆无法识别，未采用")
    POINT_CIRCLE = "point_circle", _("圆的半径为零，按一个点处理")
    PLAIN_GEOCODE = "plain_geocode", _("区划编码未写成名称和值")
    EXPIRES_EARLY = "expires_early", _("失效时间不晚于生效时间")
