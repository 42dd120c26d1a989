"""CALL_ACTIVITY: a Python function of the project, called in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from stigmerd.effects import JournalledEffects
from stigmerd.records import Json
from stigmerd.workflow.failure import TaskFailed, failed

CHILD: Final = Path(__file__).with_name("activity_child.py")
FACTS: Final = "devloop.stigmer.ai/"
SECONDS: Final = 300
RESULT_BYTES: Final = 4 << 20
SHOWN_CHARACTERS: Final = 2000
TERMINATE_SECONDS: Final = 0.5
# What a program needs to run at all; the rest of its environment is the workflow's.
PASSED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class ActivityCalls:
    async def __call__(self, key: str, arguments: Mapping[str, Json], effects: JournalledEffects) -> Json:
        name = arguments["activity"]
        python, main, directory = (
            self._fact(effects, fact, name) for fact in ("python", "main", "project-dir")
        )
        variables = {
            each: entry["value"] for each, entry in effects.sealed.reveal(effects.sealed.env).items()
        }
        environment = {each: os.environ[each] for each in PASSED if each in os.environ} | variables
        given = json.dumps(effects.sealed.reveal(arguments["input"])).encode()
        read, write = os.pipe()
        try:
            command = [python, "-P", "-B", "-X", "utf8", str(CHILD), main, directory, name, str(write)]
            child = await _spawned(command, directory, environment, write)
        except OSError as error:
            os.close(read)
            raise failed(
                "configuration", f"cannot start {python} for the activity {name}", str(error)
            ) from None
        finally:
            os.close(write)
        return await _outcome(name, child, given, read)

    def _fact(self, effects: JournalledEffects, fact: str, name: str) -> str:
        found = effects.annotations.get(FACTS + fact, "")
        if not found:
            raise failed(
                "configuration",
                f"the activity {name} cannot be found",
                "the workflow does not come from a local Python project; start it with `stigmer run`",
                status=400,
            )
        return found


async def _spawned(
    command: list[str], directory: str, environment: Mapping[str, str], pipe: int
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        cwd=directory,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        pass_fds=(pipe,),
        start_new_session=True,
    )


async def _outcome(name: str, child: asyncio.subprocess.Process, given: bytes, read: int) -> Json:
    try:
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            result = group.create_task(_read(read))
            said = group.create_task(_said(child, given))
            status = group.create_task(_left(child))
    except TimeoutError:
        raise failed("timeout", f"the activity {name} took longer than {SECONDS} s", status=408) from None
    finally:
        await _stopped(child)
    return _value(name, result.result(), said.result(), status.result())


def _value(name: str, result: bytes, said: str, status: int) -> Json:
    if len(result) > RESULT_BYTES:
        raise failed("activity", f"the activity {name} gave more than {RESULT_BYTES >> 20} MiB", status=413)
    try:
        answer = json.loads(result)
    except ValueError:
        raise failed(
            "activity", f"the activity {name} ended with status {status} and no result", said
        ) from None
    if "value" in answer:
        return answer["value"]
    raise _raised(name, answer)


def _raised(name: str, answer: Mapping[str, Json]) -> TaskFailed:
    title = f"the activity {name} raised {answer['type']}"
    return failed(
        "activity", f"{title}: {answer['message']}"[:SHOWN_CHARACTERS], answer["details"][-SHOWN_CHARACTERS:]
    )


async def _read(pipe: int) -> bytes:
    """All of it, but no more than we take; keeps draining so that the child can end."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb")
    )
    try:
        kept = b""
        while piece := await reader.read(1 << 16):
            kept = (kept + piece)[: RESULT_BYTES + 1]
        return kept
    finally:
        transport.close()


async def _said(child: asyncio.subprocess.Process, given: bytes) -> str:
    """The end of what it printed."""
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(ConnectionError):
        child.stdin.write(given)
        await child.stdin.drain()
    child.stdin.close()
    kept = b""
    while piece := await child.stdout.read(1 << 16):
        kept = (kept + piece)[-SHOWN_CHARACTERS:]
    return kept.decode("utf-8", "replace").strip()


async def _left(child: asyncio.subprocess.Process) -> int:
    """Its status. What it started ends with it, or the pipes would stay open."""
    status = await child.wait()
    _signal(child, signal.SIGKILL)
    return status


async def _stopped(child: asyncio.subprocess.Process) -> None:
    """It and all that it started: politely, then not."""
    _signal(child, signal.SIGTERM)
    with suppress(TimeoutError):
        await asyncio.wait_for(child.wait(), TERMINATE_SECONDS)
    _signal(child, signal.SIGKILL)
    await child.wait()


def _signal(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
