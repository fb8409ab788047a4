"""Pages of the rules: policies with history, the scale, the phrases; each for whom it is meant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from yiwang.cases.public import LoopPolicy, Phrase, RatingOption, local_day
from yiwang.cases.tests.factories import City, dispatched, receive

from .conftest import Login

pytestmark = pytest.mark.django_db


def policy(**changes: object) -> dict[str, object]:
    return {
        "class_kind": "event", "evidence": ["after"], "review": "always", "sample_percent": 30,
        "reopen_days": 10, "archive_days": 40, "valid_from": str(local_day(timezone.now())), **changes,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/rules/", "/rules/set/", "/rules/scale/", "/rules/phrases/"])
def test_the_rules_are_for_whoever_configures(login: Login, path: str) -> None:
    assert login("system_admin").get(path).status_code == 200
    assert login("duty_chief").get(path).status_code == 403


def test_a_policy_is_set_changed_and_kept_in_history(city: City, login: Login) -> None:
    client = login("system_admin")
    assert client.post("/rules/set/", policy()).status_code == 302
    page = client.get("/rules/")
    shown = [(v.kind, v.phase) for v in page.context["views"] if v.row.class_kind == "event"]
    assert shown == [("事件", "now"), ("事件", "past")]
    row = LoopPolicy.objects.filter(class_kind="event").latest("valid_from")
    form = client.get("/rules/set/", {"from": str(row.id)}).context["form"]
    assert (form.initial["sample_percent"], form.initial["version"]) == (30, row.version)
    changed = client.post("/rules/set/", policy(sample_percent=20, version=row.version))
    assert changed.status_code == 302
    assert client.post("/rules/set/", policy(sample_percent=5, version=row.version)).status_code == 409
    row.refresh_from_db()
    assert row.sample_percent == 20


def test_a_wrong_policy_comes_back_with_the_error_beside_its_field(city: City, login: Login) -> None:
    answer = login("system_admin").post("/rules/set/", policy(sample_percent=101))
    assert answer.status_code == 422
    assert answer.context["form"].errors["sample_percent"] == ["请填写 0 到 100 之间的整数。"]


def test_the_policy_of_a_class_is_ended_from_the_list(city: City, login: Login) -> None:
    client = login("system_admin")
    client.post("/rules/set/", policy(matter_class=str(city.classes["event"].id)))
    row = LoopPolicy.objects.get(matter_class=city.classes["event"].id)
    day = local_day(timezone.now()) + timedelta(days=1)
    client.post(f"/rules/{row.id}/end/", {"valid_to": str(day)})
    row.refresh_from_db()
    assert row.valid_to == day


def test_the_scale_is_extended_ordered_and_ended(city: City, login: Login) -> None:
    client = login("system_admin")
    today = local_day(timezone.now())
    given = {
        "question": "satisfaction", "code": "very", "label": "非常满意", "label_en": "Very satisfied",
        "is_positive": "on", "valid_from": str(today),
    }  # fmt: skip
    assert client.post("/rules/scale/", given).status_code == 302
    assert client.post("/rules/scale/", given).status_code == 409
    row = RatingOption.objects.get(code="very")
    client.post(f"/rules/scale/{row.id}/", {"act": "up"})

    def shown() -> list[str]:
        scales = client.get("/rules/scale/").context["scales"]
        return [r.code for r in next(s for s in scales if s.question == "satisfaction").rows]

    assert shown() == ["satisfied", "fairly_satisfied", "very", "dissatisfied"]
    client.post(f"/rules/scale/{row.id}/", {"act": "end", "valid_to": str(today)})
    assert "very" not in shown()
    solved = RatingOption.objects.get(code="solved")
    client.post(f"/rules/scale/{solved.id}/", {"act": "end", "valid_to": str(today)})
    solved.refresh_from_db()
    assert solved.valid_to is None


def test_ones_own_phrase_is_offered_to_oneself_alone(city: City, login: Login) -> None:
    _, case = receive(city)
    clerk, other = login("seat_operator"), login("seat_operator", username="second")
    added = clerk.post("/phrases/", {"owner": "own", "purpose": "answer", "text": "您好，这里是一网。"})
    assert added.status_code == 302

    def offered(client: object) -> list[str]:
        acts = client.get(f"/cases/{case.id}/").context["acts"]  # type: ignore[attr-defined]
        return [text for act in acts for text in act.phrases]

    assert "您好，这里是一网。" in offered(clerk)
    assert "您好，这里是一网。" not in offered(other)
    row = Phrase.objects.get(account=city.accounts["seat_operator"].id)
    assert other.post(f"/phrases/{row.id}/", {"text": "不是我的"}).status_code == 403
    clerk.post(f"/phrases/{row.id}/", {"text": "您好，请讲。", "version": row.version})
    assert "您好，请讲。" in offered(clerk)
    row.refresh_from_db()
    clerk.post(f"/phrases/{row.id}/", {"act": "retire", "version": row.version})
    assert "您好，请讲。" not in offered(clerk)


def test_a_phrase_of_a_unit_is_offered_in_the_unit_only(city: City, login: Login) -> None:
    Phrase.objects.create(unit=city.unit("cleaning"), purpose="result", text="已清运完毕。")
    case = dispatched(city)
    acts = login("handler", unit="cleaning").get(f"/cases/{case.id}/").context["acts"]
    assert "已清运完毕。" in [text for act in acts for text in act.phrases]
    shelves = login("handler", unit="gardens", username="gardener").get("/phrases/").context["shelves"]
    assert "已清运完毕。" not in [row.text for shelf in shelves for row in shelf.rows]


def test_everybodys_phrases_are_kept_by_the_administrator(city: City, login: Login) -> None:
    clerk = login("seat_operator")
    refused = clerk.post("/phrases/", {"owner": "everyone", "purpose": "answer", "text": "全员。"})
    assert refused.status_code == 422
    admin = login("system_admin")
    added = admin.post("/rules/phrases/", {"owner": "everyone", "purpose": "answer", "text": "全员通用。"})
    assert added.status_code == 302
    shelves = clerk.get("/phrases/").context["shelves"]
    assert "全员通用。" in [row.text for shelf in shelves for row in shelf.rows]


def test_the_list_turns_back_to_the_page_before_and_to_the_first(
    city: City, login: Login, django_assert_max_num_queries: object
) -> None:
    for _ in range(103):
        receive(city)
    client = login("dispatcher")
    first = client.get("/cases/")
    second = client.get("/cases/", {"cursor": first.context["page"].next})
    third = client.get("/cases/", {"cursor": second.context["page"].next})
    with django_assert_max_num_queries(8) as queries:  # type: ignore[operator]
        back = client.get("/cases/", {"cursor": third.context["page"].previous})
    assert not any("count(" in query["sql"].lower() for query in queries)

    def shown(answer: object) -> list[str]:
        return [row.case.number for row in answer.context["rows"]]  # type: ignore[attr-defined]

    assert shown(back) == shown(second)
    start = client.get("/cases/", {"cursor": back.context["page"].previous})
    assert (shown(start), start.context["page"].previous) == (shown(first), None)
    text = third.content.decode()
    assert 'rel="prev"' in text
    assert 'rel="first"' in text
