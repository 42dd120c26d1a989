"""`stigmer run --watch`: what was typed, and how soon it becomes a loop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import anyio
from anyio import to_thread

from devloop.cli.choices import Busy, WatcherChoice
from devloop.cli.config import stigmer_home
from devloop.cli.connect import BackendChoice, open_connection
from devloop.cli.environment import Ask
from devloop.cli.run import RunFlags, read_flags, secrets
from devloop.cli.show import gave_up
from devloop.cli.watch_crash import last_words
from devloop.loop.events import WatchNoted
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.terminal.stream import Terminal
from runcmd.backend.channel import keep_channels
from runcmd.errors import UsageError
from runcmd.project import OnChange, Project
from runcmd.request import RunRequest
from runcmd.synthesis.zygote import open_zygote

PLEASE = "please report it, with that file"


@dataclass(frozen=True, kw_only=True)
class WatchFlags:
    """What was typed about watching."""

    settle_ms: int | None = None
    on_change: OnChange | None = None
    until_success: bool = False
    runs: int | None = None
    clear: bool = False
    keys: bool = True
    explain: bool = False
    watcher: WatcherChoice = WatcherChoice.AUTO


def on_change_of(choice: Busy | None) -> OnChange | None:
    return OnChange(choice.value) if choice else None


def watch(flags: RunFlags, how: WatchFlags, ask: Ask | None, out: Terminal, err: Terminal) -> int:
    """The exit status."""
    reader = RequestReader(flags, ask)
    request = reader.read()
    if request.project is None:
        raise UsageError("--watch needs a project", hint="start it in a directory with a Stigmer.yaml")
    if not flags.follow:
        raise UsageError("--watch and --no-follow exclude each other", hint="leave one of them out")
    screen = LoopScreen(flags.output, out, err, named=flags.name is not None, clear=how.clear)
    screen.hide(secrets(request, reader.backend))
    people = flags.output in (Output.AUTO, Output.PLAIN)
    wants_keys = how.keys and people and out.interactive
    with last_words(stigmer_home() / "logs") as untold:
        for file in untold:
            screen.tell(WatchNoted(gen=0, text=f"a watch loop died of a fault: {file}", hint=PLEASE))
        status, unwritable = anyio.run(_loop, request.project, reader, how, screen, wants_keys)
    if unwritable is not None:
        return gave_up(unwritable)
    screen.close()
    return status


class RequestReader:
    """Flags and files as a request, again and again; what came from a person is kept."""

    def __init__(self, flags: RunFlags, ask: Ask | None) -> None:
        self._flags = flags
        self._ask = ask
        self._answers: dict[str, str] = {}
        self.backend: BackendChoice

    def read(self) -> RunRequest:
        """Raises UsageError."""
        request, self.backend = read_flags(self._flags, self._asked if self._ask else None)
        self._flags = replace(self._flags, message=request.message)  # standard input is read once
        return request

    def env_files(self, project: Project) -> tuple[Path, ...]:
        if self._flags.env_files:
            return tuple(file.absolute() for file in self._flags.env_files)
        return (project.run.env_file,) if project.run.env_file else ()

    def _asked(self, name: str) -> str:
        assert self._ask is not None
        if name not in self._answers:
            self._answers[name] = self._ask(name)
        return self._answers[name]


async def _loop(
    project: Project, reader: RequestReader, how: WatchFlags, screen: LoopScreen, wants_keys: bool
) -> tuple[int, OSError | None]:
    async with open_zygote(project) as synthesizer:
        # The loop takes its time to be imported. In a thread: meanwhile, the zygote gets warm.
        await to_thread.run_sync(import_module, "devloop.cli.loop")
        from devloop.cli.loop import run_loop

        async with open_connection(reader.backend) as connect, keep_channels():
            return await run_loop(reader, how, screen, connect, synthesizer, wants_keys=wants_keys)
