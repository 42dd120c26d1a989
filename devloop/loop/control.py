"""Other programs steer a loop: over a Unix socket, one JSON object a line; see docs/design/control.md."""

from __future__ import annotations

import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import anyio

from devloop.loop.commands import Commands
from devloop.loop.events import EditBroken, PastRun
from devloop.loop.output import LoopOutput, Shown
from devloop.loop.sockets import ControlSocket
from devloop.loop.state import Stage
from runcmd.errors import EXIT_FAILED, EXIT_OK
from runcmd.events import RunFinished

VERSION = 1
MOST_BYTES = 1 << 16  # of a message
READ_BYTES = 1 << 12
MOST_CLIENTS = 32
ACCEPT_PAUSE_SECONDS = 0.1  # when the system has no room for one more

Record = dict[str, Any]


class WrongMessageError(Exception):
    """Nobody knows what to do with it."""


class LoopControl:
    """Answers messages."""

    def __init__(self, own: ControlSocket, commands: Commands, output: LoopOutput) -> None:
        self._own = own
        self._commands = commands
        self._output = output
        self._verbs: Mapping[str, Callable[[Record], Awaitable[Record]]] = {
            "status": self._status,
            "run": self._run,
            "cancel": self._cancel,
            "pause": partial(self._do, commands.pause),
            "resume": partial(self._do, commands.resume),
            "stop": self._do_nothing,  # `_converse` does it, when the answer is on its way
        }

    async def serve(self) -> None:
        """For ever."""
        room = anyio.Semaphore(MOST_CLIENTS)
        async with anyio.create_task_group() as clients:
            while True:
                await room.acquire()
                clients.start_soon(self._attend, await self._accepted(), room)

    async def _accepted(self) -> socket.socket:
        while True:
            await anyio.wait_readable(self._own.listening)
            try:
                return self._own.listening.accept()[0]
            except OSError:  # it has gone already, or there is no room for it
                await anyio.sleep(ACCEPT_PAUSE_SECONDS)

    async def _attend(self, client: socket.socket, room: anyio.Semaphore) -> None:
        try:
            with client:
                client.setblocking(False)
                await self._converse(client)
        except OSError:
            pass  # it has gone
        finally:
            room.release()

    async def _converse(self, client: socket.socket) -> None:
        data = b""
        while len(data) <= MOST_BYTES:
            line, end, rest = data.partition(b"\n")
            if not end:
                await anyio.wait_readable(client)
                more = client.recv(READ_BYTES)
                if not more:
                    return
                data += more
                continue
            data = rest
            answer = await self.answer(line)
            await _send(client, json.dumps(self._output.masked(answer)).encode() + b"\n")
            if answer.get("command") == "stop" and answer["ok"]:
                self._commands.end("it was asked to stop")
        await _send(client, json.dumps(_wrong("the message is too long")).encode() + b"\n")

    async def answer(self, line: bytes) -> Record:
        """To one message."""
        try:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise WrongMessageError("a message is an object")
            verb = self._verbs.get(str(message.get("command")))
            if verb is None:
                known = ", ".join(self._verbs)
                raise WrongMessageError(f'no command "{message.get("command")}"; there are: {known}')
            self._commands.asked()
            found = await verb(message)
        except WrongMessageError as error:
            return _wrong(str(error))
        except (ValueError, RecursionError):
            return _wrong("a message is one line of JSON")
        return {"version": VERSION, "ok": True, "command": message["command"], **found}

    # -- the commands --------------------------------------------------------------------------------

    async def _status(self, _: Record) -> Record:
        state = self._commands.state()
        return {
            "project": str(self._own.project),
            "socket": str(self._own.path),
            "targets": list(state.targets or self._own.named),
            "gen": state.gen,
            "files": state.files,
            "paused": state.paused.value if state.paused else None,
            "manual": state.manual,
            "changed": list(state.changed),
            "missing": state.missing,
            "running": [_past(each) for each in state.running],
            "last": _past(state.last) if state.last else None,
        }

    async def _do(self, call: Callable[[], bool], _: Record) -> Record:
        self._started()
        done = call()
        self._commands.rest()
        return {"done": done}

    async def _do_nothing(self, _: Record) -> Record:
        return {}

    async def _cancel(self, _: Record) -> Record:
        self._started()
        runs = self._commands.cancel()
        self._commands.rest()
        return {"runs": runs}

    def _started(self) -> None:
        if not self._commands.state().gen:
            raise WrongMessageError("the loop has not started yet; try again in a moment")

    async def _run(self, message: Record) -> Record:
        self._started()
        heard: list[tuple[int, Shown, str]] = []
        with self._output.heard(lambda *shown: heard.append(shown)):
            begun = await self._commands.run_now()
            if begun is None:
                missing = self._commands.state().missing
                held = f"{missing} is gone; the run starts when it is back"
                raise WrongMessageError(held if missing else "the loop is ending")
            if message.get("wait") is not True:
                return {"gen": begun.number}
            await begun.until(Stage.OVER)
        mine = [(event, target) for gen, event, target in heard if gen == begun.number]
        errors = [event for event, _ in mine if isinstance(event, EditBroken)]
        return {
            "gen": begun.number,
            "outdated": begun.outdated,  # a newer version took its place before it ran
            "exit_code": errors[-1].exit_code if errors else EXIT_FAILED if begun.outdated else EXIT_OK,
            "error": errors[-1].error if errors else "",
            "hint": errors[-1].hint if errors else "",
            "code": errors[-1].facts.get("code", "") if errors else "",
            "details": [*errors[-1].details] if errors else [],
            "runs": [_finished(event, target) for event, target in mine if isinstance(event, RunFinished)],
        }


def _wrong(text: str) -> Record:
    return {"version": VERSION, "ok": False, "error": text}


def _past(run: PastRun) -> Record:
    return {
        "run": run.run,
        "gen": run.gen,
        "target": run.target,
        "at": run.at,
        "cause": run.cause.value,
        "changed": list(run.changed),
        "execution": run.execution,
        "outcome": run.outcome.value if run.outcome else None,
        "seconds": run.seconds,
    }


def _finished(event: RunFinished, target: str) -> Record:
    return {
        "target": target or event.name,
        "execution": event.execution,
        "outcome": event.outcome.value,
        "exit_code": event.exit_code,
        "seconds": event.seconds,
        "answer": event.answer,
        "error": event.error,
        "hint": event.hint,
        "code": event.facts.get("code", ""),
    }


async def _send(client: socket.socket, data: bytes) -> None:
    while data:
        try:
            data = data[client.send(data) :]
        except BlockingIOError:
            await anyio.wait_writable(client)
