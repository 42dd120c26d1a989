"""The kernel keeps a process to some directories, where it can: Linux with Landlock."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

NONE = ""
LANDLOCK = "landlock"
NETWORK_ABI = 4


def confined_by() -> str:
    """What `confine` would use here; NONE where there is nothing."""
    try:
        import landlockpy
    except ImportError:
        return NONE
    try:
        return LANDLOCK if landlockpy.supported() else NONE
    except OSError:
        return NONE


def can_forbid_network() -> bool:
    """Since Linux 6.7."""
    if confined_by() == NONE:
        return False
    import landlockpy

    return landlockpy.abi_version() >= NETWORK_ABI


def confine(*, write: Iterable[Path], read: Iterable[Path] = (), network: bool = True) -> str:
    """This process, and all that it starts, for good. What is not there is left out.

    Args:
        write: directories below which all is allowed.
        read: files and directories that may be read and run.
        network: whether TCP is allowed; to forbid it takes Linux 6.7.

    Returns: what confines it; NONE: nothing does.
    """
    if confined_by() == NONE:
        return NONE
    from landlockpy import AccessFS, AccessNet, Ruleset, Scope

    everything = ~AccessFS.NONE
    reading = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
    using = reading | AccessFS.WRITE_FILE | AccessFS.IOCTL_DEV
    with Ruleset(
        handled_net=AccessNet.NONE if network else None,
        scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET,
    ) as rules:
        for place, access in (
            *((each, reading) for each in read),
            *((each, everything) for each in write),
            (Path("/dev/null"), using),
        ):
            if not place.is_dir():
                access &= reading | AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.IOCTL_DEV
                access &= ~AccessFS.READ_DIR
            with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                rules.allow_path(place, access)
        rules.restrict()
    return LANDLOCK
