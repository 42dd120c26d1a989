"""Run a project's Python program for what it declares, in a fresh child process."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from runcmd.interpreter import cannot_start, project_python
from runcmd.project import Project
from runcmd.synthesis.child import run_program
from runcmd.synthesis.interfaces import Finished
from runcmd.synthesis.leash import guard, leash
from runcmd.synthesis.live import LiveOutput
from stigmer_api.manifest_files import OUT_DIR


async def fresh_child(
    project: Project, out: Path, deadline: float, output: LiveOutput | None = None
) -> Finished:
    call = f"{guard()}from stigmer._program.synthesis import main; main()"
    env = {**os.environ, OUT_DIR: str(out)}
    with leash() as pipe:
        command = python_command(project, call, str(project.main), str(project.directory), str(pipe))
        return await started(project, command, env, deadline, pipe, output)


async def started(
    project: Project,
    command: Sequence[str],
    env: Mapping[str, str],
    deadline: float,
    pipe: int,
    output: LiveOutput | None = None,
) -> Finished:
    """Beside the project's program. Raises UsageError."""
    try:
        return await run_program(
            command,
            cwd=project.main.parent,
            env=env,
            deadline=deadline,
            pass_fds=(pipe,),
            output=output,
        )
    except OSError as error:
        raise cannot_start(Path(command[0]), project, error) from error


def python_command(project: Project, call: str, *arguments: str) -> list[str]:
    """The project's interpreter, with our SDK in reach and nothing of the project's."""
    python = project_python(project)
    roots = _sdk_roots() if python == Path(sys.executable) else []
    where = f"import sys; sys.path += {roots!r}\n" if roots else ""
    # -P: no directory of the user's is searched before the SDK is loaded. -B: no bytecode is left.
    return [str(python), "-P", "-B", "-X", "utf8", "-c", where + call, *arguments]


def _sdk_roots() -> list[str]:
    """Where our own SDK lies, unless it is installed in the interpreter anyway (a source tree)."""
    specs = [find_spec(name) for name in ("stigmer", "stigmer_api")]
    roots = {str(Path(spec.origin).parent.parent) for spec in specs if spec and spec.origin}
    return sorted(roots - {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
