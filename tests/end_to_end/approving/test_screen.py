"""A call that must be approved, asked about at the run's own terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.approving.project import new_project
from tests.support.drawn import Drawn
from tests.support.world import World, new_world

KEYS = "[y]es / [n]o / [a]lways in this run / [d]eny with a reason"


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with new_world() as world:
        yield world


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.fixture
def project(shared: World, notes: Path) -> Path:
    return new_project(shared, notes)


def asked(shown: str) -> int:
    return shown.count(KEYS)


@pytest.mark.parametrize("output", ["plain", "live"])
def test_one_after_the_other_in_order(shared: World, project: Path, notes: Path, output: str) -> None:
    run = Drawn(shared.terminal("run", "pair", "-o", output, cwd=project))
    assert asked(run.until(KEYS)) == 1
    run.press("y")
    run.until(lambda text: asked(text) == 2)
    run.press("d")
    run.until("Why not append?")
    run.press("not on a Friday\r")
    run.until("append denied (stigmer run): not on a Friday")
    assert run.end() == 0
    assert notes.read_text() == "x"


def test_always_and_an_answer_from_elsewhere(shared: World, project: Path, notes: Path) -> None:
    run = Drawn(shared.terminal("run", "pair", cwd=project))
    run.until(KEYS)
    run.press("a")
    assert run.end() == 0
    assert sorted(notes.read_text()) == ["x", "y"]
    other = Drawn(shared.terminal("run", "clerk", cwd=project))
    other.until(KEYS)
    assert shared.run("executions", "deny", "last").code == 0
    assert "append denied (executions deny)" in other.until("append denied")
    assert other.end() == 0


def test_a_cancelled_run_asks_no_more(shared: World, project: Path, notes: Path) -> None:
    run = Drawn(shared.terminal("run", "clerk", cwd=project))
    run.until(KEYS)
    run.press("\x03")
    assert run.end() == 130
    late = shared.run("executions", "approve", "last")
    assert (late.code, notes.exists()) == (1, False), late.text


def test_in_a_loop_a_save_takes_the_question_back(shared: World, project: Path, notes: Path) -> None:
    loop = Drawn(shared.terminal("run", "clerk", "--watch", cwd=project))
    loop.until(KEYS)
    loop.press("p")  # other keys are the loop's
    loop.until("Paused: changes start no run")
    loop.press("p")
    script = project / "one.yaml"
    script.write_text(script.read_text().replace("Then:", "Now:"))
    loop.until(lambda text: asked(text) == 2)
    loop.press("y")
    loop.until("Now: appended")
    loop.press("q")
    loop.end()
    assert notes.read_text() == "x"


def test_of_several_runs_one_after_the_other(shared: World, project: Path, notes: Path) -> None:
    run = Drawn(shared.terminal("run", "clerk", "office", cwd=project))
    run.until(KEYS)
    run.press("y")
    run.until(lambda text: asked(text) == 2)
    run.press("n")
    assert run.end() == 0
    assert notes.read_text() == "x"


def test_in_a_conversation(shared: World, project: Path, notes: Path) -> None:
    chat = Drawn(shared.terminal("run", "clerk", "-i", cwd=project))
    chat.until("listens")
    chat.press("write it down\r")
    chat.until(KEYS)
    chat.press("y")
    chat.until("Then: appended")
    chat.press("\x04")
    assert chat.end() == 0
    assert notes.read_text() == "x"


def test_somebody_is_quicker_than_the_reason(shared: World, project: Path, notes: Path) -> None:
    run = Drawn(shared.terminal("run", "clerk", cwd=project))
    run.until(KEYS)
    run.press("d")
    run.until("Why not append?")
    assert shared.run("executions", "approve", "last").code == 0
    run.until("Then: appended")
    assert run.end() == 0
    assert notes.read_text() == "x"


def test_who_follows_is_asked_too(shared: World, project: Path, notes: Path) -> None:
    begun = shared.run("run", "clerk", "--no-follow", cwd=project)
    assert begun.code == 0, begun.text
    followed = Drawn(shared.terminal("executions", "follow", "last"))
    followed.until(KEYS)
    followed.press("y")
    assert followed.end() == 0
    assert notes.read_text() == "x"
