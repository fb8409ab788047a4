"""Acts on hot issues 热点研判: reckon those of an area over a period, and name one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from ...kernel.actor import Actor, system_actor
from ...kernel.errors import Conflict, Refused, invalid
from ...kernel.working_time import SHANGHAI
from ...ledger.public import Act, acting
from ...orgs.public import area_index
from ..models import HotIssue, IssueMember, IssueRun
from ..queries.issue_reports import Gathered, gather_reports
from ..rules.issues.finding import Issue, find_issues
from ..rules.issues.naming import UNQUOTED
from ..rules.issues.steadying import Descent, descents

#: Acts: to ask for a reckoning and to name an issue; to write a public answer.
MANAGE = "triage.manage_issues"
RECKON_TASK = "triage.reckon_issues"
#: Days that the daily reckoning of the whole city covers; the lengths that may be asked for.
DAILY_DAYS = 30
LENGTHS = (7, 30, 90, 365)
#: Most issues kept of one reckoning, and people an issue must have to be kept.
MOST, LEAST_PEOPLE = 200, 3
#: A reckoning of a lens that somebody asked for goes on every day for so long.
GOES_ON = timedelta(days=30)
SYSTEM = system_actor("issues", MANAGE)


def ask_for_reckoning(*, actor: Actor, at: datetime, area: UUID | None, days: int) -> IssueRun:
    """Ask the worker for the issues of an area over the last days (按需研判); repeated every day for a month.

    Raises:
        Refused; Invalid: an unknown area or length. Conflict: the same one waits already.
    """
    _demand(actor)
    if days not in LENGTHS:
        raise invalid("days", days, f"请选择 {'、'.join(str(n) for n in LENGTHS)} 天之一。")
    if area is not None and area not in area_index().by_id:
        raise invalid("area", area, "没有这个区域，请重新选择。")
    waiting = IssueRun.objects.filter(
        area=area, days=days, done_at=None, asked_at__gt=at - timedelta(hours=1)
    )
    if waiting.exists():
        raise Conflict("同一区域和期间的研判正在进行，请稍候。", code="triage.reckoning_waits")
    with acting(actor=actor, at=at) as act:
        run = act.insert(IssueRun(area=area, days=days, asked_by=actor.account_id, asked_at=at))
        act.record(run, "triage.reckoning_asked", {"area": area, "days": days})
    app.configure_task(RECKON_TASK).defer(run_id=str(run.id))
    return run


def lenses_of_the_day(at: datetime) -> list[tuple[UUID | None, int]]:
    """Areas and lengths that are reckoned every day: the whole city, and what was asked for lately."""
    recent = IssueRun.objects.filter(asked_at__gt=at - GOES_ON, asked_by__isnull=False)
    asked = set(recent.values_list("area", "days")) | {(None, DAILY_DAYS)}
    return sorted(asked, key=lambda lens: (str(lens[0] or ""), lens[1]))


def reckon_daily(at: datetime) -> int:
    """Reckon every lens of the day; returns how many."""
    lenses = lenses_of_the_day(at)
    for area, days in lenses:
        with acting(actor=SYSTEM, at=at) as act:
            run = act.insert(IssueRun(area=area, days=days, asked_at=at))
            act.record(run, "triage.reckoning_asked", {"area": area, "days": days})
        reckon(run_id=run.id, at=at)
    return len(lenses)


def reckon(*, run_id: UUID, at: datetime) -> IssueRun:
    """Group the reports of a run into issues and write them (热点研判); running it again changes nothing.

    Issues of the day before keep their keys; names that a person gave stay.
    """
    run = IssueRun.objects.get(pk=run_id)
    if run.done_at is not None:
        return run
    gathered = gather_reports(area=run.area, days=run.days, until=at)
    found = [i for i in find_issues([g.message for g in gathered.values()]) if i.heat.people >= LEAST_PEOPLE]
    with acting(actor=SYSTEM, at=at) as act:
        run = act.lock(IssueRun, run_id)
        writing = _Writing(act, run, gathered, at)
        writing.write(found[:MOST])
        run.done_at, run.reports, run.issues = at, len(gathered), len(found[:MOST])
        act.update(run, "done_at", "reports", "issues")
        act.record(run, "triage.reckoned", {"reports": run.reports, "issues": run.issues})
    return run


def rename_issue(
    *, actor: Actor, at: datetime, issue_id: UUID, name: str, expected: int | None = None
) -> HotIssue:
    """Give an issue a name (改名), or an empty one to go back to the name that was found.

    Raises:
        Refused, NotFound, StaleVersion; Invalid: longer than 60 characters.
    """
    _demand(actor)
    name = " ".join(name.split())
    if len(name) > 60:
        raise invalid("name", name, "名称不超过 60 字。")
    with acting(actor=actor, at=at) as act:
        issue = act.lock(HotIssue, issue_id, expected=expected)
        issue.is_named, issue.name = bool(name), name or issue.found_name
        act.update(issue, "is_named", "name")
        act.record(issue, "triage.issue_named", {"by_person": issue.is_named, "characters": len(name)})
    return issue


def forget_names(*, report_id: UUID, at: datetime) -> int:
    """Blank the names that may hold words of an erased report, and have the worker find them anew.

    Returns:
        How many issues held the report under a name that the grouping had found.
    """
    member = IssueMember.objects.filter(report=report_id, is_quoted=True).values("issue")
    keys = list(HotIssue.objects.filter(pk__in=member).order_by("id").values_list("id", flat=True))
    lenses: set[tuple[UUID | None, int]] = set()
    with acting(actor=SYSTEM, at=at) as act:
        for key in keys:
            issue = act.lock(HotIssue, key)
            issue.found_name, issue.place, issue.matter = UNQUOTED, "", ""
            issue.name = issue.name if issue.is_named else UNQUOTED
            act.update(issue, "found_name", "place", "matter", "name")
            act.record(issue, "triage.issue_name_erased", {"report": report_id})
            if issue.is_current:
                lenses.add((issue.area, issue.days))
        runs = [
            act.insert(IssueRun(area=area, days=days, asked_at=at))
            for area, days in sorted(lenses, key=lambda lens: (str(lens[0] or ""), lens[1]))
        ]
        for run in runs:
            act.record(run, "triage.reckoning_asked", {"area": run.area, "days": run.days})
    for run in runs:
        app.configure_task(RECKON_TASK).defer(run_id=str(run.id))
    return len(keys)


def _demand(actor: Actor) -> None:
    if not actor.may_anywhere(MANAGE):
        raise Refused("您没有维护热点问题的权限。", code="triage.issues_refused", act=MANAGE)


@dataclass(slots=True)
class _Writing:
    """Writes one reckoning: issues, their members, their figures of the day."""

    act: Act
    run: IssueRun
    gathered: dict[str, Gathered]
    at: datetime

    def write(self, found: Sequence[Issue]) -> None:
        lens = {"area": self.run.area, "days": self.run.days}
        standing = HotIssue.objects.select_for_update().filter(**lens, is_current=True)
        earlier = {row.id: row for row in standing.order_by("found_at", "id")}
        members: dict[UUID, set[str]] = {key: set() for key in earlier}
        held = IssueMember.objects.filter(issue__in=list(earlier), is_current=True)
        for key, report in held.values_list("issue", "report"):
            members[key].add(str(report))
        origins = descents(members, [issue.members for issue in found])
        gone = HotIssue.objects.select_for_update().filter(**lens, is_current=False, merged_into=None)
        lapsed = list(gone.order_by("-reckoned_at", "id")[:500])
        going_on: set[UUID] = set()
        for rank, (issue, origin) in enumerate(zip(found, origins, strict=True), start=1):
            row = earlier[origin.key] if origin.key else _returned(lapsed, issue, going_on)
            row = self._issue(row, issue, origin)
            going_on.add(row.id)
            self._merged(origin, row, earlier)
            self._members(row, issue)
            self._day(row, issue, rank)
            self.act.flush()
        for key, row in earlier.items():
            if key not in going_on:
                row.is_current = False
                self.act.update(row, "is_current")

    def _issue(self, row: HotIssue | None, issue: Issue, origin: Descent[UUID]) -> HotIssue:
        values = self._values(issue)
        if row is None:
            row = self.act.insert(
                HotIssue(
                    area=self.run.area, days=self.run.days, name=issue.name, found_at=self.at,
                    split_from=origin.split_from, **values,
                )
            )  # fmt: skip
            body = {"run": self.run.id, "reports": issue.heat.reports, "split_from": origin.split_from}
            self.act.record(row, "triage.issue_found", body)
            return row
        values["months"] = sorted({*row.months, *values["months"]})
        values["name"] = row.name if row.is_named else issue.name
        for name, value in values.items():
            setattr(row, name, value)
        self.act.update(row, *values)
        return row

    def _values(self, issue: Issue) -> dict[str, Any]:
        heat = issue.heat
        mine = [self.gathered[key] for key in issue.members]
        return {
            "found_name": issue.name, "place": issue.place[:60], "matter": issue.matter[:60],
            "is_current": True,
            "index": heat.index, "parts": heat.parts, "reports": heat.reports, "people": heat.people,
            "hidden": sum(not one.message.is_quoted for one in mine), "spread": heat.spread,
            "growth": heat.growth, "first_at": issue.first, "last_at": issue.last, "reckoned_at": self.at,
            "communities": sorted({one.community for one in mine if one.community}),
            "months": sorted({f"{one.at.astimezone(SHANGHAI):%Y-%m}" for one in mine}),
        }  # fmt: skip

    def _merged(self, origin: Descent[UUID], row: HotIssue, earlier: dict[UUID, HotIssue]) -> None:
        for key in origin.merged:
            other = earlier[key]
            other.merged_into = row.id
            self.act.update(other, "merged_into")
            self.act.record(other, "triage.issue_merged", {"into": row.id})

    def _members(self, row: HotIssue, issue: Issue) -> None:
        reports = [self.gathered[key].report for key in issue.members]
        self.act.also(
            "UPDATE triage_issuemember SET is_current = (report = ANY(%s::uuid[])) WHERE issue_id = %s",
            [reports, row.id],
        )
        known = set(IssueMember.objects.filter(issue=row.id).values_list("report", flat=True))
        for key in issue.members:
            one = self.gathered[key]
            if one.report not in known:
                self.act.insert(
                    IssueMember(
                        issue_id=row.id, report=one.report, case=one.case, at=one.at,
                        is_quoted=one.message.is_quoted,
                    )
                )  # fmt: skip

    def _day(self, row: HotIssue, issue: Issue, rank: int) -> None:
        day = self.at.astimezone(SHANGHAI).date()
        heat = issue.heat
        self.act.also(
            "INSERT INTO triage_issueday (id, issue_id, day, index, reports, people, rank) "
            "VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s) ON CONFLICT (issue_id, day) DO UPDATE SET "
            "index = EXCLUDED.index, reports = EXCLUDED.reports, people = EXCLUDED.people, "
            "rank = EXCLUDED.rank",
            [row.id, day, heat.index, heat.reports, heat.people, rank],
        )


def _returned(lapsed: Sequence[HotIssue], issue: Issue, taken: set[UUID]) -> HotIssue | None:
    """An issue that had gone and comes back: of the same place and the same matter."""
    for row in lapsed:
        if (
            issue.matter
            and row.id not in taken
            and (row.place, row.matter) == (issue.place[:60], issue.matter[:60])
        ):
            return row
    return None
