"""What to do when the system has no watches left?"""

from __future__ import annotations

from pathlib import Path

SETTINGS = Path("/proc/sys/fs/inotify")


def no_watches() -> str:
    return _limit("watches", "max_user_watches", 524_288)


def no_instances() -> str:
    return _limit("instances", "max_user_instances", 512)


def _limit(what: str, setting: str, better: int) -> str:
    try:
        now = int((SETTINGS / setting).read_text())
    except (OSError, ValueError):
        now = 0
    command = f"sudo sysctl fs.inotify.{setting}={max(better, 2 * now)}"
    return f"no inotify {what} are left (limit {now}); try: {command}"
