"""Runner 转派进程: registers the door's settings and, in the intake process, carries transfers on."""

from __future__ import annotations

import threading

from ...rules.door_settings import register_settings
from ...rules.open311.settings import read_settings
from ...rules.yaml_tree import YamlTree
from ...running import door_runner
from .carrying import carry_transfers

#: Seconds between two looks for due transfers.
IDLE = 5.0


def check_settings(tree: YamlTree) -> None:
    """Refuse the first setting that is wrong."""
    read_settings(tree.tree, tree.wrong)


register_settings("open311", check_settings)


@door_runner("open311")
def run(stop: threading.Event) -> None:
    """Send cases to other cities and follow them, until `stop` is set."""
    while not stop.is_set():
        if not carry_transfers(stop=stop):
            stop.wait(IDLE)
