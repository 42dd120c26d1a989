"""A real run in a process of its own, shown on its standard output."""

from __future__ import annotations

import itertools
import sys

import anyio

from devloop.cli.show import show_run
from devloop.render.choose import run_renderer
from devloop.render.output import Output
from devloop.terminal.stream import standard_terminals
from runcmd.events import MessageStarted, Outcome, Role, RunFinished
from runcmd.stream import Run, open_stream


def say(number: int) -> MessageStarted:
    return MessageStarted(index=number, role=Role.AI, text=f"line {number}")


async def waits(run: Run) -> RunFinished:
    """Says one thing and never ends."""
    await run.emit(say(0))
    await anyio.sleep_forever()
    raise AssertionError


async def floods(run: Run) -> RunFinished:
    """Never stops talking."""
    for number in itertools.count():
        await run.emit(say(number))
    raise AssertionError


async def stubborn(run: Run) -> RunFinished:
    """Says one thing and does not let itself be cancelled."""
    await run.emit(say(0))
    with anyio.CancelScope(shield=True):
        await anyio.sleep_forever()
    raise AssertionError


async def ends(run: Run) -> RunFinished:
    """Says one thing and is done."""
    await run.emit(say(0))
    return RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0)


async def _shown(name: str, output: str) -> int:
    renderer = run_renderer(Output(output), *standard_terminals())
    async with open_stream(
        {"waits": waits, "floods": floods, "stubborn": stubborn, "ends": ends}[name]
    ) as run:
        status = await show_run(run, renderer)
    renderer.close()
    return status


if __name__ == "__main__":
    sys.exit(anyio.run(_shown, *sys.argv[1:]))
