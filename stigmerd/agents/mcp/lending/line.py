"""Those who wait for a process of an MCP server, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Ticket:
    """Of one who wants a process. `waits`: there was none for it yet."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.waits = False


class WaitingLine:
    """One line for each kind of server; who is not served at once is served before all who come later."""

    def __init__(self) -> None:
        self._tickets: list[Ticket] = []
        self._change = asyncio.Event()

    @contextmanager
    def joined(self, key: str) -> Iterator[Ticket]:
        ticket = Ticket(key)
        self._tickets.append(ticket)
        try:
            yield ticket
        finally:
            self._tickets.remove(ticket)
            self.changed()

    def may_try(self, ticket: Ticket) -> bool:
        earlier = self._tickets[: self._tickets.index(ticket)]
        return not any(each.waits and each.key == ticket.key for each in earlier)

    @property
    def change(self) -> asyncio.Event:
        """Set with the next change; to be taken before one looks."""
        return self._change

    def changed(self) -> None:
        """Something became free, or somebody left."""
        change, self._change = self._change, asyncio.Event()
        change.set()
