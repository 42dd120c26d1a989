"""Asks which one to run, once all that came before the question is on the screen."""

from __future__ import annotations

import os
import sys

import anyio

from devloop.render.output import Output
from devloop.terminal.job_control import in_front
from devloop.terminal.stream import Terminal, is_dumb
from runcmd.events import ApplyFinished, Event
from runcmd.request import RunRequest
from runcmd.target import Choose

SHOWN_SECONDS = 1.0


def asks(output: Output, out: Terminal) -> bool:
    """Is there somebody to ask?"""
    attended = out.cursor or (out.interactive and is_dumb(os.environ))  # else it is CI
    if not output.for_people or not attended or out.in_background or sys.stdin is None:
        return False
    return in_front(sys.stdin.fileno())


class Asking:
    """For one run, in its event loop."""

    def __init__(self, request: RunRequest, *, asks: bool) -> None:
        self.choose: Choose | None = None  # None: nobody can be asked, or there is nothing to ask
        self._deployed = anyio.Event()
        if asks and request.project is not None:
            from devloop.cli.choose import prompt

            self.choose = prompt(request.project.directory, self._all_shown)

    def shown(self, event: Event) -> None:
        """It is on the screen."""
        if isinstance(event, ApplyFinished):
            self._deployed.set()

    async def _all_shown(self) -> None:
        with anyio.move_on_after(SHOWN_SECONDS):
            await self._deployed.wait()
