"""Sensitive cases keep their list; erasing leaves nothing to find."""

from __future__ import annotations

import pytest

from yiwang.cases.models import Case, CaseSearch, Report
from yiwang.cases.public import (
    erase_report,
    follow_up_report,
    grant_access,
    mark_sensitive,
    may,
    revoke_access,
)
from yiwang.cases.replaying import replay_case, replay_report
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, receive
from yiwang.kernel.actor import EVERYWHERE, Actor, Scope
from yiwang.kernel.errors import Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry

CHIEF = Actor(account_id=uuid7(), grants={"cases.view_sensitive": EVERYWHERE, "cases.view": EVERYWHERE})
ERASER = Actor(account_id=uuid7(), grants={"cases.erase": EVERYWHERE})


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def test_a_sensitive_case_is_seen_by_its_list_only(city: City) -> None:
    _, case = receive(city)
    clerk = Actor(
        account_id=uuid7(), grants={"cases.view": Scope(communities=frozenset({city.area("east_1_a")}))}
    )
    assert may(clerk, "cases.view", case)
    case = mark_sensitive(actor=CHIEF, at=AT, case_id=case.id, is_sensitive=True, reason="涉未成年人")
    assert not may(clerk, "cases.view", case)
    with pytest.raises(Refused):
        grant_access(actor=clerk, at=AT, case_id=case.id, account=clerk.account_id)
    row = grant_access(actor=CHIEF, at=AT, case_id=case.id, account=clerk.account_id)
    assert may(clerk, "cases.view", case)
    revoke_access(actor=CHIEF, at=AT, access_id=row.id)
    assert not may(clerk, "cases.view", case)


def test_erasing_takes_words_contact_and_index_and_the_proof_still_holds(city: City) -> None:
    report, case = receive(city, text="我叫王小明，住梅园三号楼", address="梅园三号楼")
    follow_up_report(actor=SYSTEM, at=AT, report_id=report.id, kind="addition", text="王小明补充")
    with pytest.raises(Refused):
        erase_report(actor=SYSTEM, at=AT, report_id=report.id, basis="本人申请")
    with pytest.raises(Invalid):
        erase_report(actor=ERASER, at=AT, report_id=report.id, basis="")
    erase_report(actor=ERASER, at=AT, report_id=report.id, basis="本人申请，个人信息保护法第四十七条")
    stored, kept = Report.objects.get(pk=report.pk), Case.objects.get(pk=case.pk)
    assert (stored.text, stored.contact, bytes(stored.salt)) == ("", None, b"")
    assert "王小明" not in kept.title
    assert "王小明" not in CaseSearch.objects.get(case=kept).body
    assert stored.follow_ups.get().text == ""
    entries = list(JournalEntry.objects.filter(stream=report.id).order_by("seq"))
    assert replay_report(stored, entries) == []
    assert replay_case(kept, list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))) == []
