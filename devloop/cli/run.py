"""`stigmer run`: flags, a project and a backend become one run on the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from devloop.cli.config import config_file, stigmer_home
from devloop.cli.connect import BackendChoice, choose_backend, open_connection, tokens
from devloop.cli.environment import Ask, ask_on_terminal, runtime_env
from devloop.cli.project import find_project
from devloop.cli.show import failed, show_run
from devloop.cli.texts import is_text
from devloop.render.output import Output
from devloop.render.renderer import Renderer, masked, run_renderer
from devloop.terminal.stream import standard_terminals
from runcmd.errors import RunError, UsageError
from runcmd.events import ApplyFinished, Event
from runcmd.pipeline import Choose, open_run
from runcmd.request import DEFAULT_MESSAGE, RunRequest

if TYPE_CHECKING:
    from devloop.cli.watch import WatchFlags

SHOWN_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class RunFlags:
    """What was typed."""

    name: str | None
    message: str = DEFAULT_MESSAGE
    env: tuple[str, ...] = ()
    env_files: tuple[Path, ...] = ()
    follow: bool = True
    project: Path | None = None
    trust: bool = False
    org: str = ""
    server: str = ""
    ephemeral: bool = False
    timeout: float | None = None
    output: Output = Output.AUTO
    watch: WatchFlags | None = None  # None: one run


def run(flags: RunFlags) -> int:
    """The exit status."""
    out, err = standard_terminals()
    renderer = run_renderer(flags.output, out, err, named=flags.name is not None)
    ask = ask_on_terminal if err.interactive else None
    try:
        if flags.watch is not None:
            from devloop.cli.watch import watch

            return watch(flags, flags.watch, ask, out, err)
        request, backend = read_flags(flags, ask)
        renderer = masked(renderer, secrets(request, backend))
        asks = out.interactive and sys.stdin.isatty() and flags.output in (Output.AUTO, Output.PLAIN)
        return anyio.run(_run, request, backend, renderer, asks)
    except RunError as error:
        return failed(renderer, error)


def read_flags(flags: RunFlags, ask: Ask | None) -> tuple[RunRequest, BackendChoice]:
    """All that can be wrong about flags and files is wrong here, before anything is deployed."""
    if flags.timeout is not None and not 0 < flags.timeout < float("inf"):
        raise UsageError(
            f"--timeout {flags.timeout:g} is not a time", hint="give a number of seconds above 0"
        )
    project = find_project(flags.project, trust=flags.trust)
    backend = choose_backend(
        server=flags.server,
        ephemeral=flags.ephemeral,
        org=flags.org,
        project_org=project.organization if project else "",
        environ=os.environ,
        config=config_file(),
    )
    env_files = [project.run.env_file] if project and project.run.env_file and not flags.env_files else []
    # A loop reads them again and again, while it listens to keys: nothing there may keep it waiting.
    pipes = flags.env_files if flags.watch is None else ()
    env = runtime_env(flags.env, [*env_files, *flags.env_files], os.environ, ask, pipes=pipes)
    request = RunRequest(
        project=project,
        selector=flags.name,
        message=_message(flags.message),
        env=env,
        follow=flags.follow,
        org=backend.org,
        timeout=flags.timeout,
        default=project.run.default if project else None,
    )
    return request, backend


def secrets(request: RunRequest, backend: BackendChoice) -> frozenset[str]:
    """The values that must never be shown."""
    return frozenset({variable.value for variable in request.env if variable.secret} - {""}) | tokens(backend)


def _message(text: str) -> str:
    if text == "-":
        try:
            text = sys.stdin.read().removesuffix("\n")
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot read the message from standard input: {error}") from error
    if not is_text(text):
        raise UsageError("the message is not UTF-8 text", hint="convert it, for instance with iconv")
    if not text.strip():
        raise UsageError("the message is empty", hint="give --message some text, or leave it out")
    return text


async def _run(request: RunRequest, backend: BackendChoice, renderer: Renderer, asks: bool) -> int:
    deployed = anyio.Event()

    def shown(event: Event) -> None:
        if isinstance(event, ApplyFinished):
            deployed.set()

    async def all_shown() -> None:
        with anyio.move_on_after(SHOWN_SECONDS):
            await deployed.wait()

    choose = _prompt(request, all_shown) if asks else None
    async with open_connection(backend) as connect, open_run(request, connect, choose) as run:
        status = await show_run(run, renderer, shown)
    renderer.close()
    return status


def _prompt(request: RunRequest, all_shown: Callable[[], Awaitable[None]]) -> Choose | None:
    if request.project is None:
        return None
    from devloop.cli.choose import Memory, prompt

    return prompt(Memory(stigmer_home() / "choices.json", request.project.directory), all_shown)
