"""Pages of transfers: the panel on the case page, handing a case over, what people do, the list, the key."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.models import Case
from yiwang.cases.tests.factories import City, make_city, receive
from yiwang.intake.enums import TransferState
from yiwang.intake.models import Transfer, TransferUpdate
from yiwang.intake.tests.test_open311_client import connect
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import PostKind

ADDRESS = "http://127.0.0.1:9/open311/v2"


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def login(client: Client, city: City, kind: str, *acts: str, area: str = "east") -> None:
    """Log in as somebody in a post of a kind that may do these acts besides."""
    row = PostKind.objects.get(code=kind)
    row.grants = [*row.grants, *({"act": act, "scope": "area"} for act in acts)]
    row.save()
    bump_now("post_kinds")
    client.force_login(city.login(kind, area=area), backend="django.contrib.auth.backends.ModelBackend")


def case_in(city: City, **given: Any) -> Case:
    return receive(city, lon=118.79, lat=32.03, **given)[1]


def test_a_dispatcher_hands_a_case_over_and_sees_where_it_is(client: Client, city: City) -> None:
    channel, case = connect(ADDRESS, "k"), case_in(city)
    login(client, city, "dispatcher", "intake.transfer")
    panel = client.get(f"/intake/transfers/case/{case.id}/").content.decode()
    assert "没有转派到外部平台" in panel
    assert f"/intake/transfers/case/{case.id}/new/" in panel
    page = client.get(f"/intake/transfers/case/{case.id}/new/").content.decode()
    assert "邻市（邻市平台）" in page
    assert "梅园社区三号楼门口垃圾成堆" in page
    given = {"channel": str(channel.id), "description": "三号楼门口垃圾成堆"}
    answer = client.post(f"/intake/transfers/case/{case.id}/new/", given)
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.id}/")
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.description, transfer.by) == (
        "waiting", "三号楼门口垃圾成堆", city.accounts["dispatcher"].id,
    )  # fmt: skip
    panel = client.get(f"/intake/transfers/case/{case.id}/").content.decode()
    assert "待发送" in panel
    assert "邻市平台" in client.get("/intake/transfers/").content.decode()


def test_a_form_without_text_is_answered_422_with_its_error(client: Client, city: City) -> None:
    channel, case = connect(ADDRESS, "k"), case_in(city)
    login(client, city, "dispatcher", "intake.transfer")
    answer = client.post(
        f"/intake/transfers/case/{case.id}/new/", {"channel": str(channel.id), "description": ""}
    )
    assert (answer.status_code, Transfer.objects.count()) == (422, 0)


def test_a_confidential_case_says_why_it_stays_here(client: Client, city: City) -> None:
    channel, case = connect(ADDRESS, "k"), case_in(city, privacy="confidential")
    login(client, city, "dispatcher", "intake.transfer")
    page = client.get(f"/intake/transfers/case/{case.id}/new/").content.decode()
    assert "要求保密、匿名、举报或敏感的案件不能转派外部平台。" in page
    client.post(f"/intake/transfers/case/{case.id}/new/", {"channel": str(channel.id), "description": "x"})
    assert Transfer.objects.count() == 0


def test_who_may_not_transfer_sees_the_panel_without_buttons(client: Client, city: City) -> None:
    channel, case = connect(ADDRESS, "k"), case_in(city)
    Transfer.objects.create(
        channel=channel, case=case.id, reference="YW-1", service_code="1", created_at=timezone.now()
    )
    login(client, city, "leader")
    panel = client.get(f"/intake/transfers/case/{case.id}/").content.decode()
    assert "邻市平台" in panel
    assert "<form" not in panel
    assert client.get(f"/intake/transfers/case/{case.id}/new/").status_code == 403
    assert client.get("/intake/transfers/").status_code == 403


def test_a_case_elsewhere_is_not_found(client: Client, city: City) -> None:
    channel, case = connect(ADDRESS, "k"), case_in(city)
    login(client, city, "dispatcher", "intake.transfer", area="west")
    assert client.get(f"/intake/transfers/case/{case.id}/").status_code == 404
    assert client.get(f"/intake/transfers/case/{case.id}/new/").status_code == 404
    Transfer.objects.create(channel=channel, case=case.id, reference="YW-1", created_at=timezone.now())
    page = client.get("/intake/transfers/").content.decode()
    assert "没有转派到外部平台的案件" in page
    assert case.number not in page


@pytest.mark.parametrize(
    ("state", "act", "given", "after"),
    [
        ("waiting", "cancel", {"reason": "误转"}, "cancelled"),
        ("waiting", "cancel", {"reason": ""}, "waiting"),
        ("stuck", "resend", {}, "waiting"),
        ("stuck", "number", {"remote_id": "A-7"}, "open"),
        ("open", "resend", {}, "open"),
        ("closed", "seen", {}, "closed"),
    ],
)
def test_people_finish_what_the_process_cannot(
    client: Client, city: City, *, state: str, act: str, given: dict[str, str], after: str
) -> None:
    channel, case = connect(ADDRESS, "k"), case_in(city)
    transfer = Transfer.objects.create(
        channel=channel, case=case.id, reference="YW-1", state=state, proposal="solved",
        tried_at=timezone.now(), created_at=timezone.now(),
    )  # fmt: skip
    login(client, city, "dispatcher", "intake.transfer")
    answer = client.post(f"/intake/transfers/{transfer.id}/{act}/", given)
    assert answer.status_code == 302
    transfer.refresh_from_db()
    assert transfer.state == after
    assert (transfer.seen_at is not None) == (act == "seen")
    assert client.post(f"/intake/transfers/{transfer.id}/nonsense/").status_code == 404


def test_the_panel_proposes_what_their_end_means_within_its_queries(client: Client, city: City) -> None:
    channel, case = connect(ADDRESS, "k"), case_in(city)
    for number in range(3):
        transfer = Transfer.objects.create(
            channel=channel, case=case.id, reference=f"YW-{number}", proposal="unsolved", status="duplicate",
            state=TransferState.CLOSED if number == 0 else TransferState.CANCELLED, created_at=timezone.now(),
        )  # fmt: skip
        TransferUpdate.objects.create(transfer=transfer, at=timezone.now(), status="duplicate", notes="see 5")
    login(client, city, "dispatcher", "intake.transfer")
    panel = client.get(f"/intake/transfers/case/{case.id}/").content.decode()
    assert panel.count("对方未予办理，请重新派遣或另行处置。") == 1
    assert panel.count("see 5") == 3


def test_whoever_edits_channels_sees_which_platform_has_a_key_and_no_key(client: Client, city: City) -> None:
    connect(ADDRESS, "old-key")
    login(client, city, "duty_chief", "intake.channels", "intake.transfer")
    page = client.get("/intake/transfers/").content.decode()
    assert "已保存" in page
    assert "old-key" not in page
