"""CALL_ACTIVITY: a Python function of the project, called in a process of its own.

The project's interpreter runs the SDK's activity host: arguments in by stdin, the answer out by stdout. What
the function prints comes by two pipes of its own, what the program prints before it by stderr.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from stigmerd.children.guarded import Guarded
from stigmerd.children.printing import Printing, Tail
from stigmerd.children.programs import ProjectProgram
from stigmerd.engine.calls.printing import printing
from stigmerd.engine.interfaces import Call, CallContext, CallTools
from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.process.long_json import loads
from stigmerd.process.offload import aside
from stigmerd.store.json import Json
from stigmerd.workflow.failure import TaskFailed, failed, nested_too_deep

HOST: Final = "from stigmer._program.activity_host import main; main()"
SECONDS: Final = 300
ANSWER_BYTES: Final = 4 << 20
SHOWN_CHARACTERS: Final = 2000


class ActivityCalls(Call):
    def __init__(self, tools: CallTools) -> None:
        self._lock = tools.helpers

    async def __call__(self, key: str, arguments: Mapping[str, Json], context: CallContext) -> Json:
        name, reveal = arguments["activity"], context.tokens.reveal
        program = _program(context, name)
        variables = {each: entry["value"] for each, entry in reveal(context.tokens.env).items()}
        stdin_data = json.dumps(reveal(arguments["input"]) or {}).encode()
        printed = printing(name, key, context)
        async with printed.opened():
            try:
                child = await program.start(
                    HOST,
                    (name, ",".join(map(str, printed.descriptors))),
                    variables=variables,
                    streams=(asyncio.subprocess.PIPE,) * 3,
                    lock=self._lock,
                    pass_fds=printed.descriptors,
                )
            except (OSError, ValueError) as error:  # ValueError: what no process can be given
                raise _cannot_start(program, name, error) from None
            printed.started()
            return await _communicate(name, child, stdin_data, context.tokens, printed)


def _program(context: CallContext, name: str) -> ProjectProgram:
    found = ProjectProgram.of(context.annotations)
    if found is None:
        raise failed(
            "configuration",
            f"the activity {name} cannot be found",
            "the workflow does not come from a local Python project; start it with `stigmer run`",
            status=400,
        )
    return found


def _cannot_start(program: ProjectProgram, name: str, error: OSError | ValueError) -> TaskFailed:
    directory = program.directory
    if isinstance(error, OSError) and not Path(directory).is_dir():
        return failed(
            "configuration",
            f"the activity {name} cannot run: its project's directory {directory} is gone",
            "bring it back, or deploy the project from where it is now: stigmer apply",
            status=400,
        )
    if isinstance(error, OSError):
        reason = f"cannot start {program.python} for the activity {name}"
    else:
        reason = f"the variables or the name of the activity {name} cannot be given to a process"
    return failed("configuration", reason, str(error), status=400)


async def _communicate(
    name: str, child: Guarded, stdin_data: bytes, tokens: SecretTokens, printed: Printing
) -> Json:
    stdin, stdout, stderr = child.process.stdin, child.process.stdout, child.process.stderr
    assert stdin is not None
    assert stdout is not None
    assert stderr is not None
    try:
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            group.create_task(_write(stdin, stdin_data))
            answer = group.create_task(_read_head(stdout, ANSWER_BYTES + 1))
            group.create_task(_read_all(stderr, printed.tail))
            group.create_task(printed.read())
            status = group.create_task(child.wait())
    except TimeoutError:
        raise failed("timeout", f"the activity {name} took longer than {SECONDS} s", status=408) from None
    finally:
        await child.stop()
    data = answer.result()
    return await aside(len(data), _result_of, name, data, printed.tail.text(), status.result(), tokens)


def _result_of(name: str, data: bytes, errors: str, status: int, tokens: SecretTokens) -> Json:
    """What is shown in part is masked before: half a secret cannot be."""
    if len(data) > ANSWER_BYTES:
        raise failed(
            "activity", f"the activity {name} returned more than {ANSWER_BYTES >> 20} MiB", status=413
        )
    try:
        answer = loads(data)
    except RecursionError:
        raise nested_too_deep(f"the result of the activity {name}") from None
    except ValueError:
        title = f"the activity {name} ended with status {status} and no result"
        raise failed("activity", title, str(tokens.mask(errors))[-SHOWN_CHARACTERS:]) from None
    if "result" in answer:
        return answer["result"]
    error = answer["error"]
    title = f"the activity {name} raised {error['type']}: {error['message']}"
    title, traceback = str(tokens.mask(title)), str(tokens.mask(error["traceback"]))
    raise failed("activity", title[:SHOWN_CHARACTERS], traceback[-SHOWN_CHARACTERS:])


async def _write(stream: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(ConnectionError):  # it ended before it had read all; its status tells why
        stream.write(data)
        await stream.drain()
    stream.close()


async def _read_head(stream: asyncio.StreamReader, size: int) -> bytes:
    """The first bytes; the rest is drained so that the child can end."""
    kept = b""
    while piece := await stream.read(1 << 16):
        kept = (kept + piece)[:size]
    return kept


async def _read_all(stream: asyncio.StreamReader, tail: Tail) -> None:
    while piece := await stream.read(1 << 16):
        tail.add(piece)
