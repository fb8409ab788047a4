"""Files: intake of a city's export from a watched folder, in a process of its own whose memory is watched.

`make bench ONLY=files ROWS=5000000` takes a city-year; without ROWS it takes 200,000 rows. The file is what
offices send: GB18030, titles above the header, GCJ-02 coordinates, times as Chinese people write them.
"""

from __future__ import annotations

import json
import random
import secrets
import shutil
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from .figures import write

ROWS = 200_000
_COLUMNS = "工单编号,诉求内容,事发地址,经度,纬度,来电人,联系电话,来电时间,工单状态,办结时间"
_MATTERS = (
    "路灯不亮，夜间行走不便",
    "小区门口路面塌陷，有安全隐患",
    "楼道堆放杂物，多次反映未处理",
    "夜间施工噪声扰民",
)
_CHANNEL = """\
code: bench_files
name: 测速
kind: government
door: files
owner: 测速
mapping:
  format: csv
  crs: gcj02
  fields:
    source_number: 工单编号
    text: 诉求内容
    address: 事发地址
    lon: 经度
    lat: 纬度
    contact_name: 来电人
    contact_phone: 联系电话
    received_at: 来电时间
    state: {column: 工单状态, table: {已办结: closed}, default: received}
    closed_at: 办结时间
  required: [source_number, text, received_at]
"""


def run(rows: int = ROWS) -> None:
    """Measure `files.rows`, `files.peak_memory` and `files.memory_growth`."""
    from django.conf import settings

    folder = Path(settings.YIWANG_HOME) / "inbox" / "bench_files"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"bench-{secrets.token_hex(3)}.csv"
    generate(path, rows)
    try:
        command = [sys.executable, "-m", "tools.bench.files", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    finally:
        shutil.rmtree(folder)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["accepted"] == found["read"] == rows, found
    write("files.rows", size=rows, value=rows / found["seconds"], unit="rows/s")
    write("files.peak_memory", size=rows, value=found["peak"], unit="MB", baseline=found["before"])
    write("files.memory_growth", size=rows, value=found["late"] - found["early"], unit="MB")


def generate(path: Path, rows: int) -> None:
    """An export of so many rows, each with a number of its own."""
    dice = random.Random(rows)
    mark = secrets.token_hex(3)
    start = datetime(2025, 1, 1)  # noqa: DTZ001 - a wall clock, as exports have it
    with path.open("w", encoding="gb18030", newline="") as out:
        out.write(f"市民诉求年度导出\n导出时间：2026年1月5日\n\n{_COLUMNS}\n")
        for number in range(rows):
            came = start + timedelta(seconds=number * 31_536_000 // rows)
            closed = came + timedelta(hours=dice.randint(2, 200))
            out.write(
                f"GD{mark}{number:08d},{_MATTERS[number % 4]}，第{number}件,滨江大道{number % 900}号,"
                f"{118.6 + dice.random() * 0.5:.6f},{31.9 + dice.random() * 0.4:.6f},市民{number % 977},"
                f"139{number:08d},{came:%Y/%m/%d %H:%M:%S},已办结,{closed:%Y年%m月%d日 %H:%M}\n"
            )


def measure(path: Path) -> dict[str, float]:
    """Import a file and watch the memory of this process, in megabytes.

    `early` is the most seen in the second tenth of the rows, `late` the most in the last tenth.
    """
    from django.utils import timezone

    from yiwang.intake.queries.channels import channel_index
    from yiwang.intake.services.folders import take_file
    from yiwang.intake.services.registry import publish_channel, switch_channel
    from yiwang.kernel.actor import system_actor

    actor = system_actor("bench", "intake.channels")
    channel = publish_channel(actor=actor, at=timezone.now(), text=_CHANNEL)
    if not channel.is_enabled:
        switch_channel(actor=actor, at=timezone.now(), channel_id=channel.id, on=True)
    live = channel_index().by_code["bench_files"]
    seen = [_resident()]
    began = time.perf_counter()
    result = take_file(
        channel=live, path=path, at=timezone.now(), progress=lambda _rows: seen.append(_resident())
    )
    seconds = time.perf_counter() - began
    tenth = max(1, len(seen) // 10)
    return {
        "read": result.read, "accepted": result.accepted, "seconds": seconds, "before": seen[0],
        "peak": max(seen), "early": max(seen[tenth : 2 * tenth + 1]), "late": max(seen[-tenth:]),
    }  # fmt: skip


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(measure(Path(sys.argv[1]))))
