"""Handler's own system 承办系统: tasks of one unit go out as write-backs; its answers come in as pushes.

`settings.unit` names the unit whose tasks the system handles. `write_back.changes.task` says what goes out
(with `{task}`, which the system sends back), `recalled` that a task was taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..queries.channels import LiveChannel
from ..rules.door_settings import register_settings
from ..rules.yaml_tree import YamlTree
from ..services import answers  # noqa: F401 - registers what answers do
from .contract import Delivered, DoorContract, Sender, register_contract
from .push import deliver as push


def check_settings(tree: YamlTree) -> None:
    """Settings of a handler's system: `unit` and `auth`."""
    tree.known({"unit", "auth"})
    tree.words("unit", most=40)
    tree.choice("auth", ("hmac", "token", ""), "")


def deliver(channel: LiveChannel, bodies: Sequence[bytes], at: datetime, sender: Sender) -> Delivered:
    """Answers come in as any push."""
    return push(channel, bodies, at, sender)


register_settings("handler", check_settings)
register_contract("handler", DoorContract(deliver, key_kind="hmac"))
