"""Who is alive, and who came from whom? As the process table says it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

MARK = "STIGMER_TEST_WORLD"  # in the environment of all that is started in a world


def alive(pid: int) -> bool:
    """A zombie is not: it has ended, and its parent has not been told."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def open_files() -> set[tuple[str, str]]:
    """Our own descriptors with what each is: what is open now and was not before has been left open.

    A mere number is no measure: what an earlier test dropped may be closed at any moment.
    """
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add((entry.name, str(entry.readlink())))
    return {(number, what) for number, what in found if not what.endswith("/fd")}


def marked(directory: Path) -> dict[int, str]:
    """The living processes that carry the mark of a test's own world: id → command line."""
    mark = f"{MARK}={directory}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0") and alive(int(entry.name)):
                    found[int(entry.name)] = (
                        (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    )
    return found


def descendants(root: int | None) -> set[int]:
    """A process and all that came from it, by parents and by sessions."""
    if root is None:
        return set()
    parents: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1]), int(fields[3])
    family = {root}
    while True:
        more = {
            pid for pid, (parent, session) in parents.items() if parent in family or session in family
        } - family
        if not more:
            return family
        family |= more
