"""A backend that can be switched off and on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import TaskGroup, TaskStatus

from runcmd.backend.address import Address
from runcmd.errors import BackendError
from stigmerd.server import ServerSettings, open_server


class SwitchedBackend:
    """One that can be switched off and on, with its data kept."""

    def __init__(self, directory: Path, tasks: TaskGroup) -> None:
        self._settings = ServerSettings(
            data_dir=directory / "data", addresses=(f"unix:{directory / 'sock'}",)
        )
        self._tasks = tasks
        self._switched_off = anyio.Event()
        self._gone = anyio.Event()
        self.refused = 0  # attempts to reach it while it was off

    async def on(self) -> None:
        self._switched_off, self._gone = anyio.Event(), anyio.Event()
        await self._tasks.start(self._serve)

    async def off(self) -> None:
        self._switched_off.set()
        await self._gone.wait()

    async def connect(self) -> Address:
        if self._switched_off.is_set():
            self.refused += 1
            raise BackendError("it is switched off", code="E0501", hint="switch it on")
        return Address(target=self._settings.addresses[0])

    async def _serve(self, *, task_status: TaskStatus[None]) -> None:
        async with open_server(self._settings):
            task_status.started()
            await self._switched_off.wait()
        self._gone.set()


@asynccontextmanager
async def open_switched(directory: Path) -> AsyncIterator[SwitchedBackend]:
    """It is on. What it keeps and its socket are in the directory."""
    async with anyio.create_task_group() as tasks:
        backend = SwitchedBackend(directory, tasks)
        await backend.on()
        yield backend
        await backend.off()
