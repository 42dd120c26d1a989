"""`stigmer delete`."""

from __future__ import annotations

from collections.abc import Sequence

from devloop.cli.confirm import confirm
from devloop.cli.connect import BackendChoice
from devloop.cli.deployed.listing import kinds_wanted
from devloop.cli.opened import asking, opened
from devloop.render.errors import error_block
from devloop.render.output import Output
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.deployed.ask import delete as delete_stored
from runcmd.deployed.at_work import refuse_running
from runcmd.deployed.find import FoundResource, resource_named
from runcmd.deployed.kinds import KINDS
from runcmd.errors import EXIT_OK, BackendError


def delete(names: Sequence[str], *, kind: str, yes: bool, org: str, server: str) -> int:
    """The exit status. All are found, and none may be at work, before one is deleted."""
    narrate()

    async def perform(choice: BackendChoice, _renderer: object) -> int:
        out, err = standard_terminals()
        kinds = kinds_wanted([kind]) if kind else KINDS
        status = EXIT_OK
        async with opened(choice) as backend:
            where = choice.org if org else ""
            found = [await resource_named(each, backend, where, kinds, alone=True) for each in names]
            found = list({each.id: each for each in found}.values())
            for each in found:
                await refuse_running(backend, each.kind, each.id, each.line)
            if not yes:
                confirm(_question(found), yes=yes)
            for each in found:
                try:
                    await delete_stored(backend, each.kind, each.id)
                except BackendError as error:
                    error_block(err, f"{each.line}: {error.message}", error.hint, code=error.code)
                    status = error.exit_code
                else:
                    out.line(f"deleted {each.line}")
        out.flush()
        return status

    return asking(server, Output.PLAIN, perform, org=org)


def _question(found: Sequence[FoundResource]) -> str:
    if len(found) == 1:
        return f"Delete {found[0].line}?"
    out, _ = standard_terminals()
    for each in found:
        out.line(f"  {each.line}")
    out.flush()
    return f"Delete these {len(found)}?"
