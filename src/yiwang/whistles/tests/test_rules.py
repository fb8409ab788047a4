"""Rules of whistles: the fence, the guards, the figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.ids import uuid7
from yiwang.whistles.rules.assessing import Share, frequency_words
from yiwang.whistles.rules.fence import MOST_ACCURACY, distance_metres, inside_circle
from yiwang.whistles.rules.guards import WhistleFacts, is_second_person, units_fit

HERE = (118.8, 32.0)
POINTS = st.tuples(st.floats(118.0, 119.5), st.floats(31.0, 33.0))


def test_a_hundredth_of_a_degree_of_latitude_is_about_1112_metres() -> None:
    assert round(distance_metres(HERE, (118.8, 32.01))) == 1112


def test_a_phone_that_owns_to_100_metres_is_given_them_and_no_more() -> None:
    near = (118.8, 32.0 + 350 / 111_195)
    assert not inside_circle(near, centre=HERE, radius=200, accuracy=100).inside
    assert inside_circle(near, centre=HERE, radius=251, accuracy=100).inside
    assert not inside_circle(near, centre=HERE, radius=200, accuracy=5000).inside


def test_nobody_without_a_position_is_inside() -> None:
    assert inside_circle(None, centre=HERE, radius=10_000).inside is False


@given(POINTS, POINTS, st.floats(1, 5000), st.floats(0, 10_000))
def test_a_larger_fence_never_shuts_anybody_out(
    here: tuple[float, float], centre: tuple[float, float], radius: float, accuracy: float
) -> None:
    small = inside_circle(here, centre=centre, radius=radius, accuracy=accuracy)
    large = inside_circle(here, centre=centre, radius=radius * 2, accuracy=accuracy)
    assert large.inside or not small.inside
    assert small.inside == (distance_metres(here, centre) - min(accuracy, MOST_ACCURACY) <= radius)


@given(POINTS, POINTS)
def test_distance_is_the_same_both_ways(a: tuple[float, float], b: tuple[float, float]) -> None:
    assert distance_metres(a, b) == pytest.approx(distance_metres(b, a))


def test_a_whistle_has_one_host_nobody_twice_and_not_too_many_units() -> None:
    one, two = uuid7(), uuid7()
    assert units_fit(WhistleFacts(hosts=1, units=[one, two])) is None
    assert units_fit(WhistleFacts(hosts=1, units=[one, one])) is not None
    assert units_fit(WhistleFacts(hosts=0, units=[one])) is not None
    assert units_fit(WhistleFacts(hosts=1, units=[one, two], most_units=1)) is not None


def test_the_second_person_is_another_account() -> None:
    me = uuid7()
    assert is_second_person(WhistleFacts(actor_id=me, blown_by=me)) is not None
    assert is_second_person(WhistleFacts(actor_id=me, blown_by=uuid7())) is None


def test_rates_are_rounded_half_up_and_nothing_is_no_rate() -> None:
    assert [Share(1, 3).percent, Share(1, 2).percent, Share(1, 8).percent, Share().percent] == [
        33,
        50,
        13,
        None,
    ]


@pytest.mark.parametrize(("count", "words"), [(0, "few"), (1, "usual"), (10, "usual"), (11, "many")])
def test_too_few_and_too_many_whistles_both_show(count: int, words: str) -> None:
    assert frequency_words(count, least=1, most=10) == words


def test_no_number_is_too_many_without_an_upper_bound() -> None:
    assert frequency_words(500, least=1, most=0) == "usual"
