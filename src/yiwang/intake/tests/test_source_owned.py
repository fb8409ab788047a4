"""A source that owns limit, extension, return, final call and voice: the shipped 12345, end to end."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from yiwang.cases.public import (
    Case,
    FollowUp,
    Rating,
    Report,
    ReportLink,
    Task,
    accept_case,
    answer_directly,
    dispatch_case,
    merge_cases,
    reopen_case,
)
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, receive
from yiwang.intake.models import QuarantineEntry, SourceRequest, WriteBack
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.queries.shipped import shipped_definitions
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.quarantine import replay_entry
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.registry import add_key
from yiwang.intake.services.source_requests import (
    ask_extension,
    ask_return,
    settle_request,
    take_back_request,
)
from yiwang.intake.services.writing_back import send_due
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import JournalEntry, relay_once

from .channels import OPERATOR, opened

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM_EXCHANGE = system_actor("tests", "intake.exchange")
NUMBER = "NJ2026030200001"


def local(day: int, hour: int = 18) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=SHANGHAI)


class Hotline:
    """The other side: sends messages of one order as it goes on, and keeps what it is told."""

    def __init__(self, live: LiveChannel) -> None:
        self.live = live
        self.now = AT
        self.order = json.loads(live.definition.sample)
        self.got: list[dict[str, str]] = []

    def send(self, **parts: dict[str, Any]) -> None:
        """The whole order again, with some parts changed."""
        for name, given in parts.items():
            self.order[name] = {**self.order.get(name, {}), **given}
        self.now += timedelta(minutes=1)
        self.order["workOrder"]["updateTime"] = f"{self.now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
        self.bring(self.order)

    def bring(self, order: dict[str, Any]) -> None:
        body = json.dumps(order, ensure_ascii=False)
        receive_raw(channel=self.live, bodies=[body], at=self.now)
        handle_waiting(clock=lambda: self.now)

    def told(self) -> list[str]:
        """The status words it has been sent, oldest first."""
        relay_once(self.now)

        def answer(request: httpx.Request) -> httpx.Response:
            self.got.append(json.loads(request.content))
            return httpx.Response(200)

        with httpx.Client(transport=httpx.MockTransport(answer)) as client:
            while send_due(at=self.now + timedelta(minutes=5), client=client):
                pass
        return [message["status"] for message in self.got]

    @property
    def report(self) -> Report:
        return Report.objects.get(channel=self.live.code, source_number=NUMBER)

    @property
    def case(self) -> Case:
        return ReportLink.objects.get(report=self.report, until=None).case


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def hotline(city: City) -> Hotline:
    shipped = next(found for found in shipped_definitions() if found.code == "city_12345")
    live = opened(shipped.text, AT)
    add_key(actor=OPERATOR, at=AT, channel_id=live.id, kind="hmac")
    hotline = Hotline(live)
    hotline.bring(hotline.order)
    return hotline


def accepted(city: City, hotline: Hotline) -> Case:
    return accept_case(
        actor=SYSTEM, at=hotline.now, case_id=hotline.case.id, matter_class=city.classes["request"].id,
        community=city.area("east_1_a"),
    )  # fmt: skip


def out(city: City, hotline: Hotline) -> Case:
    case = accepted(city, hotline)
    dispatched = dispatch_case(actor=SYSTEM, at=hotline.now, case_id=case.id, host=city.unit("cleaning"))
    hotline.now += timedelta(minutes=1)
    return dispatched


def closed(hotline: Hotline) -> Case:
    return answer_directly(actor=SYSTEM, at=hotline.now, case_id=hotline.case.id, answer="已责令停工。")


def extension(city: City, hotline: Hotline, **given: Any) -> SourceRequest:
    return ask_extension(**{
        "actor": city.actor("dispatcher", area="city"), "at": hotline.now, "case_id": hotline.case.id,
        "report_id": hotline.report.id, "reason": "需协调施工单位", "wished_at": local(12), **given,
    })  # fmt: skip


def test_the_sources_limit_less_the_margin_is_ours(city: City, hotline: Hotline) -> None:
    assert hotline.case.source_due_at == local(9)
    case = out(city, hotline)
    assert case.due_at == local(9, 12)
    assert "来源时限 2026-03-09 18:00 减 4 工作时" in Task.objects.get(case=case).due_explanation
    hotline.send(workOrder={"deadline": "2026-03-06 18:00:00"})
    assert hotline.case.due_at == local(6, 12)
    assert JournalEntry.objects.filter(stream=case.id, kind="cases.source_limit_set").count() == 1
    assert not FollowUp.objects.exists()


def test_a_limit_that_comes_late_moves_nothing(city: City, hotline: Hotline) -> None:
    out(city, hotline)
    late = json.loads(json.dumps(hotline.order))
    late["workOrder"] |= {"deadline": "2026-03-04 18:00:00", "updateTime": "2026-03-01 08:00:00"}
    hotline.bring(late)
    assert hotline.case.due_at == local(9, 12)


def test_an_extension_is_asked_in_the_sources_words_and_granted(city: City, hotline: Hotline) -> None:
    case = out(city, hotline)
    request = extension(city, hotline)
    assert hotline.told()[-1] == "DELAY_APPLY"
    assert hotline.got[-1]["remark"] == "需协调施工单位"
    assert hotline.got[-1]["delayTo"] == "2026-03-12 18:00:00"
    assert hotline.case.due_at == local(9, 12)
    hotline.send(workOrder={"deadline": "2026-03-11 18:00:00"}, verdict={"result": "同意"})
    request.refresh_from_db()
    assert (request.state, request.granted_due_at) == ("granted", local(11))
    assert (hotline.case.source_due_at, hotline.case.due_at) == (local(11), local(11, 12))
    assert "来源已同意延期" in Task.objects.get(case=case).due_explanation
    kinds = set(JournalEntry.objects.filter(stream=case.id).values_list("kind", flat=True))
    assert {"intake.extension_asked", "intake.extension_granted", "cases.source_limit_set"} <= kinds


def test_a_granted_extension_without_a_limit_is_as_wished(city: City, hotline: Hotline) -> None:
    out(city, hotline)
    extension(city, hotline)
    hotline.send(verdict={"result": "同意"})
    assert hotline.case.source_due_at == local(12)
    assert not FollowUp.objects.exists()


def test_a_refused_extension_leaves_the_limit_and_may_be_asked_again(city: City, hotline: Hotline) -> None:
    out(city, hotline)
    first = extension(city, hotline)
    with pytest.raises(Conflict):
        extension(city, hotline)
    hotline.send(verdict={"result": "不同意"})
    first.refresh_from_db()
    assert first.state == "refused"
    assert hotline.case.due_at == local(9, 12)
    second = extension(city, hotline, at=hotline.now + timedelta(minutes=1))
    hotline.send(workOrder={"title": "夜间施工噪声（催办）"})
    second.refresh_from_db()
    assert second.state == "asked"
    hotline.send()
    second.refresh_from_db()
    assert second.state == "refused"


def test_a_granted_return_ends_the_case_and_says_who_decided(city: City, hotline: Hotline) -> None:
    case = out(city, hotline)
    ask_return(
        actor=city.actor("dispatcher", area="city"), at=hotline.now, case_id=case.id,
        report_id=hotline.report.id, reason="属高速公路管理处职责",
    )  # fmt: skip
    assert hotline.told()[-1] == "RETURN_APPLY"
    hotline.send(verdict={"result": "同意"})
    assert hotline.case.state == "voided"
    assert Task.objects.get(case=case).state == "recalled"
    remark = hotline.case.remarks.order_by("-seq").first()
    assert remark is not None
    assert remark.text == "来源“12345 政务热线”已同意退单：属高速公路管理处职责"


def test_a_granted_return_before_acceptance_is_a_rejection(city: City, hotline: Hotline) -> None:
    ask_return(
        actor=SYSTEM, at=hotline.now, case_id=hotline.case.id, report_id=hotline.report.id, reason="不属本区"
    )
    hotline.send(verdict={"result": "同意"})
    assert hotline.case.state == "rejected"


def test_a_granted_return_of_a_merged_case_waits_for_a_dispatcher(city: City, hotline: Hotline) -> None:
    case = accepted(city, hotline)
    _, other = receive(city, matter_class=city.classes["request"].id)
    merge_cases(actor=SYSTEM, at=hotline.now, survivor=case.id, absorbed=other.id, reason="同一工地")
    ask_return(actor=SYSTEM, at=hotline.now, case_id=case.id, report_id=hotline.report.id, reason="不属本区")
    hotline.send(verdict={"result": "同意"})
    assert hotline.case.state == "dispatching"
    assert "未自动办结" in FollowUp.objects.get(report=hotline.report).text


def test_a_request_may_be_taken_back_until_it_is_answered(city: City, hotline: Hotline) -> None:
    out(city, hotline)
    unsent = extension(city, hotline)
    take_back_request(actor=SYSTEM, at=hotline.now, request_id=unsent.id)
    assert "DELAY_APPLY" not in hotline.told()
    sent = extension(city, hotline, at=hotline.now + timedelta(minutes=2))
    hotline.now += timedelta(minutes=3)
    assert hotline.told()[-1] == "DELAY_APPLY"
    take_back_request(actor=SYSTEM, at=hotline.now, request_id=sent.id)
    assert hotline.told()[-1] == "APPLY_CANCEL"
    with pytest.raises(Conflict):
        settle_request(actor=SYSTEM_EXCHANGE, at=hotline.now, request_id=sent.id, verdict="granted")
    hotline.send(verdict={"result": "同意"})
    assert "没有待答复的申请" in FollowUp.objects.get(report=hotline.report).text


def test_what_cannot_be_asked_is_refused_with_the_reason(city: City, hotline: Hotline) -> None:
    out(city, hotline)
    with pytest.raises(Invalid):
        extension(city, hotline, reason="  ")
    with pytest.raises(Invalid):
        extension(city, hotline, wished_at=local(8))
    with pytest.raises(Refused):
        extension(city, hotline, actor=city.actor("leader", area="city"))
    report, own = receive(city)
    with pytest.raises(NotFound):
        extension(city, hotline, report_id=report.id)
    with pytest.raises(Conflict) as refused:
        extension(city, hotline, case_id=own.id, report_id=report.id)
    assert refused.value.code == "intake.ours_to_decide"
    with pytest.raises(Refused):
        settle_request(actor=SYSTEM, at=AT, request_id=report.id, verdict="granted")


def test_the_sources_rating_is_ours_and_is_not_told_back(city: City, hotline: Hotline) -> None:
    closed(hotline)
    hotline.send(visit={"result": "不满意", "opinion": "晚上又开工了"})
    rating = Rating.objects.get(report=hotline.report)
    assert (rating.outcome, rating.satisfaction) == ("unsolved", "dissatisfied")
    assert (rating.comment, rating.by) == ("晚上又开工了", None)
    assert hotline.told()[-1] == "FINISHED"
    assert not WriteBack.objects.filter(change="rated").exists()
    assert not FollowUp.objects.exists()
    hotline.send(workOrder={"title": "夜间施工噪声 2"})
    assert Rating.objects.count() == 1


def test_a_rating_before_closing_waits_and_is_applied_at_the_closing(city: City, hotline: Hotline) -> None:
    hotline.send(visit={"result": "满意"})
    assert not Rating.objects.exists()
    assert "来源回访结果：已解决、满意" in FollowUp.objects.get().text
    closed(hotline)
    hotline.told()
    assert Rating.objects.get().satisfaction == "satisfied"
    reopen = {"actor": SYSTEM, "at": hotline.now + timedelta(minutes=1), "reason": "又开工"}
    Case.objects.filter(pk=hotline.case.id).update(
        matter_class=city.classes["request"].id, community=city.area("east_1_a")
    )
    reopen_case(case_id=hotline.case.id, **reopen)  # type: ignore[arg-type]
    assert Rating.objects.count() == 1


def test_a_rating_corrected_in_quarantine_before_closing_counts_at_the_closing(
    city: City, hotline: Hotline
) -> None:
    hotline.send(visit={"result": "还行"})
    entry = QuarantineEntry.objects.get()
    clerk = system_actor("tests", "intake.quarantine", "cases.receive")
    replay_entry(actor=clerk, at=hotline.now, entry_id=entry.id, corrections={"rating": "solved satisfied"})
    assert not Rating.objects.exists()
    closed(hotline)
    hotline.told()
    assert Rating.objects.get().satisfaction == "satisfied"


def test_words_of_a_rating_or_verdict_that_nobody_knows_are_named(city: City, hotline: Hotline) -> None:
    closed(hotline)
    hotline.send(visit={"result": "还行"})
    entry = QuarantineEntry.objects.get()
    assert (entry.reason, entry.field, entry.value) == ("unknown_value", "rating", "还行")
    assert "solved satisfied" in entry.remedy
    with pytest.raises(Invalid):
        replay_entry(actor=OPERATOR, at=hotline.now, entry_id=entry.id)
    replay_entry(actor=OPERATOR, at=hotline.now, entry_id=entry.id, corrections={"rating": "solved"})
    assert Rating.objects.get().outcome == "solved"
    hotline.send(visit={"result": "满意"}, verdict={"result": "研究研究"})
    assert QuarantineEntry.objects.filter(field="verdict", value="研究研究").exists()


def test_a_limit_that_no_calendar_knows_is_named(city: City, hotline: Hotline) -> None:
    hotline.send(workOrder={"deadline": "1970-01-01 08:00:00"})
    assert QuarantineEntry.objects.get().field == "due_at"
    assert hotline.case.source_due_at == local(9)


def test_a_margin_that_no_clock_can_run_is_refused_with_the_definition(hotline: Hotline) -> None:
    text = hotline.live.definition.text
    assert "margin: 4 work_hour" in text
    with pytest.raises(Invalid) as refused:
        opened(text.replace("margin: 4 work_hour", "margin: 0.5 work_day"), AT)
    assert refused.value.details["key"] == "limits.margin"


def test_who_answers_and_who_calls_stand_on_the_report(city: City, hotline: Hotline) -> None:
    assert (hotline.report.voice, hotline.report.rated_by_source) == ("source", True)


def test_a_withdrawal_by_the_source_ends_a_case_that_nobody_works_on(city: City, hotline: Hotline) -> None:
    hotline.send(workOrder={"cancelled": "1"})
    assert hotline.case.state == "withdrawn"
    assert FollowUp.objects.get().text == "来源撤回工单。"
    hotline.send(workOrder={"title": "夜间施工噪声 2"})
    assert FollowUp.objects.filter(kind="withdrawal").count() == 1


def test_a_withdrawal_of_a_case_at_work_is_noted_and_the_case_goes_on(city: City, hotline: Hotline) -> None:
    out(city, hotline)
    hotline.send(workOrder={"cancelled": "1"})
    assert hotline.case.state == "handling"
    assert "继续办理" in FollowUp.objects.get(kind="withdrawal").text


def test_a_source_that_has_closed_never_closes_our_case_in_silence(city: City, hotline: Hotline) -> None:
    out(city, hotline)
    hotline.send(workOrder={"cancelled": "closed"})
    assert hotline.case.state == "handling"
    assert "来源状态：已结案（本案不因此结案，请核对后处理）" in FollowUp.objects.get().text
