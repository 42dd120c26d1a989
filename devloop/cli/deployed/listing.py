"""`stigmer list`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from devloop.cli.connect import BackendChoice
from devloop.cli.opened import asking, opened
from devloop.render.output import Output
from devloop.render.stored import show_stored
from devloop.terminal.stream import standard_terminals
from runcmd.deployed.ask import stored
from runcmd.deployed.kinds import AGENT, KINDS, WORKFLOW, StoredKind, kinds_named
from runcmd.errors import EXIT_OK

ORDER = {kind.word: place for place, kind in enumerate(dict.fromkeys((AGENT, WORKFLOW, *KINDS)))}


def show_list(kinds: Sequence[str], *, name: str, org: str, server: str, output: Output) -> int:
    """The exit status."""

    async def perform(choice: BackendChoice, _renderer: object) -> int:
        wanted = kinds_wanted(kinds)
        async with opened(choice) as backend:
            found = [each async for each in stored(backend, wanted, org=org, part=name)]
        found.sort(key=lambda each: (ORDER[each.kind], each.name.casefold(), each.org))
        out, _ = standard_terminals()
        show_stored(out, output, found, datetime.now(UTC), filtered=bool(name or org or kinds))
        out.flush()
        return EXIT_OK

    return asking(server, output, perform)


def kinds_wanted(words: Sequence[str]) -> tuple[StoredKind, ...]:
    """Agents and workflows if none is named. Raises UsageError."""
    named = [kind for word in words for each in word.split(",") for kind in kinds_named(each)]
    return tuple(dict.fromkeys(named)) or (AGENT, WORKFLOW)
