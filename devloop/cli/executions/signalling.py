"""`stigmer executions signal`: what a workflow waits for, with data."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from pathlib import Path

from devloop.cli.connect import BackendChoice
from devloop.cli.input.places import STDIN, file_of
from devloop.cli.opened import asking, opened
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.errors import EXIT_OK, UsageError
from runcmd.which_execution import find_execution
from stigmer_api.reading import read_patiently

MOST_BYTES = 16 << 20


def signal(execution: str, name: str, payload: str | None, data: str | None, server: str) -> int:
    """Sends it. The exit status."""
    narrate()
    return asking(server, Output.PLAIN, partial(_signal, execution, name, payload, data))


async def _signal(
    execution: str,
    name: str,
    payload: str | None,
    data: str | None,
    choice: BackendChoice,
    _renderer: Renderer,
) -> int:
    value = payload_of(payload, data)
    out, _ = standard_terminals()
    async with opened(choice) as backend:
        _, found = await find_execution(execution, backend)
        delivered = await backend.signal(found.metadata.id, name, value)
    waited = "which waited for it" if delivered else "which has it when it asks for it"
    out.line(f"sent {name} to {found.metadata.id}, {waited}")
    return EXIT_OK


def payload_of(payload: str | None, data: str | None) -> object:
    """What comes with the signal: PAYLOAD may be any text, --data is JSON. Raises UsageError."""
    if data is None:
        return None if payload is None else _json_or_text(payload)
    if payload is not None:
        raise UsageError(
            "PAYLOAD and --data are two ways to say the same", code="E0102", hint="leave one of them out"
        )
    file = file_of(data)
    text = data if file is None else _content(file)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = "--data" if file is None else "standard input" if file == STDIN else str(file)
        what = (
            f"line {error.lineno}, column {error.colno}: {error.msg}"
            if isinstance(error, json.JSONDecodeError)
            else "nested too deeply"
        )
        hint = """for instance --data '{"approved": true}', or --data @FILE"""
        with suppress(OSError, ValueError):
            if file is None and Path(data).is_file():
                hint = f"did you mean --data @{data}?"
        raise UsageError(f"{where} is not JSON ({what})", code="E0153", hint=hint) from error


def _content(file: Path) -> str:
    try:
        return read_patiently(file, MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"--data: cannot read {file}: {error.strerror}", code="E0133") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text", code="E0109", hint="save it as UTF-8") from error


def _json_or_text(payload: str) -> object:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return payload
