"""`stigmer executions prune` and `delete`: remove executions from the backend."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import anyio

from devloop.cli.connect import BackendChoice, choose_backend
from devloop.cli.durations import seconds_of
from devloop.cli.opened import opened
from devloop.render.errors import error_block
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_OK, RunError
from runcmd.pruning import PruneResult
from runcmd.which_execution import find_execution
from stigmer_api.config_file import config_file


def prune(*, older_than: str, keep: int | None, dry_run: bool, server: str) -> int:
    """The exit status."""

    async def perform(choice: BackendChoice) -> str:
        seconds = seconds_of("--older-than", older_than) if older_than != "" else None
        async with opened(choice) as backend:
            pruned = await backend.prune(keep=keep, older_than_seconds=seconds, dry_run=dry_run)
        return summary(pruned, dry_run=dry_run)

    return _run(server, perform)


def delete(executions: Sequence[str], *, server: str) -> int:
    """The exit status. All are found before one is deleted."""

    async def perform(choice: BackendChoice) -> str:
        async with opened(choice) as backend:
            found = [await find_execution(each, backend) for each in executions]
            by_id = {each.metadata.id: kind for kind, each in found}
            for execution, kind in by_id.items():
                await backend.delete(kind, execution)
        return "\n".join(f"deleted {execution}" for execution in by_id)

    return _run(server, perform)


def summary(pruned: PruneResult, *, dry_run: bool) -> str:
    what = _counted(pruned.executions, "execution")
    if pruned.sessions:
        what += f" and {_counted(pruned.sessions, 'session')}"
    if dry_run:
        return f"{what} would be deleted; the database has {_size(pruned.bytes_before)}"
    return (
        f"{what} deleted; the database has {_size(pruned.bytes_after)}, before {_size(pruned.bytes_before)}"
    )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _run(server: str, perform: Callable[[BackendChoice], Awaitable[str]]) -> int:
    out, err = standard_terminals()
    narrate()
    try:
        choice = choose_backend(server=server, environ=os.environ, config=config_file(), needs_org=False)
        for line in anyio.run(partial(perform, choice)).split("\n"):
            out.line(line)
        out.flush()
    except RunError as error:
        error_block(err, error.message, error.hint, error.details, code=error.code)
        return error.exit_code
    return EXIT_OK
