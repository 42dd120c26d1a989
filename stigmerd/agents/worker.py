"""The agent process: does what the daemon sends, many executions at once, until the line is closed."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from stigmer_api.masking import masker_of
from stigmerd.agents import frames
from stigmerd.agents.conversation import converse
from stigmerd.agents.failures import explain
from stigmerd.agents.frames import Message
from stigmerd.agents.functions.program import Programs
from stigmerd.agents.log_masking import MaskingFormatter
from stigmerd.agents.mcp.pool import ServerPool
from stigmerd.agents.models.clients.shared import SharedClients, load
from stigmerd.agents.reporter import AgentReporter
from stigmerd.process.no_core import leave_no_core
from stigmerd.store.json import Json

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1
FORMATTER = MaskingFormatter()


def main(descriptor: int) -> None:
    leave_no_core()
    handler = logging.StreamHandler()
    handler.setFormatter(FORMATTER)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(True)
    # Of libraries, about each other; the last line of the log is the reason if the process dies.
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    # What a library prints must not be lost in a buffer when the process is killed.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    asyncio.run(serve(socket.socket(fileno=descriptor), Path.cwd() / "processes"))
    logging.shutdown()
    sys.stdout.flush()
    # All is closed; to take the libraries apart module by module would be 0.4 s of waiting for the daemon.
    os._exit(0)


async def serve(connection: socket.socket, notes: Path) -> None:
    connection.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=connection)
    worker = Worker(lambda message: writer.write(frames.encode(message)), ServerPool(notes), SharedClients())
    heartbeats = asyncio.create_task(send_heartbeats(worker.send))
    worker.send({"type": "ready", "pid": os.getpid()})
    try:
        while (message := await frames.read(reader)) is not None and message["type"] != "close":
            worker.take(message)
    finally:
        heartbeats.cancel()
        await worker.aclose()
        writer.close()


async def send_heartbeats(send: Callable[[Message], None]) -> None:
    while True:
        send({"type": "alive"})
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def reason_of(error: Exception, job: Mapping[str, Json]) -> str:
    """Always one: without it the execution would never end."""
    try:
        return await explain(error, job)
    except Exception:
        logger.exception("why an agent failed cannot be told")
        return masker_of(job["secrets"]).text(f"{type(error).__name__}: {error}")


class Worker:
    """Runs what the daemon sends; each execution is a task of its own."""

    def __init__(self, send: Callable[[Message], None], pool: ServerPool, clients: SharedClients) -> None:
        self.send = send
        self._pool = pool
        self._programs = Programs()
        self._clients = clients
        self._warming: asyncio.Future[None] | None = None  # libraries that are being imported
        self._running: dict[str, tuple[asyncio.Task[None], AgentReporter]] = {}

    def take(self, message: Message) -> None:
        match message["type"]:
            case "run":
                reporter = AgentReporter(message["id"], self.send)
                task = asyncio.create_task(self._run(message, reporter), name=message["id"])
                self._running[message["id"]] = (task, reporter)
            case "stored":
                if running := self._running.get(message["id"]):
                    running[1].stored(message["receipt"])
            case "answer":
                if running := self._running.get(message["id"]):
                    running[1].asker.answered(message["question"], message["answer"])
            case "ping":
                self.send({"type": "alive"})
            case "warm":
                self._warming = asyncio.get_running_loop().run_in_executor(None, load, message["providers"])
            case "cancel":
                if running := self._running.get(message["id"]):
                    running[0].cancel()
                else:
                    self.send({"type": "stopped", "id": message["id"]})

    async def _run(self, message: Message, reporter: AgentReporter) -> None:
        execution_id, job = message["id"], message["job"]
        try:
            FORMATTER.knows(masker_of(job["secrets"]))
            await converse(job, reporter, self._pool, self._programs, self._clients)
            self.send({"type": "ended", "id": execution_id, "error": ""})
        except asyncio.CancelledError:
            self.send({"type": "stopped", "id": execution_id})
        # Nothing that goes wrong in one execution may end the others.
        except Exception as error:
            self.send({"type": "ended", "id": execution_id, "error": await reason_of(error, job)})
        finally:
            self._running.pop(execution_id, None)

    async def aclose(self) -> None:
        tasks = [task for task, _ in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._programs.aclose()
        await self._pool.aclose()
        await self._clients.aclose()
