"""Pages of devices: who may open them, what they show, registering one and a file of many, verdicts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yiwang.accounts.models import Account
from yiwang.cases.models import Case
from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.enums import AlarmOutcome, DeviceState
from yiwang.intake.models import CameraAlarm, Device, QuarantineEntry
from yiwang.intake.services.devices.registry import DeviceForm, import_devices, register_device
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.tests.test_readings import AT, FLOOD, KEEPER, reading, register, take, taker
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.models import JournalEntry
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import Holding, Post, PostKind, Unit

from .channels import OPERATOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def log_in(client: Client) -> Callable[..., Account]:
    """Log somebody in whose post grants the given acts everywhere."""

    def enter(*acts: str) -> Account:
        account = Account.objects.create(username=f"wang{uuid7()}", display_name="王")
        grants = [{"act": act, "scope": "everywhere"} for act in acts]
        kind = PostKind.objects.create(code=str(uuid7())[:24], name="岗", grants=grants)
        post = Post.objects.create(kind=kind, unit=Unit.objects.get(code="C1"))
        Holding.objects.create(account=account, post=post, starts_at=AT.replace(year=2020))
        for name in ("grants", "posts", "post_kinds"):
            bump_now(name)
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        return account

    return enter


LIST = "/intake/devices/"


@pytest.mark.usefixtures("city")
def test_pages_are_for_whoever_keeps_devices(client: Client, log_in: Callable[..., Account]) -> None:
    taker()
    addresses = [LIST, f"{LIST}new/", f"{LIST}file/"]
    assert [client.get(address).status_code for address in addresses] == [302] * 3
    log_in("cases.view")
    assert [client.get(address).status_code for address in addresses] == [403] * 3
    log_in("intake.devices")
    assert [client.get(address).status_code for address in addresses] == [200] * 3


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_one_device_and_for_three(
    city: City, client: Client, log_in: Callable[..., Account], rows: int
) -> None:
    taker()
    for number in range(rows):
        register(city, f"W{number}")
    log_in("intake.devices")
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(LIST).content.decode()
    assert page.count("大桥下穿通道") == rows
    assert len(queries) <= 9


def test_the_list_is_filtered_and_ordered(city: City, client: Client, log_in: Callable[..., Account]) -> None:
    by = taker()
    for code in ("W1", "W2"):
        register(city, code)
    take(by, [reading(0, 0.1, "W2"), reading(0, 0.1, "X9")])
    log_in("intake.devices")

    def shown(query: str) -> list[str]:
        page = client.get(f"{LIST}?{query}").content.decode()
        found = {code: page.find(f">{code}</a>") for code in ("W1", "W2", "X9")}
        return sorted((code for code in found if found[code] >= 0), key=found.__getitem__)

    assert shown("") == ["W1", "W2", "X9"]
    assert shown("state=online") == ["W2"]
    assert shown("state=unregistered") == ["X9"]
    assert shown("text=W") == ["W1", "W2"]
    assert shown("text=%E4%B8%8B%E7%A9%BF") == ["W1", "W2"]
    assert shown("kind=water_level&channel=sensor_water&order=code") == ["W1", "W2"]
    assert shown("order=seen")[-1] == "W1"


def test_a_device_shows_its_facts_and_its_curve(
    city: City, client: Client, log_in: Callable[..., Account]
) -> None:
    by = taker()
    device = register(city)
    take(by, [reading(60 * n, 0.1 + n / 100, bat=71) for n in range(5)])
    by.keep(AT)
    log_in("intake.devices")
    page = client.get(f"{LIST}{device.id}/").content.decode()
    for word in ("大桥下穿通道", "梅园社区", "71%", "积水深度的近期读数", "0.14", "米", "chart.mjs"):
        assert word in page


def test_a_gauge_shows_the_reports_of_its_alarms_and_opens_the_case_to_whoever_may_see_it(
    city: City, client: Client, log_in: Callable[..., Account]
) -> None:
    by, device = taker(), register(city)
    take(by, FLOOD)
    by.keep(AT)
    other = register(city, "W2")
    handle_waiting(clock=lambda: AT.replace(hour=4))
    link = f"/cases/{Case.objects.get().id}/"
    log_in("intake.devices")
    page = client.get(f"{LIST}{device.id}/").content.decode()
    assert "超过0.4米" in page
    assert link not in page
    assert "超过0.4米" not in client.get(f"{LIST}{other.id}/").content.decode()
    log_in("intake.devices", "cases.view")
    assert link in client.get(f"{LIST}{device.id}/").content.decode()


def test_one_click_registers_a_device_that_was_only_heard_of(
    city: City, client: Client, log_in: Callable[..., Account]
) -> None:
    take(taker(), FLOOD)
    log_in("intake.devices")
    page = client.get(f"{LIST}?state=unregistered").content.decode()
    address = f"{LIST}new/?channel=sensor_water&amp;code=W1"
    assert address in page
    form = client.get(address.replace("&amp;", "&")).content.decode()
    assert 'value="W1"' in form
    said = {"channel": "sensor_water", "code": "W1", "kind": "water_level", "name": "新桥", "crs": "wgs84"}
    wrong = client.post(f"{LIST}new/", {**said, "part": "12"})
    assert (wrong.status_code, "16 位" in wrong.content.decode()) == (422, True)
    assert client.post(f"{LIST}new/", said).status_code == 302
    assert Device.objects.get().state == DeviceState.ONLINE
    assert QuarantineEntry.objects.get().state == "corrected"
    assert client.post(f"{LIST}new/", said).status_code == 422


def test_editing_is_journaled_and_a_stale_page_is_told(
    city: City, client: Client, log_in: Callable[..., Account]
) -> None:
    taker()
    device = register(city)
    log_in("intake.devices")
    said = {"kind": "water_level", "name": "新名", "lon": "", "lat": "", "version": device.version}
    assert client.post(f"{LIST}{device.id}/edit/", said).status_code == 302
    assert client.post(f"{LIST}{device.id}/edit/", said).status_code == 409
    assert client.post(f"{LIST}{device.id}/retire/", {"version": 2}).status_code == 302
    assert client.post(f"{LIST}{device.id}/retire/", {"version": 3, "back": "yes"}).status_code == 302
    kinds = list(JournalEntry.objects.filter(stream=device.id).order_by("seq").values_list("kind", flat=True))
    assert kinds == [f"intake.device_{word}" for word in ("registered", "edited", "retired", "restored")]
    assert Device.objects.get().name == "新名"


FILE = """设备编号,设备类型,名称,经度,纬度,坐标系,社区代码,部件标识码,安装日期,离线判定（分钟）
W1,水位,一号桥,,,,320111001001,,2026-01-05,30
W2,水位,二号桥,,,,320111001999,,,
W3,飞碟,三号桥,,,,320111001001,,,
W4,water_level,四号桥,118.8,,,320111001001,,,
W5,water_level,五号桥,东经,32,,,,,
W6,烟感,六号楼,,,火星,320111001001,3201110102000034,2026/03/02,
"""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_registers_what_is_right_and_names_what_is_wrong(
    city: City, client: Client, log_in: Callable[..., Account], encoding: str
) -> None:
    taker()
    log_in("intake.devices")
    given = {"channel": "sensor_water", "file": SimpleUploadedFile("a.csv", FILE.encode(encoding))}
    page = client.post(f"{LIST}file/", given).content.decode()
    assert "登记 2 台，修改 0 台，4 处有误" in page
    assert sorted(Device.objects.values_list("code", flat=True)) == ["W1", "W6"]
    again = import_devices(actor=KEEPER, at=AT, channel="sensor_water", content=FILE.encode(encoding))
    assert (again.registered, again.edited) == (0, 2)
    found = [(problem.line, problem.field, problem.value) for problem in again.problems]
    assert found == [
        (3, "community", "320111001999"), (4, "kind", "飞碟"), (5, "lon", "118.8"), (6, "lon", "东经"),
    ]  # fmt: skip


def test_registering_is_refused_to_others_and_a_code_is_taken_once(city: City) -> None:
    taker()
    form = DeviceForm("W1", "water_level", "桥")
    with pytest.raises(Refused):
        register_device(actor=OPERATOR, at=AT, channel="sensor_water", form=form)
    register_device(actor=KEEPER, at=AT, channel="sensor_water", form=form)
    with pytest.raises(Conflict):
        register_device(actor=KEEPER, at=AT, channel="sensor_water", form=form)
    with pytest.raises(Invalid):
        import_devices(actor=KEEPER, at=AT, channel="sensor_water", content=b"a,b\n1,2\n")


def test_coordinates_are_turned_to_wgs84_once(city: City) -> None:
    taker()
    form = DeviceForm("W1", "water_level", "桥", lon=118.8, lat=32.0, crs="gcj02")
    device = register_device(actor=KEEPER, at=AT, channel="sensor_water", form=form)
    assert device.lon is not None
    assert device.lat is not None
    assert (118.79 < device.lon < 118.797, 32.0 < device.lat < 32.004) == (True, True)


def test_a_worker_sees_the_alarms_sent_to_them_and_says_what_is_there(
    city: City, client: Client, log_in: Callable[..., Account]
) -> None:
    from yiwang.cases.public import request_verification
    from yiwang.cases.tests.factories import SYSTEM, receive

    taker()
    device = register(city)
    me = log_in("cases.verify")
    now = timezone.now()
    made = []
    for number, account in enumerate((me.id, uuid7())):
        _, case = receive(city, channel="camera_city", source_number=f"C/{number}")
        request_verification(actor=SYSTEM, at=now, case_id=case.id)
        made.append(
            CameraAlarm.objects.create(
                channel="camera_city", device=device, identity=f"#{number}", type="garbage", confidence=0.9,
                at=now, received_at=now, outcome=AlarmOutcome.REPORTED, case=case.id, worker=account,
            )
        )  # fmt: skip
    mine, other = (f"/intake/alarms/{alarm.id}/" for alarm in made)
    page = client.get("/intake/alarms/").content.decode()
    assert (mine in page, other in page) == (True, False)
    assert client.get(other).status_code == 404
    assert client.get(mine).status_code == 200
    assert client.post(mine, {"real": "no", "note": ""}).status_code == 422
    assert client.post(mine, {"real": "no", "note": "树影"}).status_code == 302
    assert Case.objects.get(pk=made[0].case).state == "voided"
    assert client.post(mine, {"real": "yes"}).status_code == 404
    assert not handle_waiting().total
