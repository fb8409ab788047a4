"""Photos and part codes of repeats: hashes that survive sending, read for many cases, found again."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from yiwang.cases.models import Case, Report
from yiwang.cases.public import Picture, attach_evidence, merge_cases
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, picture, receive
from yiwang.files.models import Attachment
from yiwang.files.storage import content_store
from yiwang.ledger.public import relay_once
from yiwang.triage.models import Proposal, RepeatKey
from yiwang.triage.queries.pictures import picture_hashes
from yiwang.triage.queries.said import first_reports, said_of_all
from yiwang.triage.rules.part_codes import part_code_in
from yiwang.triage.rules.proposals import RepeatOutcome, RepeatProposal
from yiwang.triage.rules.repeats.features import OTHER_PICTURE, SAME_PICTURE
from yiwang.triage.rules.repeats.pictures import difference_hash
from yiwang.triage.rules.said import Said
from yiwang.triage.services.proposing import propose_waiting
from yiwang.triage.services.repeats import find_repeats

LATER = AT + timedelta(hours=1)
LON, LAT = 118.78, 32.05
LAMP, ODD = "梅园小区门口路灯不亮", "这里晚上黑得吓人，老人走路看不见"
CODE, OTHER_CODE = "3201110106000034", "3201110106000035"


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"  # type: ignore[attr-defined]


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def scene(seed: int) -> Image.Image:
    """What a camera may see: soft shapes of any tone, with noise on them."""
    dice = np.random.default_rng(seed)
    shapes = Image.fromarray(dice.integers(0, 256, (12, 16, 3), np.uint8)).resize((1280, 960))
    noise = dice.normal(0, 6, (960, 1280, 3))
    return Image.fromarray(np.clip(np.asarray(shapes) + noise, 0, 255).astype(np.uint8))


def photo(seed: int, *, width: int = 1280, quality: int = 90, kind: str = "JPEG") -> bytes:
    out = BytesIO()
    scene(seed).resize((width, width * 3 // 4)).save(out, kind, quality=quality)
    return out.getvalue()


def apart(one: bytes, other: bytes) -> int:
    first, second = difference_hash(one), difference_hash(other)
    assert first is not None
    assert second is not None
    return (first ^ second).bit_count()


# -- the hash -----------------------------------------------------------------------------------------
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(320, 1000), st.integers(40, 95), st.sampled_from(["JPEG", "WEBP"]))
def test_a_photo_sent_smaller_and_compressed_anew_keeps_its_hash(
    seed: int, width: int, quality: int, kind: str
) -> None:
    assert apart(photo(seed), photo(seed, width=width, quality=quality, kind=kind)) <= SAME_PICTURE


def test_photos_of_other_scenes_lie_far_apart() -> None:
    photos = [photo(seed, width=640) for seed in range(6)]
    between = [apart(a, b) for n, a in enumerate(photos) for b in photos[:n]]
    assert min(between) > 2 * SAME_PICTURE
    assert sorted(between)[len(between) // 2] >= OTHER_PICTURE


def test_the_highest_bit_is_the_pair_at_the_top_left() -> None:
    grey = np.full((80, 90), 60, np.uint8)
    grey[:10, 10:20] = 200
    out = BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    assert difference_hash(out.getvalue()) == 1 << 63


def test_a_broken_or_empty_picture_has_no_hash() -> None:
    whole = photo(1)
    assert difference_hash(b"") is None
    assert difference_hash(b"no picture at all") is None
    assert difference_hash(whole[: len(whole) // 3]) is None
    assert difference_hash(picture("red").getvalue()) is None


# -- part codes ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("灯杆编号3201110106000034不亮", ""), CODE),
        (("路灯不亮", "灯杆（3201110106000034）旁"), CODE),
        (("工单2026030112345678未办，灯杆3201110106000034", ""), CODE),
        (("卡号6222020106000034123", ""), ""),
        (("3201110106000000", ""), ""),
        (("3299990106000034", ""), ""),
    ],
)
def test_only_a_code_of_a_known_district_is_a_part(texts: tuple[str, str], found: str) -> None:
    assert part_code_in(*texts, is_district={"320111"}.__contains__) == found


# -- cases --------------------------------------------------------------------------------------------
def opened(city: City, text: str, *photos: bytes, minutes: int = 0, east: float = 0, **more: object) -> Case:
    at = AT + timedelta(minutes=minutes)
    _report, case = receive(
        city, text=text, at=at, address="", contact=None, lon=LON + east / 94_000, lat=LAT, **more
    )
    if photos:
        attach(case, *photos)
    relay_all()
    return case


def attach(case: Case, *photos: bytes, stage: str = "scene") -> None:
    kept = [Picture(stage, BytesIO(content), f"{n}.jpg") for n, content in enumerate(photos)]
    attach_evidence(actor=SYSTEM, at=AT + timedelta(minutes=2), case_id=case.id, pictures=kept)


def relay_all() -> None:
    while relay_once(at=LATER):
        pass


def read(case: Case) -> Said:
    return said_of_all([first_reports([case.id])[case.id]])[0]


def found_for(case: Case) -> RepeatProposal:
    return find_repeats([read(case)], at=LATER)[0]


def words(proposal: RepeatProposal) -> set[str]:
    return {reason.words for candidate in proposal.candidates for reason in candidate.reasons}


def test_the_same_photo_nearby_is_a_repeat_whatever_the_words(city: City) -> None:
    older = opened(city, LAMP, photo(7))
    plain = opened(city, ODD, minutes=10, east=30)
    other = opened(city, ODD, photo(8), minutes=15, east=30)
    again = opened(city, ODD, photo(7, width=500, quality=60), minutes=20, east=30)
    named = {c.case_id: c for c in found_for(again).candidates}
    assert older.id in named
    assert "照片几乎相同" in {reason.words for reason in named[older.id].reasons}
    assert "照片几乎相同" not in words(found_for(other))
    likely = {c.case_id: c.score for c in found_for(plain).candidates}
    assert named[older.id].score > likely.get(older.id, 0)


def test_the_chain_sees_the_photo(city: City) -> None:
    older = opened(city, LAMP, photo(7))
    again = opened(city, ODD, photo(7, width=640, quality=60), minutes=20, east=30)
    while propose_waiting(at=LATER):
        pass
    repeat = Proposal.objects.get(case=again.id).body["repeat"]
    assert repeat["outcome"] in {RepeatOutcome.SUGGEST, RepeatOutcome.MERGE}
    assert repeat["case_id"] == str(older.id)
    assert "照片几乎相同" in str(repeat)


def test_a_photo_that_comes_after_its_report_is_compared_too(city: City) -> None:
    case = opened(city, LAMP)
    assert RepeatKey.objects.get().pictures == []
    attach(case, photo(7), stage="before")
    relay_all()
    assert RepeatKey.objects.get().pictures == []
    attach(case, photo(7))
    relay_all()
    kept = RepeatKey.objects.get().pictures
    assert [value & (1 << 64) - 1 for value in kept] == list(picture_hashes([case.id])[case.id])


def test_photos_belong_to_the_report_that_opened_the_case(city: City) -> None:
    into, gone = opened(city, LAMP, photo(7)), opened(city, LAMP, photo(8), minutes=5)
    merge_cases(actor=SYSTEM, at=LATER, survivor=into.id, absorbed=gone.id, reason="同一处")
    relay_all()
    own, merged = Report.objects.order_by("received_at")
    assert len(RepeatKey.objects.get(report=own.id).pictures) == 1
    assert RepeatKey.objects.get(report=merged.id).pictures == []
    Report.objects.filter(id=own.id).update(erased_at=LATER)
    assert (read(into).key, read(into).pictures) == (merged.id, ())


def test_pictures_of_many_cases_cost_one_query_and_at_most_four_are_read(city: City) -> None:
    cases = [opened(city, LAMP, minutes=n) for n in range(3)]
    attach(cases[0], *(photo(seed, width=320) for seed in range(5)))
    pairs = list(first_reports([case.id for case in cases]).values())
    said_of_all(pairs)
    with CaptureQueriesContext(connection) as queries:
        counts = [len(one.pictures) for one in said_of_all(pairs)]
    assert sorted(counts) == [0, 0, 4]
    assert len(queries) == 1


def test_a_picture_that_is_gone_or_shows_nothing_holds_nothing_up(city: City) -> None:
    case = opened(city, LAMP, photo(31), picture("red").getvalue())
    assert len(picture_hashes([case.id])[case.id]) == 1
    lost = opened(city, LAMP, minutes=5)
    attach(lost, photo(32))
    content_store().delete(Attachment.objects.get(owner_id=lost.id).thumb_sha256)
    assert read(lost).pictures == ()


def test_a_part_code_in_the_words_makes_two_reports_one_part(city: City) -> None:
    older = opened(city, f"灯杆{CODE}不亮")
    assert RepeatKey.objects.get(case=older.id).part_code == CODE
    same = opened(city, f"编号{CODE}的杆子有问题", minutes=5, east=60)
    other = opened(city, f"编号{OTHER_CODE}的杆子有问题", minutes=9, east=60)
    assert read(same).part_code == CODE
    assert "部件编码相同" in words(found_for(same))
    assert "部件编码相同" not in words(found_for(other))
