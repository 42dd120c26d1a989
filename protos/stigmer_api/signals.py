"""What a signal is called."""

from __future__ import annotations

import signal


def signal_name(number: int) -> str:
    """`SIGKILL`; `signal 99` for one that the system has no name for."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
