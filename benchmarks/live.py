"""What does the live screen cost, beside plain lines on the same terminal?

The processor time of a run whose model says 500 tokens a second, and the time from a save to the first event
of the new run. The two forms take turns, so that a busy machine is busy for both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
from measure import processor_seconds, table

from tests.support.world import STIGMER, World, new_world

FORMS = ("plain", "live")
ROUNDS = 8
SAVES = 9
WORDS = 3000
PAUSE = 0.002  # seconds between two words
DELAY_GOAL_MS = 3.0

TALKER = """
from stigmer import Agent, Scripted

Agent("talker", "You talk and talk and talk.", model=Scripted("talker.yaml"))
"""
GREETER = """
from stigmer import Workflow

flow = Workflow("greet")
flow.set("say", text="hello {number}")
"""


def main() -> None:
    with new_world() as world:
        project = world.project(TALKER)
        words = " ".join(f"word{number % 97}" + "\n\n" * (number % 60 == 0) for number in range(WORDS))
        said = words.replace("\n", "\\n")
        (project / "talker.yaml").write_text(f'- chunk: {PAUSE}\n  say: "{said}"\n')
        applied = world.run("apply", cwd=project)
        assert applied.code == 0, applied.text
        used: dict[str, list[float]] = {form: [] for form in FORMS}
        for number in range(ROUNDS + 1):
            for form in FORMS:
                milliseconds = talk(world, project, form)
                if number:
                    used[form].append(milliseconds)
        print(f"processor time of a run that streams {1 / PAUSE:.0f} tokens/s:")
        table(used, "plain")
        more = statistics.median(used["live"]) - statistics.median(used["plain"])
        print(
            f"live - plain: {100 * more / (1000 * WORDS * PAUSE):.1f} % of a processor, goal: at most 5 %\n"
        )
    with new_world() as world:
        project = world.project(GREETER)
        took = saves(world, project)
        print("save → first event of the new run on the screen:")
        table(took, "plain")
        more = statistics.median(took["live"]) - statistics.median(took["plain"])
        print(f"live - plain: {more:+.1f} ms, goal: at most {DELAY_GOAL_MS:.0f} ms")


def talk(world: World, project: Path, form: str) -> float:
    """Milliseconds of processor time, of the command alone."""
    before = processor_seconds()
    terminal = spawn(world, project, "run", "talker", "-o", form)
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0, terminal.before
    return 1000 * (processor_seconds() - before)


def saves(world: World, project: Path) -> dict[str, list[float]]:
    """Milliseconds; each save is seen by one loop at a time."""
    took: dict[str, list[float]] = {form: [] for form in FORMS}
    for turn in range(3):
        for form in FORMS:
            with watching(world, project, form) as terminal:
                for number in range(SAVES // 3 + 1):
                    (project / "main.py").write_text(GREETER.format(number=f"{form} {turn} {number}"))
                    start = time.perf_counter()
                    terminal.expect("Execution ID")
                    if number:
                        took[form].append(1000 * (time.perf_counter() - start))
                    terminal.expect("watching")
                    time.sleep(1.2)  # as people save: what was drawn for the run before is no part of it
    return took


@contextmanager
def watching(world: World, project: Path, form: str) -> Iterator[pexpect.spawn[str]]:
    terminal = spawn(world, project, "run", "greet", "--watch", "--settle", "10", "-o", form)
    terminal.expect("watching")
    time.sleep(1)
    yield terminal
    terminal.send("q")
    terminal.expect(pexpect.EOF)
    terminal.close()


def spawn(world: World, project: Path, *arguments: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        str(STIGMER),
        list(arguments),
        cwd=str(project),
        env=world.environ | {"TERM": "xterm-256color"},
        dimensions=(40, 120),
        encoding="utf-8",
        timeout=120,
    )


if __name__ == "__main__":
    main()
