"""The duty roster: a week at a time, shifts added, handed over and removed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from yiwang.accounts.public import Account
from yiwang.kernel.errors import Conflict, Invalid, NotFound
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry
from yiwang.orgs.models import DutyRoster, Unit
from yiwang.orgs.public import on_duty, roster_duty, swap_duty

from .factories import AT, SYSTEM, give, load_city, make_account, make_post, make_unit
from .test_pages import administrator, assigner, enter

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def shift(unit: Unit, account: Account, *, begins: int = 0, hours: int = 8) -> DutyRoster:
    """A shift of the duty chief, `begins` hours from now."""
    return roster_duty(
        actor=SYSTEM,
        at=AT,
        unit_id=unit.id,
        post_kind="duty_chief",
        account_id=account.id,
        starts_at=AT + begins * HOUR,
        ends_at=AT + (begins + hours) * HOUR,
    )


def chiefs(unit: Unit, hour: int) -> list[UUID]:
    """Who is on duty so many hours from now."""
    return [duty.account_id for duty in on_duty(unit.id, AT + hour * HOUR)]


def test_a_shift_to_come_goes_over_whole_and_one_that_runs_from_now_on() -> None:
    load_city()
    wang, li, unit = make_account("wang"), make_account("li"), make_unit("U")
    running, later = shift(unit, wang), shift(unit, wang, begins=24)
    swap_duty(actor=SYSTEM, at=AT + 3 * HOUR, duty_id=running.id, account_id=li.id)
    swap_duty(actor=SYSTEM, at=AT + 3 * HOUR, duty_id=later.id, account_id=li.id)
    assert [chiefs(unit, hour) for hour in (2, 3, 7, 8, 24, 31)] == [
        [wang.id], [li.id], [li.id], [], [li.id], [li.id],
    ]  # fmt: skip
    assert not DutyRoster.objects.filter(id=later.id).exists()
    kinds = JournalEntry.objects.filter(stream=unit.id).order_by("seq").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["orgs.duty_removed", "orgs.duty_rostered"]


def test_a_shift_is_not_handed_to_whoever_has_it_or_cannot_take_it() -> None:
    load_city()
    wang, li, unit = make_account("wang"), make_account("li"), make_unit("U")
    duty = shift(unit, wang)
    shift(unit, li, begins=4)
    given = {"actor": SYSTEM, "at": AT, "duty_id": duty.id}
    with pytest.raises(Invalid):
        swap_duty(account_id=wang.id, **given)
    with pytest.raises(Conflict, match="已排班"):
        swap_duty(account_id=li.id, **given)
    assert chiefs(unit, 1) == [wang.id], "a refused hand-over leaves the shift as it was"
    with pytest.raises(Conflict, match="已结束"):
        swap_duty(actor=SYSTEM, at=AT + 9 * HOUR, duty_id=duty.id, account_id=li.id)
    with pytest.raises(NotFound):
        swap_duty(actor=SYSTEM, at=AT, duty_id=uuid7(), account_id=li.id)


def test_the_page_shows_a_week_and_a_night_shift_on_both_of_its_days() -> None:
    load_city()
    client = assigner("320101")
    make_account("wang")
    make_account("li")
    unit = Unit.objects.get(code="B320101")
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7)
    page = f"/orgs/units/{unit.id}/roster/"
    night = {
        "post_kind": "duty_chief",
        "account": "wang",
        "starts_at": f"{monday}T20:00",
        "ends_at": f"{monday + timedelta(days=1)}T08:00",
    }
    answer = client.post(page, night)
    assert answer.headers["Location"] == f"{page}?week={monday}"
    shown = client.get(f"{page}?week={monday + timedelta(days=3)}").content.decode()
    assert shown.count("wang氏</strong>") == 2
    assert "次日 08:00" in shown
    assert "前一日" in shown
    assert "wang氏</strong>" not in client.get(page).content.decode()
    assert client.get(f"{page}?week=nonsense").status_code == 200
    duty = DutyRoster.objects.get()
    address = f"/orgs/shifts/{duty.id}/swap/"
    assert client.post(address, {"account": "wang"}).status_code == 422
    assert administrator("320102").get(address).status_code == 404
    assert client.post(address, {"account": "li"}).status_code == 302
    shown = client.get(f"{page}?week={monday}").content.decode()
    assert ("li氏</strong>" in shown, "wang氏</strong>" in shown) == (True, False)
    assert client.get(f"/orgs/shifts/{uuid7()}/swap/").status_code == 404
    duty = DutyRoster.objects.get()
    assert client.post(f"/orgs/shifts/{duty.id}/remove/").headers["Location"] == f"{page}?week={monday}"
    assert not DutyRoster.objects.exists()


def test_whoever_works_in_a_unit_reads_its_roster_and_changes_nothing() -> None:
    load_city()
    unit = make_unit("U", area_code="320101")
    part, other = make_unit("U1", parent=unit), make_unit("V", area_code="320101")
    wang = make_account("wang")
    give(wang, make_post("dispatcher", part))
    client = enter(wang)
    assert [client.get(f"/orgs/units/{one.id}/roster/").status_code for one in (part, unit, other)] == [
        200, 200, 404,
    ]  # fmt: skip
    page = f"/orgs/units/{unit.id}/roster/"
    assert "<form" not in client.get(page).content.decode().split('id="content"')[1].split("</main>")[0]
    shift = {"post_kind": "duty_chief", "account": "wang", "starts_at": "2030-01-01T08:00"}
    assert client.post(page, {**shift, "ends_at": "2030-01-01T20:00"}).status_code == 403
    assert f"/orgs/units/{part.id}/roster/" in client.get("/orgs/posts/mine/").content.decode()
