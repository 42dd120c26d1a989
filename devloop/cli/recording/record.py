"""`stigmer record`: what the model of an agent really said becomes a script that says it again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio

from devloop.cli.connect import BackendChoice, choose_backend
from devloop.cli.flags import WatchFlags
from devloop.cli.here import placed
from devloop.cli.opened import opened
from devloop.cli.recording.flags import RecordFlags
from devloop.cli.run import run
from devloop.cli.show import gave_up
from devloop.render.artifacts.files import ensure_writable, is_ordinary, replace_file
from devloop.render.errors import error_block
from devloop.terminal.stream import Style, standard_terminals
from runcmd.errors import EXIT_OK, RunError, UsageError
from runcmd.events import Event, ExecutionCreated
from runcmd.recorded import Recorded, recorded
from stigmer_api.config_file import config_file
from stigmer_api.scripts.recorded import RecordedScript, script_of

STDOUT = "-"
OF_A_RUN = ("message", "session", "model", "env", "env_file", "timeout")


def record(flags: RecordFlags) -> int:
    """The exit status: that of the run, whose answers are recorded even if it failed."""
    _, err = standard_terminals()
    try:
        _check(flags)
        file = _file(flags, flags.name)
        status, execution = (EXIT_OK, flags.execution) if flags.execution else _run(flags)
        if not execution:
            return status
        choice = choose_backend(
            server=flags.server, environ=os.environ, config=config_file(), org=flags.org, needs_org=False
        )
        found = anyio.run(_read, execution, choice)
        _write(flags, found, _file(flags, found.agent) if file is None else file)
        return status
    except RunError as error:
        error_block(err, error.message, error.hint, code=error.code)
        err.flush()
        return error.exit_code
    except OSError as error:
        return gave_up(error)


def _check(flags: RecordFlags) -> None:
    if not flags.name and not flags.execution and not flags.session:
        raise UsageError(
            "whose answers are to be recorded?",
            code="E0103",
            hint='stigmer record AGENT -m "hello" runs one; stigmer record --from last takes what has run',
        )
    if flags.to == STDOUT and not flags.execution:
        raise UsageError(
            "--to - needs --from: the run itself is shown on standard output",
            code="E0103",
            hint="give --to a file, or run first, then: stigmer record --from last --to -",
        )
    given = [name for name in OF_A_RUN if getattr(flags, name)]
    if flags.execution and (flags.name or given):
        what = "an agent" if flags.name else f"--{given[0].replace('_', '-')}"
        raise UsageError(
            f"--from records what has run, and {what} is for a new run",
            code="E0102",
            hint="leave one of them out",
        )


def _file(flags: RecordFlags, agent: str | None) -> Path | None:
    """None: not known yet, or standard output. Raises UsageError, before anything runs for nothing."""
    if flags.to == STDOUT or (flags.to is None and not agent):
        return None
    file = placed(Path(flags.to or f"{agent}.yaml").expanduser())
    ensure_writable(file, "the script")
    if file.exists() and is_ordinary(file) and not flags.force:
        raise UsageError(
            f"there is a file {file} already",
            code="E1342",
            hint="replace it with --force, or give another one with --to",
        )
    return file


def _run(flags: RecordFlags) -> tuple[int, str]:
    """The exit status, and the id of what ran; empty if nothing did."""
    created: list[str] = []

    def shown(event: Event) -> None:
        if isinstance(event, ExecutionCreated):
            created.append(event.execution)

    status = run(
        WatchFlags(
            names=[flags.name] if flags.name else None,
            message=flags.message,
            session=flags.session,
            model=flags.model,
            env=flags.env,
            env_file=flags.env_file,
            timeout=flags.timeout,
            project=flags.project,
            trust=flags.trust,
            org=flags.org,
            server=flags.server,
            output=flags.output,
            verbose=flags.verbose,
        ),
        shown,
    )
    return status, created[0] if created else ""


async def _read(execution: str, choice: BackendChoice) -> Recorded:
    async with opened(choice) as backend:
        return await recorded(execution, backend)


def _write(flags: RecordFlags, found: Recorded, file: Path | None) -> None:
    whose = f" of {found.agent}" if found.agent else ""
    script = script_of(found.said, [f"Recorded from {found.execution}{whose}."])
    if file is None:
        sys.stdout.write(script.text)
        sys.stdout.flush()
    else:
        replace_file(file, script.text)
    _tell(found, script, file)


def _tell(found: Recorded, script: RecordedScript, file: Path | None) -> None:
    _, err = standard_terminals()
    count = f"{script.turns} turn{'s' * (script.turns != 1)}"
    if file is not None:
        shown = os.path.relpath(file)
        err.line(f"✓ Recorded {count} of {found.agent or 'the agent'} in {shown}", Style.GOOD)
        err.line(f'  use it: model=Scripted("{shown}"), or for one run: --model scripted:{shown}', Style.DIM)
    for left_out, why in (
        (found.left_out, "not over, or cancelled"),
        (
            script.left_out,
            "other answers to the same messages, which a script cannot tell apart",
        ),
    ):
        if left_out:
            err.line(f"warning: {left_out} left out: {why}", Style.WARN)
    err.flush()
