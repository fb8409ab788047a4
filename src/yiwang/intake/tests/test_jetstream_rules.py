"""Settings of the JetStream door: what an integrator may write, and what is named as wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.queries.shipped import shipped_definitions
from yiwang.intake.rules.definition import read_definition
from yiwang.intake.rules.door_settings import check_door_settings, read_settings
from yiwang.intake.rules.jetstream_settings import is_subject, jetstream_settings
from yiwang.kernel.errors import Invalid

TEXT = next(found.text for found in shipped_definitions() if found.code == "province_jetstream")


def test_the_shipped_channel_demands_tls_and_three_servers() -> None:
    settings = read_settings(read_definition(TEXT), jetstream_settings)
    assert settings.tls
    assert settings.creates
    assert settings.addresses == [f"tls://queue{n}.province.example:4222" for n in (1, 2, 3)]
    assert (settings.batch, settings.ack_wait, settings.username) == (500, 60.0, "nanjing")


@pytest.mark.parametrize(("old", "new", "key"), [
    ("[queue1.province.example:4222, queue2.province.example:4222, queue3.province.example:4222]", "[]",
     "settings.servers"),
    ("queue1.province.example:4222", "nats://queue1:4222", "settings.servers.0"),
    ("queue1.province.example:4222", "user@queue1:4222", "settings.servers.0"),
    ("queue1.province.example:4222", "queue1:70000", "settings.servers.0"),
    ("stream: APPEALS", "stream: A.B", "settings.stream"),
    ("durable: yiwang", "durable: two words", "settings.durable"),
    ("subject: appeals.320100.>", "subject: appeals.>.new", "settings.subject"),
    ("username: nanjing", "batch: 5000", "settings.batch"),
    ("username: nanjing", "ack_wait: 1 s", "settings.ack_wait"),
    ("username: nanjing", "ack_wait: soon", "settings.ack_wait"),
    ("username: nanjing", "password: secret", "settings.password"),
])  # fmt: skip
def test_a_wrong_setting_is_refused_with_its_line(old: str, new: str, key: str) -> None:
    assert old in TEXT
    with pytest.raises(Invalid) as refused:
        check_door_settings(read_definition(TEXT.replace(old, new, 1)))
    assert refused.value.details["key"] == key
    assert refused.value.details["line"] > 1


@given(st.lists(st.text("abcXYZ0189_-", min_size=1, max_size=8), min_size=1, max_size=6))
def test_words_between_dots_are_a_subject_and_an_empty_word_never_is(words: list[str]) -> None:
    assert is_subject(".".join(words))
    assert is_subject(".".join([*words, ">"]))
    assert is_subject(".".join(["*", *words]))
    assert not is_subject(".".join([*words, ""]))
    assert not is_subject(".".join([*words, ">", "more"]))
    assert not is_subject(".".join(words) + "\r\nPUB x 0")
