"""Changes files, and notes each step."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random

from tests.soak.disk import VARIABLES, Disk
from tests.soak.look import look, versions
from tests.soak.project import git
from tests.soak.variables import in_words, parsed

QUICK_SECONDS = 0.003  # between a truncation and the write
LATE_SECONDS = 0.8  # on a machine that has other things to do
LATE_SHARE = 0.1
SLOW_SECONDS = 0.06  # between two pieces of a slow save


class Hand:
    """At one project and the file with its variables."""

    def __init__(self, root: Path, env_file: Path, random: Random, *, piped: bool) -> None:
        """`piped`: what is in the file now goes through a pipe, once; later edits of it count no more."""
        self.root = root
        self._kept = env_file.read_text() if piped else None
        self.env_file = env_file
        self.random = random
        self._serial = count(1)
        self.disk = Disk(time.time(), self.tree())

    def tree(self) -> dict[str, str]:
        """All that counts, as the loop names it."""
        return look(self.root) | versions(self.root) | self._variables()

    def _variables(self) -> dict[str, str]:
        if self._kept is not None:
            return {VARIABLES: in_words(parsed(self._kept) or {})}
        try:
            text = self.env_file.read_text()
        except FileNotFoundError:
            return {}
        found = {os.path.relpath(self.env_file, self.root): sha256(text.encode()).hexdigest()[:12]}
        variables = parsed(text)
        return found if variables is None else {**found, VARIABLES: in_words(variables)}

    def number(self) -> int:
        """One that was never used."""
        return next(self._serial)

    # -- steps ---------------------------------------------------------------------------------------

    def step(self, change: Callable[[], object]) -> None:
        began = time.time()
        change()
        self.disk.step(began, time.time(), self.tree())

    def put(self, place: Path, text: str) -> None:
        """As `open(path, "w")` does: for a moment there is nothing in it."""
        self.step(lambda: place.write_text(""))
        self.pause(LATE_SECONDS if self.random.random() < LATE_SHARE else QUICK_SECONDS)
        self.step(lambda: overwrite(place, text))

    def replace(self, place: Path, draft: Path, text: str) -> None:
        """As editors do that never leave half a file."""
        self.put(draft, text)
        self.pause(QUICK_SECONDS)
        self.step(lambda: draft.replace(place))

    def append(self, place: Path, pieces: list[str]) -> None:
        """As a slow editor does."""
        for piece in pieces:
            self.step(lambda piece=piece: append(place, piece))  # type: ignore[misc]
            self.pause(SLOW_SECONDS)

    def blurred(self, *arguments: str) -> None:
        """What git does; nobody sees its steps."""
        began = time.time()
        self.git(*arguments)
        self.disk.step(began, time.time(), self.tree(), blurred=True)

    def git(self, *arguments: str) -> str:
        return git(self.root, *arguments)

    def pause(self, most: float) -> None:
        time.sleep(self.random.uniform(0, most))  # sleeps: so does whoever edits


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
