"""`stigmer run --watch`: a project, a backend, a terminal and its keys become one loop."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import anyio

from devloop.changes import WatchSettings
from devloop.cli.choices import Busy, Watcher
from devloop.cli.connect import BackendChoice, Where, open_connection
from devloop.cli.environment import Ask
from devloop.cli.run import RunFlags, read_flags, secrets
from devloop.config import stigmer_home
from devloop.keys import Keyboard, has_keys, open_keyboard
from devloop.leases import Lease, open_lease
from devloop.loop import Loop
from devloop.own_output import own_files
from devloop.plan import Plan, Watching
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.render.terminal import Terminal
from devloop.show import gave_up
from devloop.signals import cancelling
from devloop.storm import ignore_lines
from devloop.watcher import WatchMode
from runcmd.discover import discover
from runcmd.errors import UsageError
from runcmd.pipeline import Choose
from runcmd.project import OnChange, Project
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.zygote import open_zygote


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
    watcher: WatchMode = WatchMode.AUTO


def on_change_of(choice: Busy | None) -> OnChange | None:
    return OnChange(choice.value) if choice else None


def watcher_of(choice: Watcher) -> WatchMode:
    return WatchMode(choice.value)


def watch(flags: RunFlags, how: WatchFlags, ask: Ask | None, out: Terminal, err: Terminal) -> int:
    """The exit status."""
    reader = Reader(flags, ask)
    request = reader.read()
    if request.project is None:
        raise UsageError("--watch needs a project", hint="start it in a directory with a Stigmer.yaml")
    if not flags.follow:
        raise UsageError("--watch and --no-follow exclude each other", hint="leave one of them out")
    screen = LoopScreen(flags.output, out, err, named=flags.name is not None, clear=how.clear)
    screen.hide(secrets(request, reader.backend))
    people = flags.output in (Output.AUTO, Output.PLAIN)
    keys = how.keys and people and out.interactive and has_keys(sys.stdin.fileno())
    status, unwritable = anyio.run(_loop, reader, how, screen, keys)
    if unwritable is not None:
        return gave_up(unwritable)
    screen.close()
    return status


class Reader:
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
    reader: Reader, how: WatchFlags, screen: LoopScreen, keys: bool
) -> tuple[int, OSError | None]:
    directory = None if reader.backend.where is Where.EPHEMERAL else stigmer_home() / "loops"
    with _lease(directory) as lease:
        async with open_connection(reader.backend) as connect, open_zygote() as synthesizer:
            keyboard: Keyboard | None = None

            async def choose(candidates: Sequence[Candidate]) -> Candidate | None:
                if keyboard is None:
                    return None
                with keyboard.released():
                    return await _prompt(reader)(candidates)

            plan = Plan(
                read=reader.read,
                discover=partial(discover, synthesizer=synthesizer),
                watching=lambda request: _watching(request, reader, how),
                connect=connect,
                choose=choose,
                on_change=how.on_change,
                until_success=how.until_success,
                runs=how.runs,
                keys=keys,
                explain=how.explain,
                leases=directory if lease else None,
                lease=lease,
            )
            loop = Loop(plan, screen)
            if not keys:
                with cancelling(loop.stop):
                    return await loop.run(), loop.unwritable
            with open_keyboard(sys.stdin.fileno(), loop.press) as opened:
                keyboard = opened
                keyboard.listen()
                with cancelling(loop.stop, leaving=keyboard.restore):
                    return await loop.run(), loop.unwritable


def _watching(request: RunRequest, reader: Reader, how: WatchFlags) -> Watching:
    project = request.project
    assert project is not None, "a loop has a project"
    settle = how.settle_ms if how.settle_ms is not None else project.watch.settle_ms
    settings = WatchSettings(
        ignore=(*project.watch.ignore, *ignore_lines(own_files(project.directory))),
        mode=how.watcher,
        settle_seconds=None if settle is None else settle / 1000,
    )
    return Watching(
        root=project.directory, settings=settings, extra=(project.file, *reader.env_files(project))
    )


@contextmanager
def _lease(directory: Path | None) -> Iterator[Lease | None]:
    """Without one, what a killed loop leaves behind is not found again; that must not stop anybody."""
    with ExitStack() as stack:
        lease = None
        if directory is not None:
            with suppress(OSError):
                lease = stack.enter_context(open_lease(directory))
        yield lease


def _prompt(reader: Reader) -> Choose:
    from devloop.cli.choose import Memory, prompt

    project = reader.read().project
    assert project is not None, "a loop has a project"
    return prompt(Memory(stigmer_home() / "choices.json", project.directory), anyio.lowlevel.checkpoint)
