"""Twelve kinds of edits, and losses of the backend, each step of them noted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.soak.disk import Disk
from tests.soak.env_edits import FIRST, EnvEdits
from tests.soak.hand import QUICK_SECONDS, Hand
from tests.soak.look import MODULES
from tests.soak.place_edits import PlaceEdits
from tests.soak.program import MAIN, MODULE
from tests.soak.project import BRANCHES, FEW, make_project

MANY = 30  # data files
UNDO_SECONDS = 0.8  # until somebody thinks better of it
UNDONE_SHARE = 0.3  # of the writes
ENV_WEIGHT = 2  # it has kinds of its own
RUN_SECONDS = 1.0  # from an edit to the midst of a run
LOSS_SHARE = 0.1


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

    def __init__(
        self, root: Path, env_file: Path, random: Random, lose: Callable[[], str], *, piped: bool = False
    ) -> None:
        inside = env_file.is_relative_to(root)  # a flag names it otherwise
        make_project(root, f"run: {{env_file: {env_file.relative_to(root)}}}\n" if inside else "")
        env_file.write_text(FIRST)
        self.root = root
        self.edits: list[Edit] = []
        self._random = random
        self._hand = Hand(root, env_file, random, piped=piped)
        self._lose = lose
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
            "variables": EnvEdits(self._hand).perform,
            "project": PlaceEdits(self._hand).perform,
        }
        self._weighted = [*self._kinds, *["variables"] * (ENV_WEIGHT - 1)]

    @property
    def disk(self) -> Disk:
        return self._hand.disk

    def edit(self, *, losses: bool) -> None:
        """One of twelve kinds; or, rarely, the backend is lost."""
        if losses and self._random.random() < LOSS_SHARE:
            self.lose()
        else:
            self._perform(self._random.choice(self._weighted))

    def lose(self) -> None:
        """The backend is lost."""
        if self._random.random() < 0.5:
            self.nudge()  # so that there may be a run to lose it
            self._hand.pause(RUN_SECONDS)
        began = time.time()
        self.edits.append(Edit(began, f"backend {self._lose()}"))

    def nudge(self) -> None:
        """Makes a content that never was."""
        self._perform("replace")

    def restore(self) -> None:
        """The files of the beginning."""
        began = time.time()
        self._hand.blurred("checkout", "-q", "-f", BRANCHES[0])
        self._hand.blurred("clean", "-fdq")
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
        number = self._hand.number
        folder = self._random.choice([*self._folders(), f"data/new{number()}", "data", "ignored"])
        path = f"{folder}/file{number()}.txt"
        if not (self.root / folder).is_dir():
            (self.root / folder).mkdir()
            self._hand.pause(QUICK_SECONDS)
        self._hand.put(self.root / path, self._content())
        return path

    def _write(self) -> str:
        path = self._any_file()
        before = (self.root / path).read_text()
        self._hand.put(self.root / path, self._new_text(path))
        if self._random.random() >= UNDONE_SHARE:
            return path
        self._hand.pause(UNDO_SECONDS)
        self._hand.put(self.root / path, before)
        return f"{path} and undo it"

    def _replace(self) -> str:
        path = self._any_file()
        name = self._random.choice([f"{path}~", f"{path}.new"])  # the first one does not count
        self._hand.replace(self.root / path, self.root / name, self._new_text(path))
        return f"{path} by {name}"

    def _append(self) -> str:
        path = self._any_file()
        pieces = [f"# {self._content()}" for _ in range(self._random.randint(2, 5))]
        self._hand.append(self.root / path, pieces)
        return f"{path} in {len(pieces)} pieces"

    def _rename(self) -> str:
        path = self._random.choice(self._data())
        name = f"data/name{self._hand.number()}.txt"
        self._hand.step(lambda: (self.root / path).rename(self.root / name))
        return f"{path} to {name}"

    def _delete(self) -> str:
        files = self._data()
        if len(files) <= FEW:
            return self._create()
        path = self._random.choice(files)
        self._hand.step((self.root / path).unlink)
        return path

    def _move(self) -> str:
        folders = self._folders()
        if not folders:
            return self._create()
        folder, name = self._random.choice(folders), f"data/moved{self._hand.number()}"
        self._hand.step(lambda: (self.root / folder).rename(self.root / name))
        return f"{folder} to {name}"

    def _checkout(self) -> str:
        """The other branch; what was not committed is lost, or some of it."""
        branch = next(each for each in BRANCHES if each != self._hand.git("branch", "--show-current"))
        clean = self._random.random() < 0.5
        self._hand.blurred("checkout", "-q", "-f", branch)
        if clean:
            self._hand.blurred("clean", "-fdq")
        return f"{branch}{' and clean' if clean else ''}"

    def _touch(self) -> str:
        path = self._any_file()
        self._hand.step(lambda: (self.root / path).touch())
        return path

    def _rewrite(self) -> str:
        """As formatters do that have nothing to format."""
        path = self._any_file()
        self._hand.put(self.root / path, (self.root / path).read_text())
        return path

    # -- what there is -------------------------------------------------------------------------------

    def _data(self) -> list[str]:
        return sorted(path for path in self._hand.tree() if path.startswith("data/"))

    def _any_file(self) -> str:
        return self._random.choice([*self._data(), *MODULES, *MODULES])

    def _folders(self) -> list[str]:
        data = self.root / "data"
        return sorted(f"data/{each.name}" for each in data.iterdir() if each.is_dir())

    def _content(self) -> str:
        return f"content {self._hand.number()}\n"

    def _new_text(self, path: str) -> str:
        """A module gets another number, mostly of the same size."""
        if path not in MODULES:
            return self._content()
        text = MAIN if path == "main.py" else MODULE
        return text.replace("VERSION = 0", f"VERSION = {1000 + self._hand.number()}")
