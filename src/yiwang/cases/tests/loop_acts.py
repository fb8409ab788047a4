"""Acts for the property tests: every one that matters to clocks and owners, as one method of a class.

A method tries one act on a case through the real services, choosing by `pick` whatever there is to choose,
and returns the name by which the table of what may move knows it, when that differs from its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from yiwang.cases import public as cases
from yiwang.cases.models import Application, Arbitration, Case, Correction, ReportLink, Task, TaskReturn
from yiwang.cases.services import (
    applying,
    arbitrating,
    deciding,
    falling_back,
    handing_over,
    passing_up,
    returning,
    suspending,
)
from yiwang.cases.states import OPEN_TASK_STATES
from yiwang.cases.tests.factories import City, picture
from yiwang.catalog.models import RegisteringCondition
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.errors import Conflict
from yiwang.kernel.ids import uuid7
from yiwang.kernel.working_time import SHANGHAI
from yiwang.orgs.acts import ACTS

#: State of a case: the acts that are tried in it, the likelier ones more than once.
MOVES = {
    "received": ("accept",),
    "registering": ("register",),
    "dispatching": ("dispatch", "dispatch", "fallback", "first_asked", "hand_over", "merge"),
    "handling": (
        "sign", "complete", "complete", "recall", "ask_return", "decide_return", "rule", "first_asked",
        "hand_over", "ask_extension", "ask_extension", "ask_suspension", "decide", "decide", "decide",
        "source_limit", "merge", "ask_arbitration",
    ),
    "suspended": ("resume", "decide", "source_limit"),
    "reviewing": ("approve", "rework", "merge"),
    "rechecking": ("recheck",),
    "closing": ("close", "rework"),
    "closed": ("rate", "reopen"),
    "merged": ("unmerge",),
}  # fmt: skip
#: Acts that are tried in every open state: edits, corrections and what only changes who looks.
ANY_TIME = ("ask_correction", "approve_correction", "follow_up", "pass_up", "raise_level")


def people() -> list[Actor]:
    """Six people who may do everything everywhere, so that a second and a third person are at hand."""
    acts = [*(name for group in ACTS.values() for name in group), "cases.set_source_limit"]
    return [Actor(account_id=uuid7(), grants=dict.fromkeys(acts, EVERYWHERE)) for _ in range(6)]


class Acts:
    """What people do to the cases of an example.

    Attributes:
        city: where they live.
        people: six who may do everything everywhere.
        now: the instant.
        dice: what chooses; set anew for each act.
    """

    city: City
    people: list[Actor]
    now: datetime
    dice: Random

    def pick(self, options: Iterable[Any]) -> Any:
        """One of some options."""
        return self.dice.choice(list(options))

    def receive(self, matter: str) -> Case:
        """A new report and its case."""
        draft = cases.ReportDraft(
            channel="12345", text="梅园社区三号楼门口垃圾成堆，请尽快清理。", address="梅园社区三号楼",
            community=self.city.area("east_1_a"), contact={"name": "王小明", "phone": "13900001234"},
            matter_class=self.city.classes[matter].id,
        )  # fmt: skip
        return cases.receive_report(actor=self.people[0], at=self.now, draft=draft)[1]

    def given(self, case: Case, person: int = 0) -> dict[str, Any]:
        """The arguments that every service takes."""
        return {"actor": self.people[person], "at": self.now, "case_id": case.id}

    def open_task(self, case: Case) -> Task:
        """One of the case's open tasks."""
        found = list(Task.objects.filter(case=case, state__in=OPEN_TASK_STATES).order_by("role", "unit"))
        if not found:
            raise Conflict("no task is open")
        return self.pick(found)

    def do_accept(self, case: Case) -> None:
        cases.accept_case(**self.given(case))

    def do_register(self, case: Case) -> None:
        cases.register_case(**self.given(case), condition_id=self.condition_of(case))

    def condition_of(self, case: Case) -> UUID:
        """The registering condition of the case's class."""
        found = RegisteringCondition.objects.filter(matter_class=case.matter_class).first()
        return found.id if found else case.id

    def do_dispatch(self, case: Case) -> None:
        units = [self.city.unit(name) for name in ("cleaning", "gardens", "street")]
        host = self.pick(units)
        co_units = [u for u in units if u != host][: self.pick((0, 0, 1))]
        cases.dispatch_case(**self.given(case), host=host, co_units=co_units)

    def do_sign(self, case: Case) -> None:
        cases.sign_task(**self.given(case, 5), unit=self.open_task(case).unit)

    def do_complete(self, case: Case) -> None:
        cases.complete_task(**self.given(case, 5), unit=self.open_task(case).unit, result="已清运。")

    def do_recall(self, case: Case) -> None:
        cases.recall_case(**self.given(case), reason="派遣有误")

    def do_approve(self, case: Case) -> None:
        cases.approve_feedback(**self.given(case, 1))

    def do_rework(self, case: Case) -> None:
        cases.rework_case(**self.given(case), reason="照片不清")

    def do_recheck(self, case: Case) -> str:
        result = self.pick(("passed", "failed", "failed", "impossible"))
        cases.recheck_case(**self.given(case, 1), result=result, note="现场看过")
        return f"{result} recheck"

    def do_close(self, case: Case) -> None:
        cases.close_case(**self.given(case, 1), ending="solved")

    def do_rate(self, case: Case) -> str:
        report = ReportLink.objects.filter(case=case, until=None).first()
        assert report is not None
        outcome = self.pick(("solved", "unsolved", "unsolved"))
        cases.rate_case(**self.given(case, 2), report_id=report.report_id, outcome=outcome)
        return "not solved" if outcome == "unsolved" else "rated"

    def do_reopen(self, case: Case) -> None:
        cases.reopen_case(**self.given(case, 2), reason="又堆上了")

    def do_merge(self, case: Case) -> None:
        others = list(Case.objects.exclude(pk=case.id).order_by("number"))
        cases.merge_cases(
            actor=self.people[0],
            at=self.now,
            survivor=self.pick(others).id,
            absorbed=case.id,
            reason="同一问题",
        )

    def do_unmerge(self, case: Case) -> None:
        cases.unmerge_cases(actor=self.people[0], at=self.now, absorbed=case.id, reason="不是同一问题")

    def do_ask_correction(self, case: Case) -> None:
        terms = self.pick(
            (
                cases.CorrectionTerms(title=f"更正后的标题{self.now:%H%M%S}"),
                cases.CorrectionTerms(urgency=self.pick(("urgent", "ordinary"))),
                cases.CorrectionTerms(matter_class=self.city.classes[self.pick(("request", "event"))].id),
                cases.CorrectionTerms(
                    matter_class=self.city.classes[self.pick(("request", "slow"))].id, resets_clock=True
                ),
            )
        )
        cases.ask_correction(**self.given(case), terms=terms, reason="登记有误")

    def do_approve_correction(self, case: Case) -> str:
        wish = self.waiting(Correction, case)
        cases.approve_correction(actor=self.people[1], at=self.now, correction_id=wish.id)
        return "correction with a new clock" if wish.resets_clock else "correction"

    def do_source_limit(self, case: Case) -> str:
        link = ReportLink.objects.filter(case=case, until=None).first()
        assert link is not None
        cases.set_source_limit(
            actor=self.people[0], at=self.now, report_id=link.report_id,
            due_at=self.now + timedelta(hours=self.pick((3, 50, 400))), is_extension=self.pick((False, True)),
        )  # fmt: skip
        return "source limit"

    def do_follow_up(self, case: Case) -> None:
        link = ReportLink.objects.filter(case=case, until=None).first()
        assert link is not None
        cases.follow_up_report(
            actor=self.people[0], at=self.now, report_id=link.report_id, kind="chase", text="请快一点"
        )

    def do_fallback(self, case: Case) -> None:
        """The fallback owner takes it."""
        cause = self.pick(("unclear", "unlisted"))
        falling_back.take_fallback(**self.given(case, 1), cause=cause, reason="无人认领")

    def do_first_asked(self, case: Case) -> None:
        """The host, or a department, was asked first."""
        handing_over.mark_first_asked(**self.given(case), unit=case.host or self.city.unit("cleaning"))

    def do_hand_over(self, case: Case) -> None:
        """The first asked unit hands the case over."""
        to_unit = self.city.unit(self.pick(("gardens", "street", "other_street")))
        handing_over.hand_over_case(**self.given(case, 5), to_unit=to_unit, reason="属园林职责")

    def do_ask_return(self, case: Case) -> None:
        """A unit asks to give its task back."""
        terms = returning.ReturnTerms(reason="not_our_duty", words="不属本单位职责")
        returning.ask_return(**self.given(case, 5), terms=terms, unit=self.open_task(case).unit)

    def do_decide_return(self, case: Case) -> str:
        """The dispatcher decides a return, or whoever asked takes it back."""
        row = self.waiting(TaskReturn, case)
        who = {"at": self.now, "return_id": row.id}
        how = self.pick(("grant", "grant", "refuse", "refer", "take_back"))
        if how == "grant":
            keeps = self.pick((True, False))
            returning.grant_return(actor=self.people[1], **who, keeps_co_units=keeps, words="属实")
        elif how == "refuse":
            returning.refuse_return(actor=self.people[1], **who, words="属你单位职责")
        elif how == "refer":
            returning.refer_return(actor=self.people[1], **who, words="难以认定")
        else:
            returning.take_back_return(actor=self.people[5], **who)
        return f"{how} return"

    def do_ask_arbitration(self, case: Case) -> None:
        """The receiver of a handover asks whose job it is."""
        arbitrating.ask_arbitration(
            **self.given(case, 5), words="应由环卫办理", unit=self.open_task(case).unit
        )

    def do_rule(self, case: Case) -> None:
        """Somebody impartial rules whose job it is."""
        row = self.waiting(Arbitration, case)
        units = [self.city.unit(name) for name in ("cleaning", "gardens", "street")]
        host = self.pick(units)
        co_units = tuple(unit for unit in units if unit != host)[: self.pick((0, 1))]
        ruling = arbitrating.Ruling("designate", host, "城市绿化条例第二十条", "由其主办", co_units)
        arbitrating.rule_arbitration(
            actor=self.people[4], at=self.now, arbitration_id=row.id, ruling=ruling
        )  # fmt: skip

    def do_ask_extension(self, case: Case) -> None:
        """A unit asks for more time."""
        terms = applying.ApplicationTerms("extension", "material", "等材料", unit=self.open_task(case).unit)
        applying.ask_application(**self.given(case, 5), terms=terms)

    def do_ask_suspension(self, case: Case) -> None:
        """The host asks to let the case rest."""
        until = (self.now + timedelta(days=self.pick((2, 9, 60)))).astimezone(SHANGHAI).date()
        terms = applying.ApplicationTerms("suspension", "funds", "等资金", until=until)
        papers = [applying.Paper(picture(), "a.jpg")]
        applying.ask_application(**self.given(case, 5), terms=terms, papers=papers)

    def do_decide(self, case: Case) -> str:
        """The next approver approves, or refuses, or whoever asked takes it back."""
        row = self.waiting(Application, case)
        how = self.pick(("approve", "approve", "approve", "approve", "refuse", "take_back"))
        who = {"at": self.now, "application_id": row.id}
        if how == "take_back":
            applying.take_back_application(actor=self.people[5], **who)
        elif how == "refuse":
            deciding.refuse_application(actor=self.people[1], **who, reason="理由不足")
        else:
            row = deciding.approve_application(actor=self.people[1 + row.approved_steps], **who)
        return row.kind if how == "approve" and row.state == "approved" else f"{how} application"

    def do_resume(self, case: Case) -> str:
        """The host takes a resting case up again before its day."""
        suspending.resume_case(**self.given(case, 5), reason="资金到位")
        return "resumption"

    def do_pass_up(self, case: Case) -> None:
        """What one cannot solve goes up."""
        passing_up.pass_up(**self.given(case, 3), reason="网格内无法解决")

    def do_raise_level(self, case: Case) -> None:
        """A leader lets a matter start higher."""
        passing_up.raise_level(
            **self.given(case, 3), level=self.pick(("grid_chief", "centre")), reason="重点事项"
        )

    def waiting(self, model: Any, case: Case) -> Any:
        """One of the case's wishes that wait for a decision."""
        found = list(model.objects.filter(case=case, state="asked").order_by("asked_seq"))
        if not found:
            raise Conflict("nothing waits")
        return self.pick(found)
