"""What the pictures of the README and of the pages show, each from a real run in a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.film import Film, Row, text_of
from tests.docs.svg import SCHEMES, film, picture
from tests.support.pages import Written, steps
from tests.support.paths import ROOT
from tests.support.world import World

FOLDER = ROOT / "docs" / "pictures"
RUN = "stigmer run hello -m Ada"
LOOP = "stigmer run hello -m Ada --watch"
LOOP_ROWS = 36
DONE = "Short, and friendly."


def readme_project(world: World) -> Path:
    """The project of the README, deployed, and a backend that has its agent process already."""
    directory = world.dir / "hello"
    directory.mkdir()
    for step in steps((ROOT / "README.md").read_text("utf-8")):
        if isinstance(step, Written):
            (directory / step.name).write_text(step.text, "utf-8")
    done = world.run("run", "hello", "-m", "Ada", cwd=directory)
    assert done.code == 0, done.text
    return directory


@dataclass(frozen=True)
class Recorded:
    """What a run and a watch loop showed: whole, and before it is cut to the size of a picture."""

    run: list[Row]
    loop: list[tuple[str, list[Row], float]]

    @property
    def lines(self) -> set[str]:
        """As `lines_of` a picture, with the captions."""
        rows = [*self.run, *(row for _, rows, _ in self.loop for row in rows)]
        said = [*map(text_of, rows), *(caption for caption, _, _ in self.loop)]
        return {"".join(text.split()) for text in said}


def record(world: World) -> Recorded:
    """Both, in a project of their own."""
    directory = readme_project(world)
    return Recorded(one_run(world, directory), watch_loop(world, directory))


def pictures(recorded: Recorded) -> Mapping[str, str]:
    """File name → SVG."""
    run, loop = recorded.run, recorded.loop
    return {
        f"{name}-{scheme}.svg": text
        for scheme in SCHEMES
        for name, text in (
            ("run", picture(run, scheme, f"{RUN}: a workflow that asks an agent, in a terminal")),
            ("watch", film(loop, LOOP_ROWS, scheme, f"{LOOP}: saves, and what comes of them")),
        )
    }


def typed(world: World, command: str, directory: Path) -> Film:
    _, *arguments = shlex.split(command)
    return Film(world, world.terminal(*arguments, cwd=directory), command)


def one_run(world: World, directory: Path) -> list[Row]:
    shown = typed(world, RUN, directory)
    shown.until(lambda text: "Tokens:" in text and text.endswith("─"), "end of the run")
    return shown.frame()


def watch_loop(world: World, directory: Path) -> list[tuple[str, list[Row], float]]:
    """A run, a save, a broken save, and its mend: caption, screen, seconds."""
    main = directory / "main.py"
    known = main.read_text("utf-8")
    shown = typed(world, LOOP, directory)
    frames = [("", shown.frame(), 1.5)]

    def waits(*seen: str) -> bool:
        shown.until(lambda text: all(each in text for each in seen) and at_rest(text), " and ".join(seen))
        return True

    waits("Hello, Ada! Short")
    frames.append(("It ran, and watches the files that it is made of.", shown.frame(), 3))
    main.write_text(known.replace('f"Hello', 'f"Good morning'), "utf-8")
    waits("Good morning, Ada! Short")
    frames.append(("Somebody writes “Good morning” into main.py, and saves.", shown.frame(), 4))
    main.write_text(known.replace('f"Hello', 'f"Good morning').replace("greet.line)", "greet.lin)"), "utf-8")
    waits('did you mean "line"?')
    frames.append(("A save with a mistake: nothing runs, and it says what is meant.", shown.frame(), 4))
    main.write_text(known.replace('f"Hello', 'f"Good evening'), "utf-8")
    waits("Good evening, Ada! Short")
    frames.append(("The mistake is mended.", shown.frame(), 4))
    main.write_text(known, "utf-8")
    assert world.run("watch", "stop", cwd=directory).code == 0
    return frames


def at_rest(text: str) -> bool:
    """Does the loop wait for a save? Then the last row says so."""
    return "watching" in text.rpartition("\n")[2]
