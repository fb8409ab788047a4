"""Nothing outside the scope leaks: list, page, export, tiles, map list, files, pickers and acts alike."""

from __future__ import annotations

from collections.abc import Callable

import mapbox_vector_tile
import pytest
from django.test import Client

from yiwang.cases.models import CaseAccess
from yiwang.cases.public import Case, Picture, attach_evidence
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, picture, receive
from yiwang.files.public import attachments_of

from .conftest import Login

pytestmark = pytest.mark.django_db
POINT = {"lon": 118.8, "lat": 32.0}
TILE = "/tiles/cases/10/849/{y}.mvt"


def listed(client: Client, case: Case, **query: str) -> bool:
    return case.id in {row.case.id for row in client.get("/cases/", query).context["rows"]}


def exported(client: Client, case: Case) -> bool:
    answer = client.get("/cases/export.csv")
    return answer.streaming and case.number in b"".join(answer.streaming_content).decode()


def file_opens(client: Client, case: Case) -> bool:
    found = False
    for file in attachments_of("cases.case", case.id):
        for tail in ("", "/thumb"):
            answer = client.get(f"/files/{file.id}{tail}")
            found |= answer.status_code == 200 and b"".join(answer.streaming_content) != b""
    return found


WAYS: dict[str, Callable[[Client, Case], bool]] = {
    "list": listed,
    "search": lambda client, case: listed(client, case, text="垃圾"),
    "number": lambda client, case: listed(client, case, text=case.number),
    "page": lambda client, case: client.get(f"/cases/{case.id}/").status_code == 200,
    "order": lambda client, case: client.get(f"/cases/{case.id}/order/").status_code == 200,
    "export": exported,
    "cluster": lambda client, case: (
        case.number in client.get("/map/cluster/", {"box": "118,31,119.5,33"}).content.decode()
    ),
    "tile": lambda client, case: str(case.id) in ids_in_tile(client),
    "file": file_opens,
    "claim": lambda client, case: client.post(f"/cases/{case.id}/claim/").status_code == 302,
}
EVERYWHERE = set(WAYS)


def seen(client: Client, case: Case) -> set[str]:
    """Every way in which the case shows itself to a client."""
    return {name for name, shows in WAYS.items() if shows(client, case)}


def ids_in_tile(client: Client) -> set[str]:
    from yiwang.workbench.queries.tiles import tile_box

    y = next(
        y for y in range(1024) if tile_box(10, 849, y).south <= POINT["lat"] < tile_box(10, 849, y).north
    )
    answer = client.get(TILE.format(y=y))
    assert answer.status_code == 200
    layers = mapbox_vector_tile.decode(answer.content)
    return {str(f["properties"].get("id")) for f in layers.get("cases", {}).get("features", [])}


def with_file(case: Case) -> Case:
    attach_evidence(actor=SYSTEM, at=AT, case_id=case.id, pictures=[Picture("scene", picture(), "scene.jpg")])
    return case


def test_an_operator_of_one_street_sees_it_everywhere_and_the_other_street_nowhere(
    city: City, login: Login
) -> None:
    mine = with_file(receive(city, **POINT)[1])
    client = login("seat_operator", unit="street")
    assert seen(client, mine) == EVERYWHERE
    Case.objects.filter(pk=mine.pk).update(lon=None, lat=None)
    other = with_file(receive(city, area="east_2_a", **POINT)[1])
    assert seen(client, other) == set()


def test_a_unit_sees_its_own_case_and_no_other_units(city: City, login: Login) -> None:
    own = with_file(dispatched(city, unit="cleaning", **POINT))
    assert seen(login("handler", unit="cleaning"), own) == EVERYWHERE - {"export"}
    assert seen(login("handler", unit="gardens", username="gardener"), own) == set()


def test_the_unit_complained_of_never_sees_the_case(city: City, login: Login) -> None:
    _, case = receive(city, complained_unit=city.unit("cleaning"), kind="tip_off", **POINT)
    Case.objects.filter(pk=case.pk).update(state="handling", host=city.unit("cleaning"))
    with_file(case)
    assert seen(login("handler", unit="cleaning"), case) == set()


def test_a_sensitive_case_is_for_who_is_cleared_or_listed(city: City, login: Login) -> None:
    case = with_file(receive(city, is_sensitive=True, **POINT)[1])
    assert seen(login("seat_operator"), case) == set()
    assert seen(login("duty_chief"), case) == EVERYWHERE
    listed = city.login("leader", username="listed")
    CaseAccess.objects.create(case=case, account=listed.id, at=AT)
    assert seen(login("leader", username="listed"), case) == EVERYWHERE - {"export"}


def test_a_confidential_reporter_is_hidden_from_the_handling_unit(city: City, login: Login) -> None:
    earlier, _ = receive(city, text="先前的一件。")
    case = dispatched(city, privacy="confidential")
    handler = login("handler", unit="cleaning")
    for tail in ("", "order/"):
        page = handler.get(f"/cases/{case.id}/{tail}").content.decode()
        assert "诉求人要求保密" in page
        for hidden in ("王*", "139****1234", earlier.number, "先前的一件"):
            assert hidden not in page
    report = case.links.get().report
    refused = handler.post(f"/cases/{case.id}/reports/{report.id}/contact/", {"purpose": "想知道"})
    assert refused.status_code == 403
    assert "139****1234" in login("seat_operator").get(f"/cases/{case.id}/").content.decode()


def test_earlier_cases_of_a_phone_outside_the_scope_are_not_told(city: City, login: Login) -> None:
    _, elsewhere = receive(city, area="west_1_a", text="西区的旧事。")
    _, here = receive(city)
    client = login("seat_operator", unit="street")
    page = client.get(f"/cases/{here.id}/").content.decode()
    asked = client.post("/report/earlier/", {"phone": "13900001234"}).content.decode()
    assert elsewhere.number not in page + asked
    assert here.number in asked


def test_the_merge_picker_offers_no_case_of_another_street(city: City, login: Login) -> None:
    _, other = receive(city, area="east_2_a")
    _, here = receive(city)
    client = login("seat_operator", unit="street")
    offered = [c["value"] for c in client.get("/pick/cases/", {"q": "垃圾"}).json()["choices"]]
    assert offered == [str(here.id)]
    answer = client.post(
        f"/cases/{here.id}/acts/merge/", {"version": here.version, "survivor": str(other.id), "reason": "试"}
    )
    assert (answer.status_code, Case.objects.get(pk=here.pk).state) == (403, "received")


def test_a_file_has_no_address_for_a_stranger(city: City, client: Client) -> None:
    case = with_file(receive(city)[1])
    file = attachments_of("cases.case", case.id)[0]
    assert client.get(f"/files/{file.id}").status_code == 404
