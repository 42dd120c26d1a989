"""Whose project is this, and who else could have changed it?"""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from runcmd.interpreter import project_python
from runcmd.project import Project
from stigmer_api.reading import trusted_owners

ROOT = 0
EVERYTHING = "*"
BELOW = "/*"
# Where owners and modes are what the mount says: everybody may write everything, by these modes.
WITHOUT_MODES = frozenset(
    {"9p", "cifs", "drvfs", "exfat", "fakeowner", "fuseblk", "hfsplus", "msdos", "ntfs", "ntfs3", "prl_fs"}
    | {"smb2", "smb3", "smbfs", "vboxsf", "vfat", "vmhgfs", "wslfs"}
)


class Doubt(NamedTuple):
    """A path that somebody else controls."""

    path: Path
    owner: str  # a name; empty: several may write
    problem: str


def doubt_about_file(file: Path) -> Doubt | None:
    """Can somebody else have written this file?"""
    return _first_doubt([file.parent, file], trusted_owners())


def doubt_about_program(project: Project) -> Doubt | None:
    """Can somebody else have changed the program, its interpreter or its variables?"""
    paths = [project.directory, project.main.parent, project.main]
    if project.run.env_file is not None:
        paths.append(project.run.env_file)
    return _first_doubt(paths, trusted_owners()) or _doubt_about_interpreter(project_python(project))


def fix_command(doubt: Doubt) -> str:
    """The command that removes the doubt."""
    change = f"chown {os.geteuid()}" if doubt.owner else "chmod go-w"
    return f"{change} {shlex.quote(str(doubt.path))}"


def trusts(patterns: Iterable[str], directory: Path) -> bool:
    """Is the directory listed as trusted? A pattern is `DIR`, `DIR/*` or `*`."""
    real = os.path.realpath(directory)
    return any(pattern == EVERYTHING or _matches(pattern, real) for pattern in patterns)


def _matches(pattern: str, directory: str) -> bool:
    try:
        named = os.path.realpath(os.path.expanduser(pattern.removesuffix(BELOW)))  # noqa: PTH111 - `~nobody` stays
    except OSError:  # relative to a directory that is gone
        return False
    if pattern.endswith(BELOW):
        return directory.startswith(named.rstrip("/") + "/")
    return directory == named


def _doubt_about_interpreter(python: Path) -> Doubt | None:
    if python == Path(sys.executable):
        return None
    environment = python.parent.parent
    paths = [environment] if (environment / "pyvenv.cfg").exists() else []
    # Whoever owns what runs this command decides about all of it anyway.
    own = Path(os.path.realpath(sys.executable)).stat().st_uid
    return _first_doubt([*paths, python.parent, python], trusted_owners() | {own})


def _first_doubt(paths: Sequence[Path], owners: frozenset[int]) -> Doubt | None:
    if not owners:  # a system without users' numbers
        return None
    doubts = (
        doubt
        for path in dict.fromkeys(paths)
        for place in _places(path)
        if (doubt := _doubt_at(place, owners))
    )
    return next(doubts, None)


def _places(path: Path) -> Iterator[Path]:
    """The path; for a link also its destination, and the directory where that can be replaced."""
    yield path
    real = Path(os.path.realpath(path))
    if path.is_symlink():
        yield real.parent
        yield real


def _doubt_at(path: Path, owners: frozenset[int]) -> Doubt | None:
    try:
        status = path.lstat()
    except OSError:
        return None  # whoever wants to read it says so
    if status.st_uid not in owners:
        owner = _user(status.st_uid)
        return Doubt(path, owner, f"{path} belongs to {owner}")
    if stat.S_ISLNK(status.st_mode):
        return None
    if status.st_mode & stat.S_IWOTH and _has_modes(path):
        return Doubt(path, "", f"everybody may write to {path}")
    if status.st_mode & stat.S_IWGRP and _is_shared(status.st_gid, owners) and _has_modes(path):
        return Doubt(path, "", f"everybody in the group {_group(status.st_gid)} may write to {path}")
    return None


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _group(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _is_shared(group: int, owners: frozenset[int]) -> bool:
    """Has the group other members? Most systems give each user a group of one, with write access."""
    import grp
    import pwd

    if group == ROOT:
        return False
    ours = {_user(number) for number in owners}
    try:
        members = set(grp.getgrgid(group).gr_mem)
    except KeyError:
        members = set()
    members |= {user.pw_name for user in pwd.getpwall() if user.pw_gid == group}
    return not members <= ours


def _has_modes(path: Path) -> bool:
    """Does the file system store modes, or has everything on it the same?"""
    from devloop.watcher.mounts import mount_of, mounts

    mount = mount_of(os.path.realpath(path), mounts())
    return mount is None or mount.kind not in WITHOUT_MODES
