"""Plants a push channel into the instance that `YIWANG_HOME` names and prints its key, as JSON.

Run as `python -m tests.faults.planting_channel PORT`; the source that is told listens on that port.
"""

from __future__ import annotations

import json
import sys

CODE = "faults_source"
_DEFINITION = """\
code: faults_source
name: 故障演练来源
kind: other
door: push
owner: 演练
quota: {{per_minute: 600000, burst: 10000, waiting: 100000}}
mapping:
  fields: {{source_number: no, text: content}}
  required: [source_number, text]
write_back:
  url: http://127.0.0.1:{port}/told/{{source_number}}
  auth: hmac
  changes:
    received: {{no: "{{source_number}}", event: "{{event_id}}"}}
"""


def main() -> None:
    """Publish, enable, give a key, print."""
    from yiwang.project.instance import prepare

    prepare()
    from django.utils import timezone

    from yiwang.intake.services.registry import add_key, publish_channel, switch_channel
    from yiwang.kernel.actor import system_actor

    actor, at = system_actor("faults", "intake.channels"), timezone.now()
    channel = publish_channel(actor=actor, at=at, text=_DEFINITION.format(port=sys.argv[1]))
    if not channel.is_enabled:
        switch_channel(actor=actor, at=at, channel_id=channel.id, on=True)
    key, secret = add_key(actor=actor, at=at, channel_id=channel.id, kind="hmac")
    print(json.dumps({"name": key.name, "secret": secret}))


if __name__ == "__main__":
    main()
