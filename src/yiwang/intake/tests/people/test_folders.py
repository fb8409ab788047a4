"""Watched folders: a complete file is taken once, whatever dies, and its end is told beside it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.cases.public import FollowUp, Report
from yiwang.intake.doors.files import Stopped, Watcher
from yiwang.intake.models import ChannelHour, ImportRun, QuarantineEntry, RawMessage
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.rules.folders import Seen, Watch, folder_settings, is_file_name
from yiwang.intake.rules.ordinals import Ordinals
from yiwang.intake.rules.yaml_tree import YamlTree
from yiwang.intake.services import folders
from yiwang.intake.services.folders import files_in, forget_old_files, inbox_of, is_being_written, take_file
from yiwang.intake.services.handling import handle_waiting
from yiwang.kernel.errors import Invalid

from .conftest import Open

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HEAD = "二〇二六年三月台账,,,,\n编号,内容,地点,接收时间,状态\n"


@pytest.fixture
def channel(open_channel: Open, settings: Any, tmp_path: Path) -> LiveChannel:
    settings.YIWANG_HOME = tmp_path
    return open_channel("folder_export", at=AT)


def row(number: int, text: str = "", state: str = "处理中", received: str = "2026-03-02 09:15") -> str:
    return f"T{number},{text or f'第 {number} 件'},滨江大道,{received},{state}\n"


def put(channel: LiveChannel, *rows: str, name: str = "三月.csv", encoding: str = "gb18030") -> Path:
    path = inbox_of(channel) / name
    path.write_bytes((HEAD + "".join(rows)).encode(encoding))
    return path


def reports(channel: LiveChannel, name: str) -> list[str]:
    return [
        path.read_text(encoding="utf-8-sig")
        for path in sorted((inbox_of(channel) / name).glob("*.report.txt"))
    ]


def test_a_file_is_imported_moved_and_reported_on(channel: LiveChannel) -> None:
    put(channel, row(1), row(2, received="昨天"), row(3))
    result = take_file(channel=channel, path=inbox_of(channel) / "三月.csv", at=AT)
    assert (result.read, result.accepted, result.quarantined) == (3, 2, 1)
    assert files_in(inbox_of(channel)) == {}
    (told,) = reports(channel, "done")
    assert "读取 3 行：入库 2，未变 0，隔离 1。" in told
    assert "4\t时间无法识别\treceived_at\t昨天\t" in told
    assert len(list((inbox_of(channel) / "done").iterdir())) == 2
    assert sum(ChannelHour.objects.values_list("accepted", flat=True)) == 2


def test_the_same_file_again_changes_nothing_under_any_name(channel: LiveChannel) -> None:
    for name in ("三月.csv", "三月（副本）.csv"):
        result = take_file(channel=channel, path=put(channel, row(1), row(2), name=name), at=AT)
    assert (result.accepted, result.unchanged, result.is_known) == (0, 2, True)
    assert (Report.objects.count(), RawMessage.objects.count(), ImportRun.objects.count()) == (2, 2, 1)
    assert "完全相同" in reports(channel, "done")[-1] + reports(channel, "done")[0]


def test_a_later_export_adds_what_is_new_and_changes_follow_up(channel: LiveChannel) -> None:
    take_file(channel=channel, path=put(channel, row(1), row(2)), at=AT)
    later = put(channel, row(1), row(2, "第 2 件，已经扩大"), row(3), name="四月.csv")
    result = take_file(channel=channel, path=later, at=AT)
    assert (result.read, result.accepted, result.unchanged) == (3, 2, 1)
    assert handle_waiting(clock=lambda: AT).updated == 1
    assert Report.objects.count() == 3
    assert FollowUp.objects.get().text == "来源更新：\n内容：第 2 件，已经扩大"
    again = put(channel, row(2, "第 2 件，已经扩大"), name="五月.csv")
    assert take_file(channel=channel, path=again, at=AT).unchanged == 1
    assert handle_waiting(clock=lambda: AT).total == 0


def test_a_changed_state_of_an_export_is_told(channel: LiveChannel) -> None:
    take_file(channel=channel, path=put(channel, row(1)), at=AT)
    take_file(channel=channel, path=put(channel, row(1, state="已办结"), name="四月.csv"), at=AT)
    handle_waiting(clock=lambda: AT)
    assert FollowUp.objects.get().text.startswith("来源更新：\n来源状态：")


@pytest.mark.parametrize("where", ["batch", "report", "move"])
def test_a_process_that_dies_leaves_no_gap_and_no_repeat(
    channel: LiveChannel, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    path = put(channel, *(row(n) for n in range(1, 26)))

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        _in_small_batches(patched)
        if where != "batch":
            patched.setattr(folders, "report_text" if where == "report" else "_put_away", die)
        with pytest.raises(KeyboardInterrupt):
            take_file(channel=channel, path=path, at=AT, progress=die if where == "batch" else lambda n: None)
    assert 0 < Report.objects.count() <= 25
    result = take_file(channel=channel, path=path, at=AT)
    assert not result.failure
    assert result.read == 25
    assert Report.objects.count() == RawMessage.objects.count() == 25
    assert set(Report.objects.values_list("source_number", flat=True)) == {f"T{n}" for n in range(1, 26)}
    assert files_in(inbox_of(channel)) == {}
    assert not ImportRun.objects.filter(state="running").exists()


def _in_small_batches(patched: pytest.MonkeyPatch) -> None:
    real = folders.run_import
    patched.setattr(folders, "run_import", lambda **given: real(**given, batch_size=10))


def test_a_file_that_cannot_be_read_goes_to_failed_with_the_reason(channel: LiveChannel) -> None:
    path = inbox_of(channel) / "台账.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0old workbook")
    result = take_file(channel=channel, path=path, at=AT)
    assert "文件名须以" in result.failure
    assert "未能处理" in reports(channel, "failed")[0]
    empty = put(channel, name="空.csv")
    empty.write_text("\n\n", encoding="utf-8")
    assert take_file(channel=channel, path=empty, at=AT).failure
    assert not Report.objects.exists()
    assert not QuarantineEntry.objects.exists()


def test_the_watcher_takes_a_file_only_when_it_rests_and_nobody_writes(channel: LiveChannel) -> None:
    watcher, stop = Watcher(), threading.Event()

    def look(now: float) -> int:
        return watcher.look(at=AT, now=now, stop=stop)

    path = put(channel, row(1))
    (inbox_of(channel) / "~$三月.xlsx").write_bytes(b"x")
    (inbox_of(channel) / "大.csv.part").write_bytes(b"x")
    assert look(0) == 0
    with path.open("ab") as stream:
        stream.write(row(2).encode("gb18030"))
        stream.flush()
        assert look(11) == 0
        assert is_being_written(path)
        assert look(30) == 0
    assert look(45) == 1
    assert Report.objects.count() == 2
    assert sorted(files_in(inbox_of(channel))) == []
    assert look(60) == 0


def test_a_watcher_that_is_stopped_leaves_the_file_and_goes_on_later(
    channel: LiveChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_small_batches(monkeypatch)
    put(channel, *(row(n) for n in range(1, 26)))
    stop = threading.Event()
    watcher = Watcher()
    watcher.look(at=AT, now=0, stop=stop)
    stop.set()
    with pytest.raises(Stopped):
        watcher.look(at=AT, now=20, stop=stop)
    assert Report.objects.count() == 10
    stop.clear()
    assert watcher.look(at=AT, now=40, stop=stop) == 1
    assert Report.objects.count() == 25


def test_old_files_are_forgotten(channel: LiveChannel) -> None:
    take_file(channel=channel, path=put(channel, row(1)), at=AT)
    now = datetime.now(UTC)
    assert forget_old_files(channel=channel, at=now + timedelta(days=29)) == 0
    assert forget_old_files(channel=channel, at=now + timedelta(days=31)) == 2


@given(
    changes=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=1, max_size=20),
    settle=st.integers(0, 20),
)
def test_a_file_is_ready_exactly_when_it_rested_long_enough(
    changes: list[tuple[int, int]], settle: int
) -> None:
    watch, now, since, size = Watch(), 0, 0, 1
    for grown, pause in changes:
        now += pause
        if grown or now == pause:
            size, since = size + grown, now
        ready = watch.settled({"a.csv": Seen(size, 1)}, now=now, settle_seconds=settle)
        assert bool(ready) == (now - since >= settle)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("三月.csv", True), (".三月.csv", False), ("~$a.xlsx", False), ("a.csv.PART", False), ("a.tmp", False)],
)
def test_what_programs_write_meanwhile_is_no_file(name: str, is_one: bool) -> None:
    assert is_file_name(name) is is_one


@pytest.mark.parametrize("folder", ["../other", "/etc", ".hidden", "a/b", "done", "failed", ".."])
def test_a_folder_outside_the_inbox_is_refused(folder: str) -> None:
    with pytest.raises(Invalid):
        folder_settings(YamlTree.read(f"folder: {folder}\n", "渠道定义"))


@given(st.lists(st.sampled_from([bytes([n]) * 32 for n in range(5)]), max_size=40))
def test_ordinals_count_equal_rows(digests: list[bytes]) -> None:
    ordinals, seen = Ordinals(1 << 16), dict[bytes, int]()
    for digest in digests:
        seen[digest] = seen.get(digest, 0) + 1
        assert ordinals.next_of(digest) == seen[digest]


def test_a_file_that_cannot_be_opened_stays_and_the_next_one_is_taken(
    channel: LiveChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(channel, row(1), name="锁住.csv")
    put(channel, row(2), name="可读.csv")
    real = is_being_written

    def locked(path: Path) -> bool:
        if path.name == "锁住.csv":
            raise PermissionError
        return real(path)

    monkeypatch.setattr("yiwang.intake.doors.files.is_being_written", locked)
    watcher, stop = Watcher(), threading.Event()
    watcher.look(at=AT, now=0, stop=stop)
    assert watcher.look(at=AT, now=20, stop=stop) == 1
    assert list(files_in(inbox_of(channel))) == ["锁住.csv"]
    assert Report.objects.get().source_number == "T2"
