"""What an integrator writes may be nested as deep as a text can be: it is refused, and the process lives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from yiwang.intake.rules.yaml_tree import YamlTree
from yiwang.kernel.errors import Invalid

SMALL_STACK = 256 * 1024


@pytest.fixture
def small_thread() -> Iterator[ThreadPoolExecutor]:
    """A thread with as little stack as a web server may give one."""
    before = threading.stack_size(SMALL_STACK)
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()  # starts the thread while the size holds
            yield pool
    finally:
        threading.stack_size(before)


@pytest.mark.parametrize("levels", [30, 400, 2_000, 100_000])
@pytest.mark.parametrize(
    "shape", ["brackets", "braces", "dashes", "columns"], ids=lambda shape: f"nested_by_{shape}"
)
def test_a_file_nested_too_deep_is_refused(shape: str, levels: int, small_thread: ThreadPoolExecutor) -> None:
    text = {
        "brackets": lambda: "a: " + "[" * levels + "]" * levels,
        "braces": lambda: "a: " + "{b: " * levels + "c" + "}" * levels,
        "dashes": lambda: "a:\n " + "- " * levels + "b",
        "columns": lambda: "\n".join(" " * column + "b:" for column in range(min(levels, 800))),
    }[shape]()
    with pytest.raises(Invalid, match=r"层次过深|不是有效的 YAML|文件过长"):
        small_thread.submit(YamlTree.read, text, "渠道定义").result()


def test_short_and_long_lines_are_read_alike() -> None:
    short = "a:\n  b: [1, 二]\n  c: {d: 'e', f: }\n"
    note = "# " + "说明" * 400 + "\n"
    assert YamlTree.read(short, "渠道定义").tree == YamlTree.read(note + short, "渠道定义").tree
    assert YamlTree.read(short, "渠道定义").tree == {"a": {"b": ["1", "二"], "c": {"d": "e", "f": None}}}


@pytest.mark.parametrize("lead", ["", "# " + "说" * 600 + "\n"], ids=["short_lines", "a_long_line"])
def test_an_error_names_its_line_whoever_reads(lead: str) -> None:
    with pytest.raises(Invalid) as caught:
        YamlTree.read(f"{lead}a: 1\nb: [1, 2\nc: 3\n", "渠道定义")
    assert caught.value.details["line"] == 3 + len(lead.splitlines())
