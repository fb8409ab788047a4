"""Parentage 父子进程: a supervised process ends when its supervisor dies, even by SIGKILL.

Linux tells a child of its parent's death (PR_SET_PDEATHSIG). Elsewhere this does nothing and a left-over
process has to be ended by hand.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

#: Set by the supervisor in the environment of its children: its own process id.
SUPERVISOR_PID = "YIWANG_SUPERVISOR_PID"
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, if this process is supervised.

    Called by the command itself and by each worker process of the web server, so that no grandchild
    keeps the port when its own parent is killed.
    """
    supervisor = os.environ.get(SUPERVISOR_PID)
    if supervisor is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() == 1 and supervisor != "1":  # the parent died before we could ask
        os.kill(os.getpid(), signal.SIGTERM)
