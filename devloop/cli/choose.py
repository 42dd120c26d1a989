"""Asks on the terminal which of several agents and workflows to run."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from devloop.cli.closed import TerminalClosedError
from devloop.terminal.cells import cells, cut, squeezed
from devloop.terminal.job_control import WHOLE_JOB, stop_now
from devloop.terminal.visible import visible
from runcmd.errors import EXIT_INTERRUPTED, RunError
from runcmd.resolve import Candidate
from runcmd.target import Choose
from stigmer_api.config_file import stigmer_home

if TYPE_CHECKING:
    from questionary import Question

REMEMBERED_PROJECTS = 200
POINTER = 4  # columns before a choice, and one that stays free
LEAST_DESCRIPTION = 5  # columns


class SelectionCancelledError(RunError):
    """The user was asked and gave no answer."""

    exit_code = EXIT_INTERRUPTED


class Memory:
    """Remembers the last choice of each project."""

    def __init__(self, project: Path) -> None:
        self._file = stigmer_home() / "choices.json"
        self._project = str(project)

    def last(self) -> str | None:
        return self._read().get(self._project)

    def remember(self, key: str) -> None:
        choices = self._read()
        choices.pop(self._project, None)
        choices[self._project] = key
        newest = dict(list(choices.items())[-REMEMBERED_PROJECTS:])
        # A convenience: a home that cannot be written to must not stop a run.
        with suppress(OSError):
            self._write(json.dumps(newest, indent=1))

    def _read(self) -> dict[str, str]:
        try:
            choices = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return choices if isinstance(choices, dict) else {}

    def _write(self, text: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self._file.parent, encoding="utf-8", delete=False) as file:
            file.write(text)
        Path(file.name).replace(self._file)


def prompt(project: Path, shown: Callable[[], Awaitable[None]]) -> Choose:
    """Asks on the terminal once earlier output is shown; the last choice in this project is the default."""
    memory = Memory(project)

    async def choose(candidates: Sequence[Candidate]) -> Candidate:
        await shown()
        last = memory.last()
        default = next((each for each in candidates if key_of(each) == last), candidates[0])
        chosen = await _ask(candidates, default)
        memory.remember(key_of(chosen))
        return chosen

    return choose


def key_of(candidate: Candidate) -> str:
    return f"{candidate.kind.value}/{candidate.slug}"


def label(candidate: Candidate, columns: int = 1000) -> str:
    """`[Agent] name - description`, in at most so many columns."""
    kind = f"[{candidate.kind.title}] "
    name = squeezed(visible(candidate.name), columns - len(kind))
    said = visible(" ".join(candidate.description.split()))
    left = columns - cells(f"{kind}{name} - ")
    return f"{kind}{name} - {cut(said, left)}" if said and left > LEAST_DESCRIPTION else f"{kind}{name}"


async def _ask(candidates: Sequence[Candidate], default: Candidate) -> Candidate:
    import questionary

    columns = shutil.get_terminal_size().columns - POINTER
    choices = [questionary.Choice(label(each, columns), value=each) for each in candidates]
    question = questionary.select(
        "Select resource to run:",
        choices=choices,
        default=choices[list(candidates).index(default)],
        qmark=">",
        instruction=" ",
    )
    _stop_on_ctrl_z(question)
    try:
        chosen = await question.unsafe_ask_async()
    except (KeyboardInterrupt, EOFError):
        chosen = None
    if chosen is None and not os.isatty(sys.stdin.fileno()):
        raise TerminalClosedError
    if chosen is None:
        raise SelectionCancelledError("Selection cancelled", code="")
    return candidates[candidates.index(chosen)]


def _stop_on_ctrl_z(question: Question) -> None:
    from prompt_toolkit.application import run_in_terminal
    from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings

    keys = KeyBindings()

    @keys.add("c-z")
    def _(_event: object) -> None:
        run_in_terminal(partial(stop_now, WHOLE_JOB))

    question.application.key_bindings = merge_key_bindings([question.application.key_bindings or keys, keys])
