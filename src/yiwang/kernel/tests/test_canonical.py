"""The hash of a journal entry is a published format: its vector may not move by accident."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from yiwang.kernel.canonical import GENESIS, entry_hash
from yiwang.kernel.working_time import SHANGHAI

AT = datetime(2026, 2, 13, 15, 20, tzinfo=SHANGHAI)


def test_the_hash_covers_previous_stream_seq_kind_at_actor_post_agent_and_body() -> None:
    text = (
        "00000000-0000-0000-0000-000000000001\n7\ncases.close\n2026-02-13T07:20:00.000000Z\n"
        '00000000-0000-0000-0000-000000000002\n\nimport\n{"n":1}'
    )
    found = entry_hash(
        GENESIS, stream=UUID(int=1), seq=7, kind="cases.close", at=AT, actor=UUID(int=2), post=None,
        agent="import", body='{"n":1}',
    )  # fmt: skip
    assert found == hashlib.sha256(bytes(32) + text.encode()).digest()
    assert found.hex() == "ed0c6f87e2392ab99d4a9c84b7173b8c35e094a2b4c857bb48bfc5d8bfcae85a"
