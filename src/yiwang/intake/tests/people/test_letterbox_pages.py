"""Public forms: a message goes to the secretary of its place and ends at the tracking link."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from yiwang.cases.public import EVIDENCE_OWNER, Case, FollowUp, Report, masked_contact, tracking_path
from yiwang.cases.tests.factories import City, picture
from yiwang.files.public import attachments_of
from yiwang.intake.models import QuarantineEntry, RawMessage
from yiwang.intake.pages import letterbox
from yiwang.intake.services.letterbox import packed_pictures
from yiwang.intake.services.registry import switch_channel
from yiwang.kernel.errors import Invalid
from yiwang.ledger.public import unseal

from ..channels import OPERATOR
from .conftest import Open

URL = "/f/secretary_letterbox/"


@pytest.fixture(autouse=True)
def _people_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letterbox, "LEAST_SECONDS", -1)


@pytest.fixture
def opened(open_channel: Open) -> None:
    open_channel("secretary_letterbox")


def filled(client: Client, city: City, url: str = URL, **given: Any) -> dict[str, Any]:
    """The form as the page hands it out, filled in."""
    page = client.get(url).content.decode()
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket
    return {
        "ticket": ticket[1], "text": "北门的健身器材坏了两个月。", "kind": "help", "privacy": "open",
        "name": "李女士", "phone": "13900001234", "address": "北门", "community": str(city.area("east_2_a")),
        "consent": "on", "website": "", **given,
    }  # fmt: skip


def raw() -> dict[str, Any]:
    row = RawMessage.objects.get()
    found: dict[str, Any] = json.loads(unseal(bytes(row.payload), context=row.id.bytes))
    return found


def test_a_message_reaches_the_secretary_of_its_community_and_gives_the_link(
    opened: None, city: City, client: Client
) -> None:
    answer = client.post(URL, filled(client, city, pictures=picture()))
    report, case = Report.objects.get(), Case.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{tracking_path(report)}?new=1")
    assert (report.channel, case.title) == (
        "secretary_letterbox",
        "致社区党委书记：北门的健身器材坏了两个月。",
    )
    assert case.community == city.area("east_2_a")
    assert len(attachments_of(EVIDENCE_OWNER, case.id)) == 1
    assert client.get(answer.headers["Location"]).status_code == 200
    assert raw()["recipient"] == "社区党委书记"


@pytest.mark.parametrize(
    ("area", "name"),
    [
        ("east_2_b", "顶山街道党工委书记"),
        ("east_1_a", "泰山街道党工委书记"),
        ("west_1_a", "区委书记信箱"),
    ],
)
def test_another_place_has_another_secretary(
    opened: None, city: City, client: Client, area: str, name: str
) -> None:
    client.post(URL, filled(client, city, community=str(city.area(area))))
    assert Case.objects.get().title.startswith(f"致{name}：")


def test_whoever_stays_anonymous_is_nowhere_kept(opened: None, city: City, client: Client) -> None:
    client.post(URL, filled(client, city, privacy="anonymous"))
    report = Report.objects.get()
    assert (report.privacy, report.contact) == ("anonymous", None)
    assert (raw()["name"], raw()["phone"]) == ("", "")


def test_whoever_wants_confidence_is_sealed_and_masked(opened: None, city: City, client: Client) -> None:
    client.post(URL, filled(client, city, privacy="confidential"))
    report = Report.objects.get()
    assert report.privacy == "confidential"
    assert b"13900001234" not in bytes(report.contact or b"")
    assert "13900001234" not in str(masked_contact(report))


def test_the_same_form_sent_twice_is_one_report_and_a_changed_one_follows_up(
    opened: None, city: City, client: Client
) -> None:
    first = filled(client, city)
    links = {client.post(URL, first).headers["Location"] for _ in range(2)}
    links.add(client.post(URL, {**first, "text": "北门的健身器材坏了三个月。"}).headers["Location"])
    assert (len(links), Report.objects.count(), FollowUp.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"consent": ""}, "这个字段是必填项。"),
        ({"text": ""}, "这个字段是必填项。"),
        ({"phone": "abc"}, "请填写正确的电话号码。"),
        ({"website": "http://spam"}, "请清空“请勿填写”一栏后再提交。"),
        ({"community": ""}, "请选择社区，或在地图上选点。"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_written_stays(
    opened: None, city: City, client: Client, wrong: dict[str, str], said: str
) -> None:
    answer = client.post(URL, filled(client, city, **wrong))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {name: [said] for name in wrong}
    assert "北门" in answer.content.decode()
    assert not RawMessage.objects.exists()


def test_a_file_that_is_no_picture_is_refused_before_anything_is_kept(
    opened: None, city: City, client: Client
) -> None:
    upload = io.BytesIO(b"MZ program")
    upload.name = "照片.jpg"
    answer = client.post(URL, filled(client, city, pictures=upload))
    assert answer.status_code == 422
    assert "照片.jpg" in answer.context["form"].errors["pictures"][0]


def test_a_program_that_is_too_fast_and_a_ticket_of_its_own_making_are_told(
    opened: None, city: City, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.post(URL, filled(client, city, ticket="made:up"))
    assert answer.status_code == 422
    assert "页面打开太久" in answer.content.decode()
    monkeypatch.setattr(letterbox, "LEAST_SECONDS", 60)
    answer = client.post(URL, filled(client, city))
    assert answer.status_code == 422
    assert "提交过快" in answer.content.decode()
    assert not RawMessage.objects.exists()


def test_one_address_may_not_flood_and_other_forms_stay_open_to_it(
    open_channel: Open, city: City, client: Client
) -> None:
    open_channel("secretary_letterbox", ("per_ten_minutes: 20", "per_ten_minutes: 2"))
    open_channel("snapshot_form")
    statuses = [client.post(URL, filled(client, city)).status_code for _ in range(3)]
    assert statuses == [302, 302, 429]
    other = "/f/snapshot_form/"
    assert client.post(other, filled(client, city, other)).status_code == 302


def test_over_the_channels_quota_people_are_asked_to_wait(
    open_channel: Open, city: City, client: Client
) -> None:
    open_channel("secretary_letterbox", ("per_minute: 600, burst: 200", "per_minute: 1, burst: 1"))
    answers = [client.post(URL, filled(client, city)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 429]
    assert int(answers[1]["Retry-After"]) >= 1
    assert "北门的健身器材" in answers[1].content.decode()


def test_what_cannot_be_read_yet_is_kept_and_its_number_told(
    open_channel: Open, city: City, client: Client
) -> None:
    open_channel("secretary_letterbox", ("required: [source_number, text]", "required: [text, lon]"))
    answer = client.post(URL, filled(client, city))
    assert answer.status_code == 200
    assert QuarantineEntry.objects.count() == 1
    assert raw()["number"] in answer.content.decode()


def test_other_forms_ask_only_what_their_settings_say(open_channel: Open, city: City, client: Client) -> None:
    open_channel("snapshot_form", ("place: required", "place: none"), ("pictures: 9", "pictures: 0"))
    form = client.get("/f/snapshot_form/").context["form"]
    assert not {"kind", "pictures", "community", "address"} & set(form.fields)
    assert "text" in form.fields


def test_a_required_phone_is_not_asked_of_the_anonymous(
    open_channel: Open, city: City, client: Client
) -> None:
    open_channel("secretary_letterbox", ("contact: optional", "contact: required"))
    assert client.post(URL, filled(client, city, phone="")).status_code == 422
    given = filled(client, city, phone="", privacy="anonymous")
    assert client.post(URL, given).status_code == 302


def test_the_place_tells_who_gets_the_message(opened: None, city: City, client: Client) -> None:
    given = {"district": city.area("east"), "street": city.area("east_2"), "community": city.area("east_2_a")}
    page = client.get(f"{URL}place/", given).content.decode()
    assert "社区党委书记" in page
    assert "竹园社区" in page
    nothing = client.get(f"{URL}place/", {"district": "x", "place_lon": "nan", "place_lat": "1"})
    assert (nothing.status_code, "送达" in nothing.content.decode()) == (200, False)
    other = client.get(f"{URL}place/", {"district": city.area("west")})
    assert "区委书记信箱" in other.content.decode()


def test_a_closed_form_and_a_channel_of_another_door_are_no_forms(
    open_channel: Open, city: City, client: Client
) -> None:
    channel = open_channel("secretary_letterbox")
    open_channel("sms_service_number")
    assert "我对书记有话说" in client.get("/f/").content.decode()
    assert client.get("/f/sms_service_number/").status_code == 404
    switch_channel(actor=OPERATOR, at=timezone.now(), channel_id=channel.id, on=False, reason="换届")
    assert client.get(URL).status_code == 403
    assert "我对书记有话说" not in client.get("/f/").content.decode()


def test_large_pictures_are_made_smaller_and_keep_their_time() -> None:
    image = Image.effect_noise((4000, 3000), 100).convert("RGB")
    exif = image.getexif()
    exif[306] = "2026:03:02 10:00:00"
    written = io.BytesIO()
    image.save(written, "JPEG", quality=95, exif=exif)
    packed = packed_pictures([("大.jpg", written.getvalue())] * 9)
    contents = [base64.b64decode(item["base64"]) for item in packed]
    assert sum(map(len, contents)) < 7_600_000
    small = Image.open(io.BytesIO(contents[0]))
    assert max(small.size) <= 2560
    assert small.getexif()[306] == "2026:03:02 10:00:00"
    with pytest.raises(Invalid):
        packed_pictures([("x.jpg", b"nothing")])
