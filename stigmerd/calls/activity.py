"""CALL_ACTIVITY: a Python function of the project, called in a process of its own.

The project's interpreter runs the SDK's activity host: arguments in by stdin, the answer out by stdout.
"""

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
from stigmerd.workflow.failure import failed, nested_too_deep

HOST: Final = "from stigmer._program.activity_host import main; main()"
FACTS: Final = "devloop.stigmer.ai/"
SECONDS: Final = 300
ANSWER_BYTES: Final = 4 << 20
SHOWN_CHARACTERS: Final = 2000
TERMINATE_SECONDS: Final = 0.5
# What a program needs to run at all; the rest of its environment is the workflow's.
PASSED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class ActivityCalls:
    async def __call__(self, key: str, arguments: Mapping[str, Json], effects: JournalledEffects) -> Json:
        name, reveal = arguments["activity"], effects.sealed.reveal
        python, main, directory = (_fact(effects, fact, name) for fact in ("python", "main", "project-dir"))
        variables = {each: entry["value"] for each, entry in reveal(effects.sealed.env).items()}
        given = json.dumps(reveal(arguments["input"]) or {}).encode()
        try:
            child = await asyncio.create_subprocess_exec(
                *(python, "-P", "-B", "-X", "utf8", "-c", HOST, main, directory, name),
                cwd=directory,
                env=_environment(main) | variables,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise failed(
                "configuration", f"cannot start {python} for the activity {name}", str(error)
            ) from None
        return await _outcome(name, child, given)


def _fact(effects: JournalledEffects, fact: str, name: str) -> str:
    found = effects.annotations.get(FACTS + fact, "")
    if not found:
        raise failed(
            "configuration",
            f"the activity {name} cannot be found",
            "the workflow does not come from a local Python project; start it with `stigmer run`",
            status=400,
        )
    return found


def _environment(main: str) -> dict[str, str]:
    """With the program's directory to import from, as if it were run itself."""
    passed = {each: os.environ[each] for each in PASSED if each in os.environ}
    return {**passed, "PYTHONPATH": str(Path(main).parent)}


async def _outcome(name: str, child: asyncio.subprocess.Process, given: bytes) -> Json:
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            group.create_task(_write(child.stdin, given))
            answer = group.create_task(_head(child.stdout, ANSWER_BYTES + 1))
            said = group.create_task(_tail(child.stderr, SHOWN_CHARACTERS))
            status = group.create_task(_left(child))
    except TimeoutError:
        raise failed("timeout", f"the activity {name} took longer than {SECONDS} s", status=408) from None
    finally:
        await _stopped(child)
    return _value(name, answer.result(), said.result(), status.result())


def _value(name: str, data: bytes, said: str, status: int) -> Json:
    if len(data) > ANSWER_BYTES:
        raise failed("activity", f"the activity {name} gave more than {ANSWER_BYTES >> 20} MiB", status=413)
    try:
        answer = json.loads(data)
    except RecursionError:
        raise nested_too_deep(f"the result of the activity {name}") from None
    except ValueError:
        title = f"the activity {name} ended with status {status} and no result"
        raise failed("activity", title, said) from None
    if "result" in answer:
        return answer["result"]
    error = answer["error"]
    title = f"the activity {name} raised {error['type']}: {error['message']}"
    raise failed("activity", title[:SHOWN_CHARACTERS], error["traceback"][-SHOWN_CHARACTERS:])


async def _write(stream: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):  # it ended before it had read all; its status tells why
        stream.write(data)
        await stream.drain()
    stream.close()


async def _head(stream: asyncio.StreamReader, size: int) -> bytes:
    """The first bytes; the rest is drained so that the child can end."""
    kept = b""
    while piece := await stream.read(1 << 16):
        kept = (kept + piece)[:size]
    return kept


async def _tail(stream: asyncio.StreamReader, size: int) -> str:
    kept = b""
    while piece := await stream.read(1 << 16):
        kept = (kept + piece)[-size:]
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
