"""Pure rules of devices: settings, topics, personal fields, words, periods."""

from __future__ import annotations

import pytest

from yiwang.intake.rules.alarm_words import DeviceFacts, alarm_text, figure
from yiwang.intake.rules.camera_settings import camera_settings
from yiwang.intake.rules.debounce import CLEARED, CONTINUED, RAISED, RENEWED, AlarmRule, Outcome
from yiwang.intake.rules.mqtt_settings import AlarmWording, MqttSettings, mqtt_settings
from yiwang.intake.rules.periods import period_of, period_words
from yiwang.intake.rules.personal_fields import is_personal, without_personal
from yiwang.intake.rules.reading_topics import BrokenMessage, Reading
from yiwang.intake.rules.yaml_tree import YamlTree
from yiwang.kernel.errors import Invalid

BROKER = "broker: {host: h}\n"
TOPIC = "topics:\n  - {topic: a/+, device: {level: 2}, metric: {value: m}, value: v}\n"


def mqtt(text: str) -> MqttSettings:
    return mqtt_settings(YamlTree.read(text, "渠道定义"))


@pytest.mark.parametrize(
    ("text", "milliseconds", "words"),
    [
        ("10 min", 600_000, "10分钟"), ("90 s", 90_000, "90秒"), ("1.5 h", 5_400_000, "90分钟"),
        ("2day", 172_800_000, "2天"), ("250 ms", 250, "250毫秒"),
    ],
)  # fmt: skip
def test_a_period_is_read_exactly_and_said_in_its_largest_unit(
    text: str, milliseconds: int, words: str
) -> None:
    assert (period_of(text), period_words(milliseconds)) == (milliseconds, words)


@pytest.mark.parametrize("text", ["10", "min", "-1 s", "1 week", "\uff11 s", ""])
def test_another_way_of_writing_a_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        period_of(text)


def test_hysteresis_is_subtracted_in_decimals() -> None:
    rules = "rules: [{code: r, metric: m, above: 0.4, hysteresis: 0.1}]\n"
    rule = mqtt(BROKER + TOPIC + rules).rules["m"][0]
    assert (rule.limit, rule.clear) == (0.4, 0.3)


def test_readings_may_be_as_late_as_the_window_unless_the_rule_says_otherwise() -> None:
    rules = "rules: [{code: r, metric: m, above: 1, count: 3, within: 10 min%s}]\n"
    assert mqtt(BROKER + TOPIC + rules % "").rules["m"][0].lateness == 600_000
    assert mqtt(BROKER + TOPIC + rules % ", lateness: 5 s").rules["m"][0].lateness == 5_000


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        (TOPIC, "broker", 1),
        (BROKER, "topics", 1),
        (BROKER + "topics:\n  - {topic: a/#/b, device: d, metric: m, value: v}\n", "topics.topic", 2),
        (BROKER + "topics:\n  - {topic: a, device: 'd[', metric: m, value: v}\n", "topics", 2),
        (BROKER + "topics:\n  - {topic: a, metric: m, value: v}\n", "topics", 2),
        (BROKER + "topics:\n  - {topic: a, device: d, metric: m, value: v, x: 1}\n", "topics.x", 2),
        (BROKER + TOPIC + "rules: [{code: r, metric: m}]\n", "rules", 4),
        (BROKER + TOPIC + "rules: [{code: r, metric: m, above: 1, below: 0}]\n", "rules", 4),
        (BROKER + TOPIC + "rules: [{code: r, metric: m, above: much}]\n", "rules", 4),
        (BROKER + TOPIC + "rules: [{code: r, metric: m, above: 1, count: 2}]\n", "rules.within", 4),
        (BROKER + TOPIC + "rules: [{code: r, metric: m, equals: 1, hysteresis: 1}]\n", "rules.hysteresis", 4),
        (BROKER + TOPIC + "offline: {after: soon}\n", "offline.after", 4),
        (BROKER + TOPIC + "surprise: 1\n", "surprise", 4),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(text: str, key: str, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        mqtt(text)
    assert refused.value.problems[0].field.startswith(key.split(".", maxsplit=1)[0])
    assert refused.value.details["line"] == line


def test_a_topic_matches_as_mqtt_says() -> None:
    topics = [
        ("a/+", "a/b", True), ("a/+", "a/b/c", False), ("a/#", "a/b/c", True), ("a/#", "a", True),
        ("#", "x/y", True), ("a/+/c", "a/b/c", True), ("a/b", "a/c", False), ("+/b", "a", False),
    ]  # fmt: skip
    for wanted, topic, matches in topics:
        text = f"topics:\n  - {{topic: '{wanted}', device: d, metric: m, value: v}}\n"
        assert mqtt(BROKER + text).topics[0].matches(topic.split("/")) is matches, (wanted, topic)


GATEWAY = """\
topics:
  - topic: gw/+
    each: data.points[]
    device: {path: sn}
    metrics:
      temp: {value: t, scale: 0.1}
      open: {value: lid, table: {"open": 1, "closed": 0, "true": 1}}
    time: at
    time_format: iso
    quality: q
    good: [ok]
    battery: bat
"""


def test_a_gateway_sends_many_readings_of_many_metrics_in_one_message() -> None:
    rule = mqtt(BROKER + GATEWAY).topics[0]
    payload = (
        b'{"data": {"points": [{"sn": "A", "t": 215, "lid": "open", "at": "2026-03-02 09:30:00", "q": "ok"},'
        b'{"sn": "B", "lid": true, "at": "2026-03-02T01:30:00Z", "q": "bad", "bat": 104.2}]}}'
    )
    at = 1_772_415_000_000
    assert rule.read(["gw", "1"], payload, 5) == [
        Reading("A", "temp", 21.5, at),
        Reading("A", "open", 1.0, at),
        Reading("B", "open", 1.0, at, good=False, battery=100),
    ]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"v": null}',
        b'{"v": "wet"}',
        b'{"v": NaN}',
        b'{"v": 1e999}',
        b"[" * 5000,
        b"\xff",
    ],
)
def test_a_message_without_a_reading_is_broken_and_nothing_worse(payload: bytes) -> None:
    with pytest.raises(BrokenMessage):
        mqtt(BROKER + TOPIC).topics[0].read(["a", "D1"], payload, 5)


@pytest.mark.parametrize(
    "name",
    ["face", "faceImage", "face_feature", "personName", "name", "idCard", "ID_Number", "phone", "ownerPhone",
     "plateNo", "license_plate", "gender", "age", "similarity", "人脸抓拍", "车牌号", "realName", "IMEI"],
)  # fmt: skip
def test_fields_about_who_somebody_is_are_known(name: str) -> None:
    assert is_personal(name)


@pytest.mark.parametrize(
    "name",
    ["image", "images", "surface", "cameraName", "deviceName", "interface", "template", "machine", "message",
     "score", "eventType", "captureTime", "eventId", "package", "package_id", "位置", "告警类型"],
)  # fmt: skip
def test_fields_about_things_are_left_alone(name: str) -> None:
    assert not is_personal(name)


def test_personal_fields_go_with_all_that_is_in_them_and_are_counted() -> None:
    tree = {
        "camera": "C1",
        "persons": [{"name": "张三", "box": [1, 2]}],
        "target": {"face": "…", "size": 3, "note": "身份证320111199001011234，手机13900001234"},
        "vip": 1,
    }
    clean, removed = without_personal(tree, ["vip"])
    assert clean == {"camera": "C1", "target": {"size": 3, "note": "身份证****，手机****"}}
    assert removed == 5
    assert tree["persons"] == [{"name": "张三", "box": [1, 2]}]


def test_numbers_of_cameras_and_instants_are_not_taken_for_phones() -> None:
    tree = {"camera": "34020000001320000001", "ts": "1772415000000", "no": "A13900001234"}
    assert without_personal(tree) == (tree, 0)


def test_alarms_are_worded() -> None:
    device = DeviceFacts("W1", "大桥下穿通道", "water_level")
    rule = AlarmRule("flood", "level", 0.4, count=3, within=600_000)
    at = 1_772_415_090_000

    def text(kind: str, wording: AlarmWording, device: DeviceFacts = device) -> str:
        outcome = Outcome(kind, 1, 1, at)
        unit = ("积水深度", "米")
        return alarm_text(device, rule=rule, wording=wording, unit=unit, outcome=outcome, peak=0.62)

    plain = AlarmWording("积水")
    said = "大桥下穿通道积水深度达0.62米，10分钟内3次超过0.4米（3月2日 09:31:30）。"
    assert text(RAISED, plain) == said
    assert text(RENEWED, plain) == "再次告警：" + said
    assert (
        text(CONTINUED, plain) == "大桥下穿通道积水深度持续超过0.4米（3月2日 09:31:30），最不利读数0.62米。"
    )
    assert text(CLEARED, plain) == "大桥下穿通道积水深度告警已解除（3月2日 09:31:30），此前最不利读数0.62米。"
    own = AlarmWording("积水", text="{name}（{code}）{value}>{limit}{unit} {nothing}")
    assert text(RAISED, own) == "大桥下穿通道（W1）0.62>0.4米 {nothing}"
    assert text(RAISED, own, DeviceFacts("W9", "", "water_level")).startswith("设备W9（W9）")


def test_figures_have_no_more_digits_than_needed() -> None:
    assert [figure(value) for value in (1.0, 0.5, 0.12345, -3.0, None)] == ["1", "0.5", "0.123", "-3", ""]


def test_camera_settings_have_safe_defaults_and_types_of_their_own() -> None:
    text = "suppression: {window: 1 h}\ntypes: {smoke: {name: 烟火, least: '0.9', window: 5 min}}\n"
    settings = camera_settings(YamlTree.read(text, "渠道定义"))
    assert (settings.confirm, settings.rule.least, settings.rule.window) == (True, 0.6, 3_600_000)
    smoke = settings.types["smoke"].rule
    assert (smoke.least, smoke.window, smoke.follow_up) == (0.9, 300_000, 600_000)


@pytest.mark.parametrize(
    "text",
    ["suppression: {least: 7}\n", "suppression: {window: long}\n", "types: {a: {colour: red}}\n",
     "paths: {camera: 'a['}\n", "paths: {name: x}\n", "time_format: sundial\n", "personal_fields: face\n",
     "keep_faces: true\n", "offline: {after: never}\n"],
)  # fmt: skip
def test_wrong_camera_settings_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        camera_settings(YamlTree.read(text, "渠道定义"))
