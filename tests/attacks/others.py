"""Other users of this machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

US = os.geteuid()


NEIGHBOUR, STRANGER = 65534, 65533


def as_user(user: int, *command: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]


def can_be_somebody_else() -> bool:
    try:
        ran = subprocess.run(as_user(NEIGHBOUR, sys.executable, "-c", "import grpc"), capture_output=True)
    except OSError:
        return False
    return US == 0 and ran.returncode == 0


as_others = pytest.mark.skipif(
    not can_be_somebody_else(), reason="needs root, setpriv, and a Python that another user can run"
)
