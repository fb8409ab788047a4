"""Our table of the schema against broken messages, and against the schema file itself where it is at hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from yiwang.intake.rules.cap.documents import read_document
from yiwang.intake.rules.cap.schema import CAP_11, CAP_12, SEQUENCES, XMLDSIG, schema_problems

from .messages import block, message

FULL = (
    "<responseType>Shelter</responseType>",
    "<resource><resourceDesc>图</resourceDesc><mimeType>image/png</mimeType><size>+12</size></resource>",
    "<altitude>-.5</altitude><ceiling>10.</ceiling>",
)

PLAIN = "<geocode><value>1</value></geocode>"


def problems(text: str, namespace: str = CAP_12) -> list[tuple[str, str]]:
    found = schema_problems(read_document(text.encode()), namespace=namespace)
    return [(problem.kind, problem.path) for problem in found]


def test_a_whole_message_is_valid() -> None:
    assert problems(message()) == []
    assert problems(message(msg_type="Update", references="a,b,c", infos=block() + block())) == []
    assert problems(message(namespace=CAP_11)) == [("namespace", "alert")]
    assert problems(message(namespace=CAP_11), CAP_11) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (message(sender=""), ("missing", "alert/sender")),
        (message(category=""), ("missing", "alert/info/category")),
        (message(status="actual"), ("value", "alert/status")),
        (message(status=" Actual"), ("value", "alert/status")),
        (message(sent="2026-07-01T08:00:00Z"), ("value", "alert/sent")),
        (message(sent="2026-02-29T08:00:00+08:00"), ("value", "alert/sent")),
        (message(language="中文"), ("value", "alert/info/language")),
        (message(event="a</event><event>b"), ("order", "alert/info/event")),
        (message(more="<event>late</event>"), ("order", "alert/info/event")),
        (message(headline="<b>x</b>"), ("order", f"alert/info/headline/{{{CAP_12}}}b")),
        (message(infos="text"), ("text", "alert")),
        (message().replace("<info>", '<info xml:lang="zh">'), ("attribute", "alert/info")),
        (message(area=PLAIN), ("missing", "alert/info/area/geocode/valueName")),
        (message(area="<altitude>high</altitude>"), ("value", "alert/info/area/altitude")),
    ],
)  # fmt: skip
def test_each_way_out_of_the_schema_is_named_with_its_place(text: str, problem: tuple[str, str]) -> None:
    assert problems(text)[0] == problem


def every_change(text: str) -> list[tuple[str, str]]:
    """A message changed in every single place: elements left out, doubled, moved; values and attributes."""
    root = etree.fromstring(text.encode())
    count = sum(1 for _ in root.iter(etree.Element))
    changes: dict[str, Callable[[etree._Element], object]] = {
        "removed": lambda e: e.getparent().remove(e),
        "doubled": lambda e: e.addnext(etree.fromstring(etree.tostring(e, with_tail=False))),
        "last": lambda e: e.getparent().append(e),
        "first": lambda e: e.getparent().insert(0, e),
        "emptied": lambda e: e.clear(keep_tail=True),
        "renamed": lambda e: setattr(e, "tag", f"{{{CAP_12}}}other"),
        "foreign": lambda e: setattr(e, "tag", "{urn:other}other"),
        "text": lambda e: setattr(e, "text", "暴雨"),
        "blank": lambda e: setattr(e, "text", f"  {e.text or ''}\n"),
        "attribute": lambda e: e.set("id", "1"),
        "comment": lambda e: e.insert(0, etree.Comment("x")),
        "signature": lambda e: e.addnext(etree.Element(f"{{{XMLDSIG}}}Signature")),
    }
    found = []
    for place in range(1, count):
        for name, change in changes.items():
            copy = etree.fromstring(text.encode())
            element = list(copy.iter(etree.Element))[place]
            change(element)
            found.append((f"{name} {place}", etree.tostring(copy, encoding="unicode")))
    return found


def values() -> list[tuple[str, str]]:
    times = [
        "2026-07-01T24:00:00-00:00",
        "2026-07-01T24:00:01-00:00",
        "2026-07-01T08:00:00+14:00",
        " ",
        "2026-07-01T08:00:00+14:01",
        "2026-13-01T08:00:00+08:00",
        "2026-07-01T08:00:60+08:00",
        " 2026-07-01T08:00:00+08:00\n",
        "2026-07-01T08:00:00,08:00",
        "0001-01-01T00:00:00+08:00",
    ]
    made = [(f"effective {value}", message(effective=value)) for value in times]
    for name, listed in {
        "size": ["1", "-1", "1.0", "", " 7 ", "x"],
        "altitude": ["1", "-.5", "5.", ".", "1e3", "", " 2 "],
        "language": ["zh-CN", "zh_CN", "", "toolongword", "a-b-c", " en ", "1a"],
    }.items():
        for value in listed:
            inner = f"<{name}>{value}</{name}>"
            if name == "size":
                given = {"more": f"<resource><resourceDesc/><mimeType/>{inner}</resource>"}
            elif name == "altitude":
                given = {"area": inner}
            else:
                given = {"infos": block().replace("<language>zh-CN</language>", inner)}
            made.append((f"{name} {value!r}", message(**given)))
    return made


@pytest.mark.real_data
def test_our_table_says_what_the_schema_file_says(real_data: Path) -> None:
    schema = etree.XMLSchema(etree.parse(real_data / "cap" / "CAP-v1.2.xsd"))
    samples = [
        message(infos=block().replace("</event>", f"</event>{FULL[0]}")),
        message(more=FULL[1], area=FULL[2]),
        message(references="a", infos=""),
    ]
    changed = [(f"sample {n}", text) for n, text in enumerate(samples)] + values()
    for sample in samples:
        changed += every_change(sample)
    for path in sorted((real_data / "cap").glob("*.[cx][am][pl]")):
        text = path.read_bytes().decode().partition("?>")[2].replace(CAP_11, CAP_12)
        some = every_change(text.strip())
        changed.append((path.name, text))
        changed += random.Random(1).sample(some, min(400, len(some)))
    differing, verdicts = [], set()
    for name, text in changed:
        root = read_document(text.encode())
        ours, theirs = not schema_problems(root), schema.validate(root)
        verdicts.add(theirs)
        # libxml2 lets a signature stand before an info, which the schema's sequence does not.
        before_info = root.find(f"{{{XMLDSIG}}}Signature/../{{{CAP_12}}}info") is not None
        if ours != theirs and not (theirs and before_info and name.startswith("signature")):
            differing.append((name, ours, theirs, [str(each) for each in schema_problems(root)][:1]))
    assert differing == []
    assert verdicts == {True, False}
    assert len(changed) > 2_000


def test_the_table_names_every_sequence_it_refers_to() -> None:
    kinds = {part.kind for parts in SEQUENCES.values() for part in parts}
    assert set(SEQUENCES) - {"alert"} <= kinds


@pytest.mark.real_data
def test_the_real_messages_are_read_and_their_deviations_known(real_data: Path) -> None:
    from yiwang.intake.rules.cap.parsing import parse_alert

    found = {}
    for path in sorted((real_data / "cap").glob("*.[cx][am][pl]")):
        alert = parse_alert(read_document(path.read_bytes()))
        found[path.name] = (alert.version, alert.msg_type, len(alert.infos), alert.deviations)
    assert found == {
        "australia.cap": ("1.2", "Alert", 2, ("empty_element", "html")),
        "canada.cap": ("1.2", "Update", 2, ("empty_element",)),
        "cap_amber_alert_example.xml": ("1.2", "Alert", 2, ()),
        "earthquake.cap": ("1.1", "Alert", 1, ("cap_11", "point_circle", "stylesheet")),
        "weather.cap": ("1.1", "Alert", 1, ("cap_11", "empty_element")),
    }
