"""Watched folders 监视文件夹: which files are taken, when they are complete, and how their end is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .yaml_tree import YamlTree

DONE, FAILED = "done", "failed"
_KEYS = frozenset({"folder", "every_seconds", "settle_seconds", "keep_days"})
_FOLDER = re.compile(r"[^\s./\\][^/\\]{0,59}")
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".swp", ".download", ".lock")
#: Problems that a report beside the file lists.
MOST_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """Settings 设置 of a files channel.

    Attributes:
        folder: below the channel's inbox; empty for the inbox itself.
        every_seconds: pause between two looks.
        settle_seconds: how long a file must stay unchanged before it is taken.
        keep_days: how long files and reports stay in `done` and `failed`.
    """

    folder: str = ""
    every_seconds: int = 10
    settle_seconds: int = 10
    keep_days: int = 30


def folder_settings(tree: YamlTree) -> FolderSettings:
    """The settings of a files channel, checked.

    Raises:
        Invalid: the first that is wrong, with its line.
    """
    tree.known(_KEYS)
    folder = tree.text("folder", most=60)
    if folder and (not _FOLDER.fullmatch(folder) or folder in {DONE, FAILED}):
        tree.wrong("folder", value=folder, remedy="请填写一层文件夹名，不含斜杠，不以点开头。")
    return FolderSettings(
        folder,
        tree.count("every_seconds", 10, 1, 3_600),
        tree.count("settle_seconds", 10, 0, 3_600),
        tree.count("keep_days", 30, 1, 3_650),
    )


def is_file_name(name: str) -> bool:
    """Whether a name is a file's that somebody means to hand in; what programs write meanwhile is not."""
    return not name.startswith((".", "~$")) and not name.lower().endswith(_UNFINISHED)


@dataclass(frozen=True, slots=True)
class Seen:
    """How a file looked 文件状态: size in bytes, time of change in nanoseconds."""

    size: int
    changed: int


@dataclass(slots=True)
class Watch:
    """What is remembered of a folder between two looks 监视记录: since when each file looks as it does."""

    since: dict[str, tuple[Seen, float]] = field(default_factory=dict)

    def settled(self, files: Mapping[str, Seen], *, now: float, settle_seconds: float) -> list[str]:
        """Names of the files that have looked the same for long enough, the oldest change first.

        Args:
            files: what lies there now.
            now: seconds of a clock that only goes forward.

        >>> watch = Watch()
        >>> watch.settled({"a.csv": Seen(1, 1)}, now=0, settle_seconds=5)
        []
        >>> watch.settled({"a.csv": Seen(1, 1)}, now=5, settle_seconds=5)
        ['a.csv']
        """
        for name in set(self.since) - set(files):
            del self.since[name]
        ready = []
        for name, seen in files.items():
            before, since = self.since.get(name, (None, now))
            if before != seen:
                since = now
            self.since[name] = (seen, since)
            if seen.size and now - since >= settle_seconds:
                ready.append(name)
        return sorted(ready, key=lambda name: (files[name].changed, name))


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that could not be taken 未入库的行."""

    line: int | None
    reason: str
    field: str
    value: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of a file 文件结果; `failure` is empty when it was read to its end."""

    file: str
    sha256: str
    channel: str
    mapping: str
    at: str
    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    failure: str = ""
    is_known: bool = False


def report_text(result: FileResult, problems: Iterable[Problem]) -> str:
    """The report that lies beside a file 处理报告, for the person who handed it in."""
    lines = [
        f"文件：{result.file}",
        f"渠道：{result.channel}    映射：{result.mapping}    处理时间：{result.at}",
        f"校验值（SHA-256）：{result.sha256}",
    ]
    if result.failure:
        lines.append(f"结果：未能处理。{result.failure}")
    else:
        same = "（与以前处理过的文件完全相同，没有新增）" if result.is_known else ""
        lines.append(f"结果：已处理{same}")
    lines.append(
        f"读取 {result.read} 行：入库 {result.accepted}，未变 {result.unchanged}，隔离 {result.quarantined}。"
    )
    listed = list(problems)
    if listed:
        lines += [
            "",
            "以下各行已进入隔离数据，请在系统中更正，或改好后重新放入：",
            "行号\t原因\t字段\t原值\t处理建议",
        ]
        lines += ["\t".join(map(_cell, (p.line, p.reason, p.field, p.value, p.remedy))) for p in listed]
        if result.quarantined > len(listed):
            lines.append(f"……其余 {result.quarantined - len(listed)} 行请在系统的“隔离数据”中查看。")
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return " ".join(str("" if value is None else value).split())
