"""Does the file system below a directory report changes?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MOUNTINFO = Path("/proc/self/mountinfo")

# What changes on the other side of these (a server, Windows, a virtual machine's host) raises no event here.
SILENT = frozenset(
    {
        "9p",
        "afs",
        "ceph",
        "cifs",
        "drvfs",
        "fakeowner",
        "fuse",
        "fuseblk",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "prl_fs",
        "smb2",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
        "vmhgfs",
        "wslfs",
    }
)


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system and where it begins."""

    point: str
    kind: str

    @property
    def silent(self) -> bool:
        return self.kind in SILENT or self.kind.startswith("fuse.")


def mounts(mountinfo: Path = MOUNTINFO) -> tuple[Mount, ...]:
    """What is mounted, in order; nothing where the system does not list it."""
    try:
        lines = mountinfo.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ()
    return tuple(_mount(line) for line in lines if " - " in line)


def mount_of(path: str, mounted: Iterable[Mount]) -> Mount | None:
    """The file system that a path without links is on."""
    found = None
    for mount in mounted:
        # Of two on one point, the later one hides the earlier.
        if _within(path, mount.point) and (found is None or len(mount.point) >= len(found.point)):
            found = mount
    return found


def silent_mount(root: str, mounted: Iterable[Mount]) -> Mount | None:
    """A file system at or below the root that does not report changes."""
    home = Mount("/", "")
    below: dict[str, Mount] = {}
    for mount in mounted:
        if _within(root, mount.point):
            # Of two on one point, the later one hides the earlier.
            if len(mount.point) >= len(home.point):
                home = mount
            if mount.point == root:
                below.clear()
        elif _within(mount.point, root):
            below[mount.point] = mount
    return next((mount for mount in (home, *below.values()) if mount.silent), None)


def _within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def _mount(line: str) -> Mount:
    before, after = line.split(" - ", 1)
    # Blanks and backslashes in a path are written as octal numbers.
    point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), before.split(" ")[4])
    return Mount(point, after.split(" ", 1)[0])
