"""Which places are no part of any project? The system's own, home directories, file systems that hang."""

# Strings, as in all scans of a project.
# ruff: noqa: PTH115, PTH118, PTH120

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from devloop.watcher.mounts import Mount
from stigmer_api.config_file import home

PSEUDO = ("/proc", "/sys", "/dev")
# Holds ordinary files; links lead here from another file system only.
SHARED_MEMORY = "/dev/shm"
SYSTEM = frozenset(
    {
        *(
            "/bin",
            "/boot",
            "/etc",
            "/home",
            "/lib",
            "/lib32",
            "/lib64",
            "/media",
            "/mnt",
            "/run",
            "/sbin",
        ),
        *(
            "/tmp",
            "/usr",
            "/usr/bin",
            "/usr/lib",
            "/usr/local",
            "/usr/sbin",
            "/usr/share",
            "/usr/src",
            "/var",
        ),
        *("/var/lib", "/var/tmp", "/Applications", "/Library", "/System", "/Users", "/Volumes", "/private"),
    }
)
PASSWD = Path("/etc/passwd")
PASSWD_FIELDS = 7
PEOPLE_FROM, NOBODY = 1000, 65534
MOST_LINKS = 40  # as many as the kernel follows


class UnreachableError(Exception):
    """A file system on the way may never answer; the text says which."""


def is_at_or_below(path: str, directory: str) -> bool:
    if directory == "/dev" and (path == SHARED_MEMORY or path.startswith(SHARED_MEMORY + "/")):
        return False
    return path == directory or path.startswith(directory.rstrip("/") + "/")


@lru_cache(maxsize=1)
def system_directories() -> frozenset[str]:
    return frozenset({"/", *SYSTEM, *map(os.path.realpath, SYSTEM)})


@lru_cache(maxsize=1)
def homes() -> frozenset[str]:
    """Our own and those of everybody who can log in, as far as this machine's password file knows."""
    own = home()
    found = {os.path.realpath(own)} if own is not None else set()
    try:
        lines = PASSWD.read_text(errors="surrogateescape").splitlines()
    except OSError:
        lines = []
    for line in lines:
        fields = line.split(":")
        if len(fields) >= PASSWD_FIELDS and fields[2].isdecimal() and _is_person(int(fields[2])):
            found.add(fields[5].rstrip("/") or "/")
    return frozenset(found)


def _is_person(user: int) -> bool:
    return user == 0 or (user >= PEOPLE_FROM and user != NOBODY)


def is_home(directory: str) -> bool:
    """Also of users that only a directory server knows."""
    return directory in homes() or os.path.dirname(directory) in ("/home", "/Users")


def resolved(link: str, silent: Iterable[Mount]) -> str | None:
    """Where a link points, without touching file systems that may not answer. None: nowhere, or a circle.

    Raises UnreachableError.
    """
    base, rest, links = "/", _parts(link), 0
    while rest:
        name, rest = rest[0], rest[1:]
        if name == "..":
            base = os.path.dirname(base)
            continue
        here = os.path.join(base, name)
        for mount in silent:
            if is_at_or_below(here, mount.point):
                raise UnreachableError(f"it points to {mount.point}, another file system ({mount.kind})")
        try:
            kind = stat.S_IFMT(os.lstat(here).st_mode)
            target = os.readlink(here) if kind == stat.S_IFLNK else ""
        except (OSError, ValueError):
            return None
        if kind != stat.S_IFLNK:
            base = here
            continue
        links += 1
        if links > MOST_LINKS:
            return None
        base = "/" if target.startswith("/") else base
        rest = [*_parts(target), *rest]
    return base


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
