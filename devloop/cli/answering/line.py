"""One line that somebody types into a terminal as in a shell, while the rest of the program goes on."""

from __future__ import annotations

import asyncio
import os

from devloop.terminal.job_control import in_front

READ_BYTES = 4096


async def typed_line(descriptor: int) -> str:
    """Without its end; empty at the end of the input. The terminal shows and corrects what is typed."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[bytes] = loop.create_future()

    def read() -> None:
        if typed.done() or not in_front(descriptor):
            return
        try:
            typed.set_result(os.read(descriptor, READ_BYTES))
        except OSError:
            typed.set_result(b"")

    loop.add_reader(descriptor, read)
    try:
        return (await typed).decode("utf-8", "replace").strip()
    finally:
        loop.remove_reader(descriptor)
