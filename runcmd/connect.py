"""Connects to a backend, and says which one it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from runcmd.backend.address import Address
from runcmd.backend.calls import Backend, open_backend
from runcmd.backend.patience import Connect
from runcmd.events import BackendConnected, Emit, Warned
from stigmer_api.facts import LOCAL_ORGANIZATION

if TYPE_CHECKING:
    from runcmd.project import Project


@asynccontextmanager
async def connected(address: Address, connect: Connect, emit: Emit) -> AsyncIterator[Backend]:
    """The backend at this address. Should it be lost meanwhile, `connect` finds it again."""
    async with open_backend(address, partial(_found_again, connect, emit)) as backend:
        await _greet(address, emit)
        yield backend


async def _found_again(connect: Connect, emit: Emit) -> Address:
    address = await connect()
    if address.started:
        await _greet(address, emit)
    return address


async def _greet(address: Address, emit: Emit) -> None:
    """There is a backend; whoever started it tells what it found."""
    await emit(BackendConnected(address=address.description or address.target, started=address.started))
    if address.started and address.missing:
        await emit(Warned(text=address.missing))


def organization(given: str, project: Project | None, address: Address) -> str:
    """One rule for all commands: as given; else the project's on a server of many; else the local one."""
    if given or not address.tls:
        return given or LOCAL_ORGANIZATION
    return project.organization if project else ""
