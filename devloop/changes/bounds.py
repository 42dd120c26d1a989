"""How far is a project scanned? What lies beyond is left out, with one note."""

# Strings, because a Path for each of 10,000 files costs more than to stat them.
# ruff: noqa: PTH112, PTH114, PTH116

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devloop.changes.places import (
    PSEUDO,
    UnreachableError,
    is_at_or_below,
    is_home,
    resolved,
    system_directories,
)
from devloop.ignore.line import ignore_line
from devloop.watcher.mounts import Mount, mount_of, mounts

MOST_FOLDERS = 50_000  # that count
MOST_FOLDERS_BEHIND_LINKS = 5_000
MOST_FILES = 200_000
OTHERS = "everything after it is left out, too; list in .stigmerignore what your program does not read"


@dataclass(frozen=True, slots=True)
class Note:
    """What a user should know about watching, and what to do about it."""

    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A link is not followed."""

    why: str
    directory: bool


class Bounds:
    """Of one project; used from any thread. What was left out stays out until the rules are read again."""

    def __init__(
        self,
        root: Path,
        note: Callable[[Note], None] = lambda note: None,
        *,
        most_files: int | None = None,
        most_folders: int | None = None,
    ) -> None:
        """None: as many as a project may have."""
        self.most_files = most_files
        self._most_folders = most_folders
        self.left_out: dict[str, str] = {}  # paths from the root, and why
        self._note = note
        self._noted: set[str] = set()
        self._root = str(root).rstrip("/")
        self.begin()

    def begin(self) -> None:
        """A scan of everything begins: forget what has gone since the last one."""
        self._real_root = os.path.realpath(self._root or "/")
        self._prefix = self._real_root.rstrip("/") + "/"
        mounted = mounts()
        self._home = mount_of(self._real_root, mounted)
        self._elsewhere = {mount.point: mount for mount in mounted if mount != self._home}
        # To look into what is mounted on demand would mount it.
        self._silent = tuple(
            mount for mount in self._elsewhere.values() if mount.silent or mount.kind == "autofs"
        )
        self._links: dict[str, str] = {}  # that are followed, and where they lead
        self._walked: set[str] = set()
        self._behind = 0

    @property
    def keeps_inodes(self) -> bool:
        """Has a directory the same number for ever? Not on a file system that makes them up."""
        return self._home is None or not self._home.silent

    def leaves_out(self, directory: str) -> bool:
        """Is nothing in this directory, or link to one, scanned? Does not touch other file systems."""
        link = ""
        if self.left_out or self._links:
            link = next((path for path in above(directory) if path in self._links), "")
            if directory in self.left_out or link in self.left_out:
                return True
        base = self._links[link] + directory[len(link) :] if link else self._prefix + directory
        if (mount := self._elsewhere.get(base)) is not None:
            self._note_mount(directory, mount)
            return True
        try:
            if os.path.islink(f"{self._root}/{directory}") and not self._follows(directory):
                return True
        except ValueError:  # no path at all
            return True
        return directory not in self._walked and self._counts_too_many(directory, link)

    def _follows(self, link: str) -> bool:
        try:
            target = resolved(f"{self._root}/{link}", self._silent)
        except UnreachableError:
            return False
        if target is None or self._unfit(target):
            return False
        self._links[link] = target
        return True

    def _counts_too_many(self, directory: str, link: str) -> bool:
        if len(self._walked) >= (most := self._most_folders or MOST_FOLDERS):
            self.leave_out(directory, f"more than {most:,} directories count", OTHERS)
            return True
        if link and self._behind >= MOST_FOLDERS_BEHIND_LINKS:
            why = f"more than {MOST_FOLDERS_BEHIND_LINKS:,} directories are behind links"
            self.leave_out(link, why, f"point the link to a smaller directory, or {ignored(link)}")
            return True
        self._behind += bool(link)
        self._walked.add(directory)
        return False

    def leave_out(self, directory: str, why: str, hint: str) -> None:
        """From now on, nothing in it counts."""
        self.left_out[directory] = why
        if why not in self._noted:  # of thousands that are too many, name the first
            self._noted.add(why)
            self._note(Note(f"{why}: {directory} is left out", hint))

    def hides(self, path: str) -> bool:
        """Is it in something that was left out?"""
        if not self.left_out:
            return False
        return path in self.left_out or any(each in self.left_out for each in above(path))

    def refusal(self, link: str) -> Refusal | None:
        """Why a link is not followed; None if it is. A linked file may be anywhere but in the system's own
        places, some of whose files have no end."""
        try:
            target = resolved(f"{self._root}/{link}", self._silent)
        except UnreachableError as error:
            return Refusal(str(error), directory=True)  # not known, and too risky to find out
        if target is None or not (why := self._unfit(target)):
            return None
        directory = os.path.isdir(target)
        if not directory and not any(is_at_or_below(target, each) for each in PSEUDO):
            return None
        return Refusal(why, directory=directory)

    def _unfit(self, target: str) -> str:
        if target == self._real_root:
            return ""  # a circle, which ends by itself
        if is_at_or_below(self._real_root, target):
            return f"it points to {target}, which contains the project"
        if pseudo := next((each for each in PSEUDO if is_at_or_below(target, each)), ""):
            return f"it points to {pseudo}, which holds no ordinary files"
        if target in system_directories():
            return f"it points to {target}, a system directory"
        if is_home(target):
            return f"it points to {target}, a home directory"
        return self._other_file_system(target)

    def _other_file_system(self, target: str) -> str:
        if self._home is not None:
            mount = mount_of(target, (self._home, *self._elsewhere.values()))
            if mount is None or mount == self._home:
                return ""
            return f"it points to {mount.point}, another file system ({mount.kind})"
        try:
            same = os.stat(target).st_dev == os.stat(self._root).st_dev
        except OSError:
            return ""
        return "" if same else f"it points to {target}, on another file system"

    def note_refused(self, link: str, refusal: Refusal | None) -> None:
        if refusal is not None and refusal.directory:
            hint = f"point it to a directory with only what your program reads, or {ignored(link)}"
            self.note_once(Note(f"{link} is not followed: {refusal.why}", hint))

    def _note_mount(self, directory: str, mount: Mount) -> None:
        hint = f"start another watch loop there, or {ignored(directory)}"
        self.note_once(Note(f"{directory} is another file system ({mount.kind}) and is not watched", hint))

    def note_once(self, note: Note) -> None:
        """Passes a note on, once."""
        if note.text not in self._noted:
            self._noted.add(note.text)
            self._note(note)


def ignored(path: str) -> str:
    """What to do so that a path is left out."""
    return f"add the line {ignore_line(path)} to .stigmerignore"


def above(path: str) -> Iterator[str]:
    """The directories that a path is in, the nearest first."""
    cut = path.rfind("/")
    while cut > 0:
        yield path[:cut]
        cut = path.rfind("/", 0, cut)
