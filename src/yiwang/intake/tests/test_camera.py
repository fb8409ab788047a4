"""Cameras: signed in, stripped of persons, suppressed, one report, to the nearest on duty, judged."""

from __future__ import annotations

import base64
import io
import json
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from yiwang.cases.public import EVIDENCE_OWNER, Case, FollowUp, Report, nearest_on_duty
from yiwang.cases.tests.factories import City, make_city
from yiwang.files.models import Attachment
from yiwang.files.storage import content_store
from yiwang.intake.doors.camera import look, note_camera_verdict
from yiwang.intake.models import CameraAlarm, ChannelHour, Device, MeasuringPoint, QuarantineEntry, RawMessage
from yiwang.intake.queries.devices import alarms_to_confirm, false_rate
from yiwang.intake.queries.shipped import FOLDER
from yiwang.intake.rules.signing import signed_headers
from yiwang.intake.services.devices.confirming import judge_alarm
from yiwang.intake.services.devices.registry import DeviceForm, register_device
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.registry import add_key
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Refused
from yiwang.ledger.public import OutboxEvent, bump_now, event_from, forget, unseal
from yiwang.orgs.models import Area, DutyRoster, Post

from .channels import OPERATOR, opened

pytestmark = pytest.mark.django_db
KEEPER = system_actor("tests", "intake.devices")
CAMERA = (FOLDER / "camera_city.yaml").read_text(encoding="utf-8")
PATH = "/api/v1/channels/camera_city/alarms"


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def post(city: City, client: Client) -> Callable[..., Any]:
    """Post alarms as the source would; gives the answer."""
    began = timezone.now() - timedelta(hours=1)
    channel = opened(CAMERA, began)
    for code in ("C1", "C2"):
        form = DeviceForm(code, "camera", f"路口{code}", community=city.areas["east_1_a"].code)
        register_device(actor=KEEPER, at=began, channel=channel.code, form=form)
    row, secret = add_key(actor=OPERATOR, at=began, channel_id=channel.id, kind="hmac")
    forget(everything=True)

    def send(body: Any, *, kind: str = "application/json", key: str = secret, nonce: str = "") -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = signed_headers(
            row.name, key, method="POST", path=PATH, body=raw, at=timezone.now(),
            nonce=nonce or secrets.token_hex(8),
        )  # fmt: skip
        return client.post(PATH, raw, content_type=kind, headers=headers)

    return send


def alarm(seconds: float = 0, **more: Any) -> dict[str, Any]:
    at = timezone.now() - timedelta(seconds=600 - seconds)
    given = {"cameraCode": "C1", "eventType": "garbage", "score": 0.92, "captureTime": at.isoformat()}
    return {**given, **more}


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 202, answer.content
    return [one["outcome"] for one in answer.json()["alarms"]]


def photographed(**exif: Any) -> bytes:
    """A JPEG with a place and a camera's serial number in its EXIF."""
    image, data = Image.new("RGB", (32, 24), "red"), Image.Exif()
    data[0x010F] = "SECRET-MAKER"
    data[0x8825] = {1: "N", 2: (32.0, 3.0, 0.0), 3: "E", 4: (118.0, 46.0, 0.0)}
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=data)
    return stream.getvalue()


def test_an_alarm_becomes_a_report_with_its_words(post: Callable[..., Any]) -> None:
    answer = post(alarm())
    assert answer.json() == {
        "alarms": [{"outcome": "reported", "number": "C1/garbage/1", "removed": 0, "problems": []}]
    }
    assert handle_waiting().accepted == 1
    report = Report.objects.get()
    assert (report.channel, report.source_number) == ("camera_city", "C1/garbage/1")
    assert report.text.startswith("路口C1发现暴露垃圾（")
    assert report.text.endswith("置信度92%。")
    assert Device.objects.get(code="C1").state == "online"


def test_nobody_gets_in_without_the_signature_and_none_twice(post: Callable[..., Any]) -> None:
    assert post(alarm(), key="forged").status_code == 401
    once = alarm()
    assert post(once, nonce="n1" * 8).status_code == 202
    assert post(once, nonce="n1" * 8).status_code == 401
    assert CameraAlarm.objects.count() == 1


def test_persons_are_removed_before_anything_is_stored(post: Callable[..., Any]) -> None:
    said = alarm(
        persons=[{"name": "张三丰", "idCard": "320111199001011234"}],
        faceFeature="AAAAsecret", plateNo="苏A12345", text="老人13900001234乱扔垃圾",
    )  # fmt: skip
    answer = post(said)
    assert answer.json()["alarms"][0]["removed"] == 4
    assert CameraAlarm.objects.get().removed == 4
    handle_waiting()
    raw = [unseal(bytes(row.payload), context=row.id.bytes) for row in RawMessage.objects.all()]
    everything = json.dumps([raw, list(Report.objects.values_list("text", flat=True))], ensure_ascii=False)
    for word in ("张三丰", "320111199001011234", "AAAAsecret", "苏A12345", "13900001234"):
        assert word not in everything
    assert "****" in Report.objects.get().text


@pytest.mark.parametrize("way", ["base64", "multipart", "fields"])
def test_pictures_are_kept_as_evidence_without_hidden_data(post: Callable[..., Any], way: str) -> None:
    picture = photographed()
    assert b"SECRET-MAKER" in picture
    if way == "base64":
        answer = post(alarm(images=["data:image/jpeg;base64," + base64.b64encode(picture).decode()]))
    else:
        edge, said = "edge", alarm()
        fields = {"alarm": json.dumps(said)} if way == "multipart" else said
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        head = 'Content-Disposition: form-data; name="photo"; filename="face.jpg"\r\nContent-Type: image/jpeg'
        parts.append(f"--{edge}\r\n{head}\r\n\r\n".encode() + picture + f"\r\n--{edge}--\r\n".encode())
        answer = post(b"".join(parts), kind=f"multipart/form-data; boundary={edge}")
    assert outcomes(answer) == ["reported"]
    raw = RawMessage.objects.get()
    body = json.loads(unseal(bytes(raw.payload), context=raw.id.bytes))
    assert b"SECRET-MAKER" not in base64.b64decode(body["pictures"][0]["base64"])
    handle_waiting()
    kept = Attachment.objects.get(owner_type=EVIDENCE_OWNER, owner_id=Case.objects.get().id)
    with content_store().open(kept.sha256) as stream:
        assert b"SECRET-MAKER" not in stream.read()
    assert (kept.stage, kept.lon, kept.filename) == ("scene", None, "告警图片1.jpg")


def test_what_is_no_picture_is_named_and_the_alarm_taken(post: Callable[..., Any]) -> None:
    answer = post(alarm(images=[base64.b64encode(b"MZ not a picture").decode(), "%%%"]))
    assert outcomes(answer) == ["reported"]
    assert len(answer.json()["alarms"][0]["problems"]) == 2


def test_alarms_that_follow_are_suppressed_counted_and_told_now_and_then(post: Callable[..., Any]) -> None:
    alarms = [alarm(second) for second in (0, 60, 120, 599.0, 600.5)]
    assert [outcome for one in alarms for outcome in outcomes(post(one))] == [
        "reported", "suppressed", "suppressed", "suppressed", "followed",
    ]  # fmt: skip
    handle_waiting()
    assert Report.objects.count() == 1
    assert "又收到4次暴露垃圾告警" in FollowUp.objects.get().text
    assert CameraAlarm.objects.count() == 5
    assert sum(ChannelHour.objects.values_list("ignored", flat=True)) == 3


def test_another_camera_or_type_is_another_report(post: Callable[..., Any]) -> None:
    said = [alarm(), alarm(cameraCode="C2"), alarm(eventType="water")]
    assert outcomes(post(said)) == ["reported"] * 3


def test_the_same_alarm_again_is_again(post: Callable[..., Any]) -> None:
    said = alarm(eventId="E1")
    assert [*outcomes(post(said)), *outcomes(post(said))] == ["reported", "again"]
    unsure = alarm(score=0.1)
    assert [*outcomes(post(unsure)), *outcomes(post(unsure))] == ["unsure", "again"]
    handle_waiting()
    assert (Report.objects.count(), FollowUp.objects.count()) == (1, 0)


def test_an_unsure_alarm_is_only_counted_each_type_by_its_own_measure(post: Callable[..., Any]) -> None:
    said = [alarm(score=0.59), alarm(1, score=65), alarm(eventType="smoke", score=0.79)]
    assert outcomes(post(said)) == ["unsure", "reported", "unsure"]


def test_suppressed_alarms_are_told_by_the_clock(post: Callable[..., Any]) -> None:
    for second in (0, 60):
        post(alarm(second))
    look(timezone.now() - timedelta(minutes=5))
    assert handle_waiting().total == 1
    look(timezone.now() + timedelta(minutes=5))
    handle_waiting()
    assert "又收到1次" in FollowUp.objects.get().text
    assert MeasuringPoint.objects.get().waiting_since is None


def test_a_camera_nobody_registered_is_quarantined(post: Callable[..., Any]) -> None:
    assert outcomes(post(alarm(cameraCode="C9"))) == ["unregistered"]
    assert QuarantineEntry.objects.get().value == "C9"
    assert Device.objects.get(code="C9").state == "unregistered"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cameraCode": ""}, "camera"), ({"eventType": "x" * 40}, "type"), ({"score": "high"}, "confidence"),
        ({"score": 700}, "confidence"), ({"captureTime": "yesterday"}, "time"),
        ({"captureTime": "2096-01-01T00:00:00Z"}, "time"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(post: Callable[..., Any], wrong: dict[str, Any], field: str) -> None:
    answer = post({**alarm(), **wrong})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert CameraAlarm.objects.count() == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b"[" * 9000, b"\xff\xfe"])
def test_a_broken_delivery_is_refused(post: Callable[..., Any], body: bytes) -> None:
    assert post(body).status_code == 422


# -- 云上顶山 -------------------------------------------------------------------------------------


def grid(city: City, number: int) -> Area:
    """A grid of the community 梅园."""
    above = city.areas["east_1_a"]
    code = f"{above.code}00{number}"
    return Area.objects.create(
        code=code, name=f"梅园第{number}网格", kind="grid", parent=above, path=f"{above.path}{code}/",
        valid_from=date(2020, 1, 1),
    )  # fmt: skip


def worker(city: City, name: str, area: Area | None, *, on_duty: bool = True) -> Any:
    """A grid worker whose post holds in an area, on the roster today."""
    account = city.login("grid_worker", unit="street", username=name)
    if area is not None:
        post = Post.objects.create(kind=city.kinds["grid_worker"], unit=city.units["street"], area=area)
        account.holdings.update(post=post)
        bump_now("posts")
        bump_now("grants")
    if on_duty:
        now = timezone.now()
        DutyRoster.objects.create(
            unit=city.units["street"], post_kind=city.kinds["grid_worker"], account=account,
            starts_at=now - timedelta(hours=2), ends_at=now + timedelta(hours=2),
        )  # fmt: skip
    forget(everything=True)
    return account


def test_it_goes_to_whoever_is_nearest_on_duty(city: City, post: Callable[..., Any]) -> None:
    worker(city, "off", city.areas["east_1_a"], on_duty=False)
    worker(city, "street", None)
    near = worker(city, "near", city.areas["east_1_a"])
    post(alarm())
    handle_waiting()
    found = CameraAlarm.objects.get()
    assert (found.worker, Case.objects.get().state) == (near.id, "verifying")
    assert [row.id for row in alarms_to_confirm(near.id).rows] == [found.id]


def test_the_own_grid_comes_before_the_neighbour_and_that_before_the_community(city: City) -> None:
    own, other = grid(city, 1), grid(city, 2)
    case = Case(community=city.area("east_1_a"), grid=own.id)
    now = timezone.now()
    assert nearest_on_duty(case, now) is None
    for name, area, nearness in (("c", city.areas["east_1_a"], 2), ("n", other, 1), ("o", own, 0)):
        account = worker(city, name, area)
        found = nearest_on_duty(case, now)
        assert found is not None
        assert (found.account_id, found.nearness) == (account.id, nearness)


def test_with_nobody_on_duty_the_case_waits_as_any_other(city: City, post: Callable[..., Any]) -> None:
    worker(city, "off", city.areas["east_1_a"], on_duty=False)
    post(alarm())
    handle_waiting()
    assert (CameraAlarm.objects.get().worker, Case.objects.get().state) == (None, "received")


@pytest.mark.parametrize(("real", "state"), [(True, "received"), (False, "voided")])
def test_what_is_found_on_the_spot_moves_the_case_and_feeds_the_false_rate(
    city: City, post: Callable[..., Any], real: bool, state: str
) -> None:
    worker(city, "near", city.areas["east_1_a"])
    actor = city.actor("grid_worker", unit="street", username="near")
    post(alarm())
    handle_waiting()
    found = CameraAlarm.objects.get()
    with pytest.raises(Refused):
        judge_alarm(actor=KEEPER, at=timezone.now(), alarm_id=found.id, real=real, note="树影")
    judge_alarm(actor=actor, at=timezone.now(), alarm_id=found.id, real=real, note="树影")
    with pytest.raises(Conflict):
        judge_alarm(actor=actor, at=timezone.now(), alarm_id=found.id, real=real, note="树影")
    assert Case.objects.get().state == state
    rate = false_rate(found.device_id, since=datetime(2020, 1, 1, tzinfo=UTC))
    assert rate.share == (0 if real else 1)


def test_what_is_found_through_the_case_itself_counts_too(city: City, post: Callable[..., Any]) -> None:
    from yiwang.cases.public import refute_case

    worker(city, "near", city.areas["east_1_a"])
    actor = city.actor("grid_worker", unit="street", username="near")
    post(alarm())
    handle_waiting()
    case = Case.objects.get()
    refute_case(actor=actor, at=timezone.now(), case_id=case.id, reason="误报")
    event = OutboxEvent.objects.filter(kind="cases.moved", body__contains='"refute"').get()
    note_camera_verdict(event_from(event.kind, event.body), timezone.now())  # type: ignore[arg-type]
    assert CameraAlarm.objects.get().verdict == "refuted"
