"""A morning of city life 演示上午: our own texts, a fixed seed, played through the real services.

Nothing here writes a row of its own: every act is one that a page or the API offers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw

from ..accounts.public import Account
from ..cases import public as cases
from ..catalog.public import catalog_index, responsible
from ..kernel.actor import Actor
from ..kernel.yaml_files import shipped_yaml
from ..orgs.public import area_index, resolve_actor
from ..places.public import place_of
from .addresses import communities_by_name, layout

SEED = 20260302
REPORTS = 160
HOURS = 4.0
DISTRICT = "320115"
#: A box around 江宁区, in WGS84 degrees; points outside the district are drawn again.
BOX = (118.52, 31.62, 119.10, 32.08)
CHANNELS = (
    ("12345", 40), ("h5", 20), ("grid", 18), ("snapshot", 10), ("digital_city", 8), ("110_non_police", 4),
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡"
GIVEN = "晓明建华秀英丽娟志强海燕小红春梅国平"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays: the actor behind each login of the demo."""

    by_login: dict[str, Actor]

    def __getitem__(self, login: str) -> Actor:
        return self.by_login[login]

    def handler_of(self, unit: UUID) -> Actor | None:
        """The first handler whose unit it is."""
        for actor in self.by_login.values():
            if unit in actor.scope("cases.handle").units:
                return actor
        return None


@cache
def texts() -> list[dict[str, Any]]:
    """The texts, each with its class, kind and weight."""
    return shipped_yaml("yiwang.simulate", "data/morning.yaml")


def gather_cast(at: datetime) -> Cast:
    """Resolve every account of the demo to who it may be now."""
    return Cast({a.username: resolve_actor(a.id, at) for a in Account.objects.filter(is_active=True)})


def play_morning(
    *, ends: datetime, tell: Callable[[int, int], None], count: int = REPORTS, seed: int = SEED
) -> int:
    """Play `count` reports over the four hours before `ends`; returns how many cases were made.

    The same seed plays the same morning; only keys, numbers and instants differ.

    Args:
        tell: called with (done, all) after each report.
    """
    dice = random.Random(seed)
    players = gather_cast(ends)
    weights = [row.get("weight", 1) for row in texts()]
    story = [*texts(), *dice.choices(texts(), weights, k=max(0, count - len(texts())))][:count]
    dice.shuffle(story)
    starts = ends - timedelta(hours=HOURS)
    for number, row in enumerate(story):
        at = starts + timedelta(hours=HOURS) * (number / max(1, count))
        _Player(players, dice, at, ends).play(row)
        tell(number + 1, count)
    return count + _tell_addresses(players, ends)


def _tell_addresses(players: Cast, ends: datetime) -> int:
    """Reports that name an address and no point, left waiting so that its proposals can be seen; how many."""
    known, reports = communities_by_name(), layout()["reports"]
    for number, row in enumerate(reports):
        draft = cases.ReportDraft(
            channel="12345",
            text=row["text"],
            kind=row["kind"],
            urgency=row["urgency"],
            address=row["address"],
            community=known[row["named"]],
            contact={"name": SURNAMES[number] + "女士", "phone": f"1390000{number:04d}"},
            entered_by_staff=True,
        )
        at = ends - timedelta(minutes=len(reports) - number)
        cases.receive_report(actor=players["operator"], at=at, draft=draft)
    return len(reports)


class _Player:
    """Plays one report as far as the dice say, never past the end of the morning."""

    def __init__(self, players: Cast, dice: random.Random, at: datetime, ends: datetime) -> None:
        self.players = players
        self.dice = dice
        self.at = at
        self.ends = ends
        self.far = dice.random()

    def later(self, low: float, high: float) -> bool:
        """Move on by some minutes; False when the morning ends before."""
        self.at += timedelta(minutes=self.dice.uniform(low, high))
        return self.at < self.ends

    def play(self, row: dict[str, Any]) -> None:
        """Register, and go on as far as the dice and the morning allow."""
        scheme, _, code = row["class"].partition("/")
        node = catalog_index().class_by_code(scheme, code)
        report, case = self.receive(row, node.id if node else None)
        if self.far < 0.12 or not self.later(1, 6):
            return
        if row.get("answer"):
            cases.answer_directly(
                actor=self.players["operator"], at=self.at, case_id=case.id, answer=row["answer"]
            )
            return
        if node is None:
            return
        if row["kind"] == "help" and self.dice.random() < 0.12 and code.startswith(("P03", "E01")):
            self.fix_on_the_spot(case)
            return
        case = cases.accept_case(actor=self.players["operator"], at=self.at, case_id=case.id)
        if case.state == "registering":
            if self.far < 0.2 or not self.later(1, 8):
                return
            case = self.register(case)
        if self.far < 0.28 or not self.later(1, 8):
            return
        self.dispatch(case, report)

    def receive(self, row: dict[str, Any], matter_class: UUID | None) -> tuple[cases.Report, cases.Case]:
        lon, lat, community = self.somewhere()
        channel = self.dice.choices([c for c, _ in CHANNELS], [w for _, w in CHANNELS])[0]
        name = self.dice.choice(SURNAMES) + "".join(self.dice.sample(GIVEN, 2))
        draft = cases.ReportDraft(
            channel=channel,
            text=row["text"],
            kind=row["kind"],
            urgency=row["urgency"],
            privacy=row.get("privacy", "open"),
            address=f"{community}{row['address']}",
            lon=lon,
            lat=lat,
            matter_class=matter_class,
            contact={"name": name, "phone": f"139{self.dice.randrange(10**8):08d}"},
            entered_by_staff=channel == "12345",
        )
        return cases.receive_report(actor=self.players["operator"], at=self.at, draft=draft)

    def somewhere(self) -> tuple[float, float, str]:
        """A point in the district and the name of its community, without 居委会 or 村委会."""
        areas = area_index()
        district = areas.by_code[DISTRICT].id
        while True:
            lon = round(self.dice.uniform(BOX[0], BOX[2]), 6)
            lat = round(self.dice.uniform(BOX[1], BOX[3]), 6)
            place = place_of(lon, lat, at=self.at)
            if place is not None and place.district_id == district and place.community_id is not None:
                name = areas.by_id[place.community_id].name
                return lon, lat, name.removesuffix("居委会").removesuffix("村委会")

    def register(self, case: cases.Case) -> cases.Case:
        assert case.matter_class is not None
        conditions = catalog_index().conditions(case.matter_class)
        return cases.register_case(
            actor=self.players["chief"], at=self.at, case_id=case.id,
            condition_id=self.dice.choice(list(conditions)).id,
        )  # fmt: skip

    def dispatch(self, case: cases.Case, report: cases.Report) -> None:
        assert case.matter_class is not None
        owner = responsible(case.matter_class, case.community, case.condition, at=self.at)
        if owner is None or owner.host_id == case.complained_unit:
            return
        cases.dispatch_case(
            actor=self.players["dispatcher"], at=self.at, case_id=case.id, host=owner.host_id,
            instruction="请尽快到现场核实处置，处置前后拍照反馈。",
        )  # fmt: skip
        handler = self.players.handler_of(owner.host_id)
        if self.far < 0.42 or handler is None or not self.later(2, 20):
            return
        cases.sign_task(actor=handler, at=self.at, case_id=case.id)
        if self.far < 0.55 or not self.later(10, 60):
            return
        self.hand_in(case, handler)
        case = cases.complete_task(
            actor=handler, at=self.at, case_id=case.id, result="已到现场处置完毕，问题已消除。"
        )
        self.finish(case, report)

    def hand_in(self, case: cases.Case, actor: Actor) -> None:
        """Pictures before and after, as the handler would take them."""
        shots = (("before", "#b4552d"), ("after", "#3d7a4b"))
        cases.attach_evidence(
            actor=actor, at=self.at, case_id=case.id,
            pictures=[
                cases.Picture(stage, picture(colour, case.number), f"{stage}.jpg") for stage, colour in shots
            ],
        )  # fmt: skip

    def finish(self, case: cases.Case, report: cases.Report) -> None:
        if case.state == "reviewing":
            if self.far < 0.6 or not self.later(2, 10):
                return
            cases.approve_feedback(actor=self.players["dispatcher"], at=self.at, case_id=case.id)
        if self.far < 0.68 or not self.later(3, 20):
            return
        cases.recheck_case(actor=self.players["inspector"], at=self.at, case_id=case.id, result="passed")
        if self.far < 0.75 or not self.later(1, 10):
            return
        cases.close_case(actor=self.players["chief"], at=self.at, case_id=case.id, ending=cases.Ending.SOLVED)
        if self.far < 0.85 or not self.later(2, 30):
            return
        happy = self.dice.random() < 0.9
        cases.rate_case(
            actor=cases.RESIDENT, at=self.at, case_id=case.id, report_id=report.id,
            outcome="solved" if happy else "unsolved",
            satisfaction="satisfied" if happy else "dissatisfied",
        )  # fmt: skip

    def fix_on_the_spot(self, case: cases.Case) -> None:
        self.hand_in(case, self.players["chief"])
        worker = self.players["gridworker"]
        if not cases.may(worker, "cases.handle_on_the_spot", case):
            worker = self.players["gridchief"]
        if cases.may(worker, "cases.handle_on_the_spot", case):
            cases.handle_on_the_spot(
                actor=worker, at=self.at, case_id=case.id, result="已现场清理完毕，并告知周边商户。"
            )


def picture(colour: str, caption: str) -> BytesIO:
    """A plain picture with a caption, so that the demo has evidence to show."""
    image = Image.new("RGB", (640, 420), colour)
    draw = ImageDraw.Draw(image)
    for step in range(0, 640, 40):
        draw.line([(step, 0), (step - 160, 420)], fill="#ffffff30", width=1)
    draw.text((20, 390), caption, fill="white")
    stream = BytesIO()
    image.save(stream, "JPEG", quality=80)
    stream.seek(0)
    return stream
