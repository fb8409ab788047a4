"""Sensitive cases keep their list; erasing leaves nothing to find."""

from __future__ import annotations

import json

import pytest

from yiwang.cases.models import Case, CaseSearch, Remark, Report
from yiwang.cases.public import (
    RESIDENT,
    CorrectionTerms,
    ask_correction,
    execute_erasure,
    follow_up_report,
    grant_access,
    mark_sensitive,
    may,
    merge_cases,
    refuse_erasure,
    request_erasure,
    revoke_access,
    void_case,
)
from yiwang.cases.replaying import replay_case, replay_report
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, receive
from yiwang.kernel.actor import EVERYWHERE, Actor, Scope
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry, check_ledger

CHIEF = Actor(account_id=uuid7(), grants={"cases.view_sensitive": EVERYWHERE, "cases.view": EVERYWHERE})
CLERK = Actor(account_id=uuid7(), grants={"cases.request_erasure": EVERYWHERE})
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
        request_erasure(actor=ERASER, at=AT, report_id=report.id, basis="本人申请")
    with pytest.raises(Invalid):
        request_erasure(actor=SYSTEM, at=AT, report_id=report.id, basis="")
    wish = request_erasure(
        actor=SYSTEM, at=AT, report_id=report.id, basis="本人申请，个人信息保护法第四十七条"
    )
    with pytest.raises(Refused):
        execute_erasure(actor=SYSTEM, at=AT, erasure_id=wish.id)
    execute_erasure(actor=ERASER, at=AT, erasure_id=wish.id)
    stored, kept = Report.objects.get(pk=report.pk), Case.objects.get(pk=case.pk)
    assert (stored.text, stored.contact, bytes(stored.salt)) == ("", None, b"")
    assert "王小明" not in kept.title
    assert "王小明" not in CaseSearch.objects.get(case=kept).body
    assert stored.follow_ups.get().text == ""
    entries = list(JournalEntry.objects.filter(stream=report.id).order_by("seq"))
    assert replay_report(stored, entries) == []
    assert replay_case(kept, list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))) == []


def test_an_erasure_is_asked_for_by_one_person_and_decided_by_another(city: City) -> None:
    report, case = receive(city)
    both = Actor(account_id=uuid7(), grants={"cases.request_erasure": EVERYWHERE, "cases.erase": EVERYWHERE})
    wish = request_erasure(actor=both, at=AT, report_id=report.id, basis="本人申请")
    with pytest.raises(Conflict, match="已有待执行的删除申请"):
        request_erasure(actor=SYSTEM, at=AT, report_id=report.id, basis="再次申请")
    with pytest.raises(Conflict, match="申请人以外的人"):
        execute_erasure(actor=both, at=AT, erasure_id=wish.id)
    refuse_erasure(actor=ERASER, at=AT, erasure_id=wish.id, reason="保存期未满")
    assert Report.objects.get(pk=report.pk).text
    again = request_erasure(actor=both, at=AT, report_id=report.id, basis="保存期已满")
    execute_erasure(actor=ERASER, at=AT, erasure_id=again.id)
    with pytest.raises(Conflict, match="已经删除"):
        request_erasure(actor=both, at=AT, report_id=report.id, basis="第三次")
    kinds = [e.kind for e in JournalEntry.objects.filter(stream=case.id).order_by("seq")]
    assert kinds[1:] == [
        "cases.erasure_requested", "cases.erasure_refused", "cases.erasure_requested", "cases.report_erased",
    ]  # fmt: skip


def test_erasing_takes_the_words_of_corrections_too(city: City) -> None:
    report, case = receive(city, title="王小明家门口的垃圾")
    terms = CorrectionTerms(title="梅园三号楼垃圾", address="王小明家旁")
    correction = ask_correction(actor=SYSTEM, at=AT, case_id=case.id, terms=terms, reason="隐去姓名")
    wish = request_erasure(actor=SYSTEM, at=AT, report_id=report.id, basis="本人申请")
    execute_erasure(actor=ERASER, at=AT, erasure_id=wish.id)
    correction.refresh_from_db()
    assert "王小明" not in f"{correction.before}{correction.after}"
    assert bytes(correction.salt) == b""


def test_the_last_erasure_of_a_case_takes_what_staff_wrote_and_the_proof_still_holds(city: City) -> None:
    first, case = receive(city, title="王小明家门口的垃圾")
    second, other = receive(city)
    merge_cases(actor=SYSTEM, at=AT, survivor=case.id, absorbed=other.id, reason="同一地点，王小明说的")
    void_case(actor=SYSTEM, at=AT, case_id=case.id, reason="王小明电话撤销")
    before = {row.seq: row.text for row in Remark.objects.filter(case=case) if row.text}
    absorbed = Remark.objects.filter(case=other).exclude(text="").count()
    assert before
    wishes = [
        request_erasure(actor=asker, at=AT, report_id=report.id, basis=basis)
        for asker, report, basis in ((CLERK, first, "本人书面申请"), (RESIDENT, second, "我是王小明"))
    ]
    execute_erasure(actor=ERASER, at=AT, erasure_id=wishes[0].id)
    texts = {row.seq: row.text for row in Remark.objects.filter(case=case)}
    assert before.items() <= texts.items(), "the other report still speaks"
    execute_erasure(actor=ERASER, at=AT, erasure_id=wishes[1].id)
    left = {row.seq: (row.text, bytes(row.salt)) for row in Remark.objects.filter(case=case)}
    kept = wishes[0].asked_seq
    assert left[kept][0] == "本人书面申请"
    assert all(found == ("", b"") for seq, found in left.items() if seq != kept)
    entries = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
    counted = [json.loads(e.body)["remarks"] for e in entries if e.kind == "cases.report_erased"]
    assert counted == [0, len(before) + absorbed + 1], "the resident's own words go too"
    committed = [e.seq for e in entries if "remark" in json.loads(e.body)]
    assert set(before) <= set(committed), "the commitments stay"
    assert replay_case(Case.objects.get(pk=case.pk), entries) == []
    assert not Remark.objects.filter(case=other).exclude(text="", salt=b"").exists()
    assert check_ledger().problems == []
