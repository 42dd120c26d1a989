"""Ten kinds of edits, each step of them noted."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from shutil import copy

from tests.soak import look as look_module
from tests.soak.look import MODULES, look, versions
from tests.soak.model import Disk
from tests.soak.program import GITIGNORE, LOOKS, MAIN, MODULE

FEW, MANY = 8, 30  # data files
BRANCHES = ("one", "two")
QUICK_SECONDS = 0.003  # between a truncation and the write
LATE_SECONDS = 0.8  # on a machine that has other things to do
LATE_SHARE = 0.1
SLOW_SECONDS = 0.06  # between two pieces of a slow save
UNDO_SECONDS = 0.8  # until somebody thinks better of it
UNDONE_SHARE = 0.3  # of the writes


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done, for people."""

    began: float
    text: str

    def __str__(self) -> str:
        moment = time.strftime("%H:%M:%S", time.gmtime(self.began))
        return f"{moment}.{int(self.began % 1 * 1000):03} {self.text}"


class Editor:
    """Edits a project as people, their editors and their tools do. The same numbers make the same edits."""

    def __init__(self, root: Path, random: Random) -> None:
        make_project(root)
        self.root = root
        self.edits: list[Edit] = []
        self.disk = Disk(time.time(), tree(root))
        self._random = random
        self._serial = count(1)
        self._kinds: dict[str, Callable[[], str]] = {
            "create": self._create,
            "write": self._write,
            "replace": self._replace,
            "append": self._append,
            "rename": self._rename,
            "delete": self._delete,
            "move": self._move,
            "checkout": self._checkout,
            "touch": self._touch,
            "rewrite": self._rewrite,
        }

    def edit(self) -> None:
        """One of ten kinds."""
        self._perform(self._random.choice(list(self._kinds)))

    def nudge(self) -> None:
        """Makes a content that never was."""
        self._perform("replace")

    def restore(self) -> None:
        """The files of the beginning."""
        began = time.time()
        self._blurred("checkout", "-q", "-f", BRANCHES[0])
        self._blurred("clean", "-fdq")
        self.edits.append(Edit(began, "restored all"))

    def _perform(self, kind: str) -> None:
        began = time.time()
        text = self._kinds[kind]()
        self.edits.append(Edit(began, f"{kind} {text}"))

    # -- the kinds -----------------------------------------------------------------------------------

    def _create(self) -> str:
        files = self._data()
        if len(files) >= MANY:
            return self._delete()
        folder = self._random.choice([*self._folders(), f"data/new{next(self._serial)}", "data", "ignored"])
        path = f"{folder}/file{next(self._serial)}.txt"
        if not (self.root / folder).is_dir():
            (self.root / folder).mkdir()
            self._pause(QUICK_SECONDS)
        self._put(path, self._content())
        return path

    def _write(self) -> str:
        path = self._any_file()
        before = (self.root / path).read_text()
        self._put(path, self._new_text(path))
        if self._random.random() >= UNDONE_SHARE:
            return path
        self._pause(UNDO_SECONDS)
        self._put(path, before)
        return f"{path} and undo it"

    def _replace(self) -> str:
        """As editors do that never leave half a file."""
        path = self._any_file()
        name = self._random.choice([f"{path}~", f"{path}.new"])  # the first one does not count
        self._put(name, self._new_text(path))
        self._pause(QUICK_SECONDS)
        self._step(lambda: (self.root / name).replace(self.root / path))
        return f"{path} by {name}"

    def _append(self) -> str:
        path = self._any_file()
        pieces = self._random.randint(2, 5)
        for _ in range(pieces):
            self._step(lambda: append(self.root / path, f"# {self._content()}"))
            self._pause(SLOW_SECONDS)
        return f"{path} in {pieces} pieces"

    def _rename(self) -> str:
        path = self._random.choice(self._data())
        name = f"data/name{next(self._serial)}.txt"
        self._step(lambda: (self.root / path).rename(self.root / name))
        return f"{path} to {name}"

    def _delete(self) -> str:
        files = self._data()
        if len(files) <= FEW:
            return self._create()
        path = self._random.choice(files)
        self._step((self.root / path).unlink)
        return path

    def _move(self) -> str:
        folders = self._folders()
        if not folders:
            return self._create()
        folder, name = self._random.choice(folders), f"data/moved{next(self._serial)}"
        self._step(lambda: (self.root / folder).rename(self.root / name))
        return f"{folder} to {name}"

    def _checkout(self) -> str:
        """The other branch; what was not committed is lost, or some of it."""
        branch = next(each for each in BRANCHES if each != self._git("branch", "--show-current"))
        clean = self._random.random() < 0.5
        self._blurred("checkout", "-q", "-f", branch)
        if clean:
            self._blurred("clean", "-fdq")
        return f"{branch}{' and clean' if clean else ''}"

    def _touch(self) -> str:
        path = self._any_file()
        self._step(lambda: (self.root / path).touch())
        return path

    def _rewrite(self) -> str:
        """As formatters do that have nothing to format."""
        path = self._any_file()
        self._put(path, (self.root / path).read_text())
        return path

    # -- steps ---------------------------------------------------------------------------------------

    def _step(self, change: Callable[[], object]) -> None:
        began = time.time()
        change()
        self.disk.step(began, time.time(), tree(self.root))

    def _put(self, path: str, text: str) -> None:
        """As `open(path, "w")` does: for a moment there is nothing in it."""
        place = self.root / path
        self._step(lambda: place.write_text(""))
        self._pause(LATE_SECONDS if self._random.random() < LATE_SHARE else QUICK_SECONDS)
        self._step(lambda: overwrite(place, text))

    def _blurred(self, *arguments: str) -> None:
        began = time.time()
        self._git(*arguments)
        self.disk.step(began, time.time(), tree(self.root), blurred=True)

    def _pause(self, most: float) -> None:
        time.sleep(self._random.uniform(0, most))

    def _git(self, *arguments: str) -> str:
        return git(self.root, *arguments)

    # -- what there is -------------------------------------------------------------------------------

    def _data(self) -> list[str]:
        return sorted(path for path in tree(self.root) if path.startswith("data/"))

    def _any_file(self) -> str:
        return self._random.choice([*self._data(), *MODULES, *MODULES])

    def _folders(self) -> list[str]:
        data = self.root / "data"
        return sorted(f"data/{each.name}" for each in data.iterdir() if each.is_dir())

    def _content(self) -> str:
        return f"content {next(self._serial)}\n"

    def _new_text(self, path: str) -> str:
        """A module gets another number, mostly of the same size."""
        if path not in MODULES:
            return self._content()
        text = MAIN if path == "main.py" else MODULE
        return text.replace("VERSION = 0", f"VERSION = {1000 + next(self._serial)}")


def tree(root: Path) -> dict[str, str]:
    return look(root) | versions(root)


def append(place: Path, text: str) -> None:
    with place.open("a") as stream:
        stream.write(text)


def overwrite(place: Path, text: str) -> None:
    """One write into what is there."""
    file = os.open(place, os.O_WRONLY)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def make_project(root: Path) -> None:
    """A repository with two branches that differ in all kinds of files."""
    (root.parent / LOOKS).mkdir(parents=True)
    for folder in ("data/left", "data/right", "ignored"):
        (root / folder).mkdir(parents=True)
    (root / "Stigmer.yaml").write_text("name: soak\nruntime: python\n")
    (root / ".gitignore").write_text(GITIGNORE)
    copy(Path(look_module.__file__), root / "look.py")
    git(root, "init", "-q", "-b", BRANCHES[0])
    fill(root, BRANCHES[0], ("data/left/1.txt", "data/left/2.txt", "data/right/1.txt", "data/only.txt"))
    git(root, "checkout", "-q", "-b", BRANCHES[1])
    for path in ("data/only.txt", "data/left/2.txt"):
        (root / path).unlink()
    fill(root, BRANCHES[1], ("data/left/1.txt", "data/right/2.txt", "data/far/1.txt", "data/far/2.txt"))
    git(root, "checkout", "-q", BRANCHES[0])


def fill(root: Path, branch: str, paths: tuple[str, ...]) -> None:
    """Commits files that hold the name of the branch."""
    same = tuple(f"data/same{number}.txt" for number in range(FEW))
    for path in (*same, *paths):
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text("the same\n" if path in same else f"{path} of {branch}\n")
    (root / "main.py").write_text(f"# {branch}{MAIN}")
    (root / "module.py").write_text(f"# {branch}\n{MODULE}")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", branch)


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=soak", "-c", "user.email=soak@localhost", "-c", "gc.auto=0", *arguments],
        cwd=root,
        env={"PATH": os.environ["PATH"], "HOME": str(root.parent), "GIT_CONFIG_NOSYSTEM": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
