"""`stigmer executions prune` and `delete`: remove executions from the backend."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from devloop.cli.connect import BackendChoice, choose_backend
from devloop.cli.durations import seconds_of
from devloop.cli.executions import opened
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


def delete(execution: str, *, server: str) -> int:
    """The exit status."""

    async def perform(choice: BackendChoice) -> str:
        async with opened(choice) as backend:
            kind, found = await find_execution(execution, backend)
            await backend.delete(kind, found.metadata.id)
        return f"deleted {found.metadata.id}"

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
        out.line(anyio.run(partial(perform, choice)))
        out.flush()
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        return error.exit_code
    return EXIT_OK
