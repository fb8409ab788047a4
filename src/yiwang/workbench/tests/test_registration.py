"""Staff register a report and finish it in one go."""

from __future__ import annotations

import pytest

from yiwang.cases.public import Case, Report
from yiwang.cases.tests.factories import City, picture

from .conftest import Login

pytestmark = pytest.mark.django_db


def filled(city: City, **given: object) -> dict[str, object]:
    return {
        "text": "三号楼门口垃圾成堆。",
        "kind": "help",
        "privacy": "open",
        "phone": "13900001234",
        "name": "王小明",
        "address": "三号楼",
        "community": str(city.area("east_1_a")),
        "channel": "12345",
        "urgency": "ordinary",
        "then": "only",
        "answer": "",
        **given,
    }


@pytest.mark.parametrize(
    ("kind", "then", "ends"),
    [
        ("seat_operator", "only", ("received", "loop")),
        ("seat_operator", "accept", ("dispatching", "loop")),
        ("seat_operator", "answer", ("closed", "answer")),
        ("grid_worker", "on_the_spot", ("closed", "on_the_spot")),
    ],
)
def test_a_report_is_registered_and_finished_as_chosen(
    city: City, login: Login, kind: str, then: str, ends: tuple[str, str]
) -> None:
    given = filled(city, then=then, matter_class=str(city.classes["event"].id), answer="已当场说明并清理。")
    if then == "on_the_spot":
        given |= {"before": picture("red"), "after": picture("green")}
    answer = login(kind).post("/report/new", given)
    case = Case.objects.get()
    assert (answer.status_code, case.state, case.path) == (302, *ends)
    assert Report.objects.get().entered_by == city.accounts[kind].id


def test_on_the_spot_without_pictures_registers_nothing_and_keeps_the_text(city: City, login: Login) -> None:
    given = filled(city, then="on_the_spot", answer="当场清理。", matter_class=str(city.classes["event"].id))
    answer = login("grid_worker").post("/report/new", given)
    assert (answer.status_code, Case.objects.count()) == (409, 0)
    assert answer.context["form"].non_field_errors() == ["缺少处置后、处置前照片，不能提交。请补齐后再试。"]
    assert "当场清理。" in answer.content.decode()


def test_only_the_ways_to_finish_that_the_post_permits_are_offered(login: Login) -> None:
    def ways(kind: str) -> list[str]:
        return [c[0] for c in login(kind).get("/report/new").context["form"].fields["then"].choices]

    assert ways("seat_operator") == ["only", "accept", "answer"]
    assert ways("grid_worker") == ["only", "on_the_spot"]


def test_a_drawn_short_path_case_waits_for_somebody_else(city: City, login: Login) -> None:
    from yiwang.cases.models import Recheck

    login("seat_operator").post("/report/new", filled(city, then="answer", answer="每周二清运。"))
    case = Case.objects.get()
    Recheck.objects.filter(case=case).delete()
    Recheck.objects.create(case=case, round=0, is_sample=True, opened_at=case.created_at)
    worker = login("grid_worker")
    assert [row.case for row in worker.get("/rechecks/").context["rows"]] == [case]
    page = worker.get(f"/cases/{case.id}/")
    assert [act.name for act in page.context["acts"]] == ["recheck"]
    worker.post(
        f"/cases/{case.id}/acts/recheck/", {"version": case.version, "result": "passed", "note": "属实。"}
    )
    assert worker.get("/rechecks/").context["rows"] == []
