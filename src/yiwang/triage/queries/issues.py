"""Reads of hot issues 热点问题: inside what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from ...cases.public import Case, visible_to
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...kernel.errors import NotFound
from ...orgs.public import area_index
from ..models import HotIssue, IssueDay, IssueMember, IssueRun, PublicAnswer

VIEW = "cases.view"
_HOTTEST = Order("hottest", "index", descending=True)
_NEWEST = Order("newest", "published_at", descending=True)
#: Months in which an issue must have come up to be a regular topic (高频共性问题).
REGULAR_MONTHS = 3
#: Members shown on an issue's page, and days of its trend.
MOST_MEMBERS, TREND_DAYS = 100, 60


@dataclass(frozen=True, slots=True)
class MemberView:
    """A case of an issue that the actor may see, with the instant of its report."""

    case: Case
    at: datetime


@dataclass(frozen=True, slots=True)
class Members:
    """Members of an issue: cases to be seen, and how many more there are that may not be shown here."""

    rows: list[MemberView]
    elsewhere: int


def issues_for(actor: Actor) -> QuerySet[HotIssue]:
    """Issues of which the actor may see some report's community.

    - everywhere: all;
    - communities: those that lie in one of them;
    - units alone: none, as an issue belongs to places.
    """
    scope = actor.scope(VIEW)
    if scope.everywhere:
        return HotIssue.objects.all()
    if not scope.communities:
        return HotIssue.objects.none()
    return HotIssue.objects.filter(communities__overlap=sorted(scope.communities))


def issue_page(
    actor: Actor, *, lens: UUID | None, days: int, within: UUID | None = None, regular: bool = False,
    cursor: str = "",
) -> Page[HotIssue]:  # fmt: skip
    """Current issues of a lens, hottest first.

    Args:
        lens: the area that was reckoned, None for the whole city.
        within: only those that touch this area.
        regular: only those that came up in several months.
    """
    rows = issues_for(actor).filter(area=lens, days=days, is_current=True)
    if within is not None:
        rows = rows.filter(communities__overlap=sorted(area_index().communities_under(within)))
    if regular:
        rows = rows.filter(months__len__gte=REGULAR_MONTHS)
    return page_by_key(rows, _HOTTEST, cursor=cursor)


def issue_for(actor: Actor, issue_id: UUID) -> HotIssue:
    """One issue.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    row = issues_for(actor).filter(pk=issue_id).first()
    if row is None:
        raise NotFound("没有这个热点问题。", code="triage.no_such_issue")
    return row


def members_of(actor: Actor, issue: HotIssue) -> Members:
    """Its cases inside the actor's scope, newest report first; sensitive ones only for the cleared."""
    held = list(
        IssueMember.objects.filter(issue=issue.id, is_current=True)
        .order_by("-at", "-id")
        .values_list("case", "at")[: MOST_MEMBERS * 5]
    )
    cases = visible_to(actor).in_bulk([key for key, _at in held[:MOST_MEMBERS]])
    rows = [MemberView(cases[key], at) for key, at in held[:MOST_MEMBERS] if key in cases]
    return Members(
        list({row.case.id: row for row in reversed(rows)}.values())[::-1], issue.reports - len(rows)
    )


def trend_of(issue: HotIssue, *, at: datetime) -> list[IssueDay]:
    """Its figures of the last sixty days, oldest first."""
    since = (at - timedelta(days=TREND_DAYS)).date()
    return list(IssueDay.objects.filter(issue=issue.id, day__gte=since).order_by("day"))


def issues_of_case(actor: Actor, case_id: UUID) -> list[HotIssue]:
    """Current issues of which a report of the case is a member, hottest first, one a lens."""
    issues = IssueMember.objects.filter(case=case_id, is_current=True).values("issue")
    return list(issues_for(actor).filter(pk__in=issues, is_current=True).order_by("-index", "id")[:5])


def answers_to(issues: list[HotIssue]) -> list[PublicAnswer]:
    """Public answers to these issues that stand, newest first."""
    keys = [issue.id for issue in issues]
    return list(PublicAnswer.objects.filter(issue__in=keys, withdrawn_at=None).order_by("-changed_at", "id"))


def answer_page(cursor: str = "") -> Page[PublicAnswer]:
    """Public answers that stand, newest first."""
    return page_by_key(PublicAnswer.objects.filter(withdrawn_at=None), _NEWEST, cursor=cursor)


def last_run(lens: UUID | None, days: int) -> IssueRun | None:
    """The latest reckoning of a lens, done or not."""
    return IssueRun.objects.filter(area=lens, days=days).order_by("-asked_at").first()
