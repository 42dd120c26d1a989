"""A command that asks the backend something: it connects, does it, and shows what went wrong."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio

from devloop.cli.connect import BackendChoice, choose_backend, open_connection, tokens
from devloop.cli.show import show_failure
from devloop.render.choose import masked, run_renderer
from devloop.render.errors import warning
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.stream import standard_terminals
from runcmd.backend.address import Address
from runcmd.backend.calls import Backend, open_backend
from runcmd.errors import RunError
from stigmer_api.config_file import config_file

if TYPE_CHECKING:
    from devloop.render.live.output import LiveTerminal


def asking(
    server: str,
    output: Output,
    perform: Callable[[BackendChoice, Renderer], Awaitable[int]],
    live: LiveTerminal | None = None,
    *,
    org: str = "",
) -> int:
    """The exit status."""
    renderer = run_renderer(output, *standard_terminals(), named=True, live=live)
    try:
        backend = choose_backend(
            server=server, environ=os.environ, config=config_file(), org=org, needs_org=False
        )
        renderer = masked(renderer, tokens(backend))
        return anyio.run(perform, backend, renderer)
    except RunError as error:
        return show_failure(renderer, error)


@asynccontextmanager
async def opened(choice: BackendChoice) -> AsyncIterator[Backend]:
    """A connection to the backend, which is found again if it is lost."""
    async with open_connection(choice) as connect:
        reach = partial(_connect_and_warn, connect)
        async with open_backend(await reach(), reach) as backend:
            yield backend


async def _connect_and_warn(connect: Callable[[], Awaitable[Address]]) -> Address:
    address = await connect()
    if address.started and address.missing:
        warning(standard_terminals()[1], address.missing)
    return address
