"""What a program sees of the process that starts it: two commands with equal text can have equal results."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from stigmer_api.version import VERSION

# They change from one command to the next in the same shell; the program gets those of its command.
OF_THE_MOMENT = frozenset({"_", "COLUMNS", "LINES", "OLDPWD", "PWD", "SHLVL"})
# Of /proc/self/status: users and groups, file modes, rights, signals that are ignored or blocked, processors.
STATUS = ("Umask", "Uid", "Gid", "Groups", "NoNewPrivs", "Seccomp", "SigBlk", "SigIgn", "Cpus_allowed")
RIGHTS = "Cap"
PROC = ("limits", "cgroup", "personality", "oom_score_adj")
NAMESPACES = "/proc/self/ns"
HERE = Path(__file__).parent
OWN_CODE = (HERE, HERE.parent)  # of forks, and what they share with fresh children


def surroundings(environ: Mapping[str, str]) -> str:
    """Of this process. Raises OSError where the kernel does not tell."""
    lasting = sorted((name, value) for name, value in environ.items() if name not in OF_THE_MOMENT)
    root = os.stat("/")  # noqa: PTH116
    return json.dumps(
        [
            VERSION,
            _stamps(),
            [sys.executable, sys.getfilesystemencoding()],
            lasting,
            _status(),
            [_read(f"/proc/self/{name}") for name in PROC],
            [os.readlink(f"{NAMESPACES}/{name}") for name in sorted(os.listdir(NAMESPACES))],  # noqa: PTH115,PTH208
            [root.st_dev, root.st_ino, os.getpriority(os.PRIO_PROCESS, 0)],
        ]
    )


def of_the_moment(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Each of them; None is not set."""
    return {name: environ.get(name) for name in sorted(OF_THE_MOMENT)}


def _stamps() -> list[tuple[str, int, int]]:
    """Of our own code: an update of this installation must not be answered by what was started before."""
    stamps = []
    for room in OWN_CODE:
        with os.scandir(room) as entries:
            stats = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py")]
        stamps += [(name, stat.st_mtime_ns, stat.st_ino) for name, stat in stats]
    return sorted(stamps)


def _status() -> list[str]:
    lines = _read("/proc/self/status").splitlines()
    return [line for line in lines if line.startswith(RIGHTS) or line.partition(":")[0] in STATUS]


def _read(path: str) -> str:
    """Empty where a kernel does not have it."""
    with suppress(FileNotFoundError, PermissionError), open(path, encoding="utf-8") as file:  # noqa: PTH123
        return file.read()
    return ""
