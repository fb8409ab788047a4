"""Every registered panel keeps to its own budget of queries, and its view is the one that is counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from yiwang.cases.models import Case
from yiwang.cases.tests.factories import SYSTEM, City, dispatched, make_city
from yiwang.catalog.public import ResponsibilityDraft, create_draft
from yiwang.intake.enums import TransferState
from yiwang.intake.models import Channel, Transfer, TransferUpdate
from yiwang.intake.tests.cap.test_alert_pages import around_now, take
from yiwang.intake.tests.test_open311_client import connect
from yiwang.interface.panels import Panel, panels
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import PostKind
from yiwang.triage.models import Replay

pytestmark = pytest.mark.django_db
PANELS = [panel for panel in panels() if not panel.name.startswith("tests.")]


@pytest.fixture
def city() -> City:
    """A day of city life: cases under handling, alerts in force, and a post that may see every panel."""
    city = make_city()
    acts = sorted({panel.act for panel in PANELS if panel.act} | {"cases.view", "catalog.edit"})
    grants = [{"act": act, "scope": "everywhere"} for act in acts]
    PostKind.objects.filter(code="leader").update(grants=grants)
    bump_now("post_kinds")
    channel = connect("https://neighbour.example/open311", "k")
    for number in range(6):
        take(around_now(identifier=f"alert-{number}"))
        case = dispatched(city, at=timezone.now())
        _hand_over(channel, case)
    return city


def _hand_over(channel: Channel, case: Case) -> None:
    """Four transfers of a case, ended each in its way, with what the other side said."""
    ends = (TransferState.CLOSED, *(TransferState.CANCELLED,) * 3)
    for state in ends:
        row = Transfer.objects.create(
            channel=channel, case=case.id, reference=f"{case.number}-{state}-{uuid4().hex[:6]}", state=state,
            proposal="unsolved", status="duplicate", created_at=timezone.now(),
        )  # fmt: skip
        TransferUpdate.objects.create(transfer=row, at=timezone.now(), status="duplicate", notes="see 5")


def _draft() -> ResponsibilityDraft:
    """A draft of the responsibility list with three replays that have ended."""
    at = timezone.now()
    draft = create_draft(
        actor=SYSTEM, at=at, title="路灯改由街道办", takes_effect=at.date() + timedelta(days=9)
    )
    for _number in range(3):
        Replay.objects.create(
            draft=draft, draft_version=draft.version, months=3, asked_at=at, since=at, until=at, state="done"
        )
    return draft


def test_there_are_panels() -> None:
    assert {panel.owner_type for panel in PANELS} >= {"workbench.desk", "cases.case"}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_a_panel_answers_within_its_budget(panel: Panel, city: City) -> None:
    account = city.login("leader", area="city")
    owners: dict[str, Callable[[], UUID]] = {
        "workbench.desk": lambda: account.id,
        "cases.case": lambda: Case.objects.order_by("number")[0].id,
        "catalog.draft": lambda: _draft().id,
    }
    assert panel.owner_type in owners, f"name an owner of type {panel.owner_type} here"
    address = reverse(panel.url_name, args=[owners[panel.owner_type]()])
    view = resolve(address).func
    assert getattr(view, "budget_of", "") == panel.name, "put @within_budget(PANEL) on the view"
    client = Client()
    client.force_login(account)
    for _ in range(2):  # with every cache cold, and warm
        assert client.get(address, headers={"HX-Request": "true"}).status_code == 200
