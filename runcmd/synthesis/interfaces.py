"""Who runs a project's program, and how its end is reported."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from runcmd.frozen import Frozen

if TYPE_CHECKING:
    from runcmd.project import Project
    from runcmd.synthesis.live import LiveOutput


class Finished(Frozen):
    """How a program ended and what it wrote."""

    status: int  # negative: the signal that killed it
    stdout: str
    stderr: str
    timed_out: bool = False


class RunningChild(Protocol):
    """A program that was started and leads a process group of its own."""

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> object: ...

    def signal_group(self, number: signal.Signals) -> bool:
        """False: there is nobody in the group."""
        ...


Start = Callable[[int, int], Awaitable[RunningChild]]  # with these as its standard output and error


class Synthesizer(Protocol):
    """Runs the program to its end. What it declares is in the directory `out` then.

    What it writes goes to `output` at once; the result has it too.

    See stigmer._program.synthesis.
    """

    async def __call__(
        self, project: Project, out: Path, deadline: float, output: LiveOutput | None = None
    ) -> Finished: ...
