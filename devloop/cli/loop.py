"""Starts a watch loop: flags, a project, a backend, a terminal and its keys together."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import anyio

from devloop.changes.own_output import files_below, own_files
from devloop.changes.settings import ChangeSettings
from devloop.cli.answering.start import LateAnswering
from devloop.cli.artifacts import artifact_files
from devloop.cli.connect import Where
from devloop.cli.flags import WatchFlags
from devloop.cli.loop_socket import listening
from devloop.cli.request_reader import RequestReader
from devloop.ignore.line import ignore_line
from devloop.loop.events import WatchNoted
from devloop.loop.leases import Lease, open_lease
from devloop.loop.loop import WatchLoop
from devloop.loop.settings import LoopSettings, Watching
from devloop.render.loop import LoopScreen
from devloop.terminal.job_control import in_background, in_front, suspending
from devloop.terminal.keys import Keyboard, open_keyboard
from devloop.terminal.signals import cancelling
from devloop.watcher import WatchMode
from runcmd.events import CancelReason
from runcmd.pipeline import Choose, Connect
from runcmd.project import OnChange, Project, ProjectRuntime
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.synthesis.discover import discover
from runcmd.synthesis.interfaces import Synthesizer
from stigmer_api.config_file import stigmer_home


async def run_loop(
    project: Project,
    reader: RequestReader,
    flags: WatchFlags,
    screen: LoopScreen,
    connect: Connect,
    synthesizer: Synthesizer,
    *,
    wants_keys: bool,
    attended: bool,
) -> tuple[int, OSError | None]:
    """The exit status, and the error if output could not be written.

    `attended`: somebody is at a terminal, and may mend a broken project.
    """
    descriptor = sys.stdin.fileno()
    keys = wants_keys and (in_front(descriptor) or in_background(descriptor))
    directory = None if reader.backend.where is Where.EPHEMERAL else stigmer_home() / "loops"
    with lease_in(directory) as lease, listening(project.directory, tuple(flags.names or ())) as control:
        keyboard: Keyboard | None = None

        async def choose(candidates: Sequence[Candidate]) -> Candidate | None:
            if keyboard is None or not keyboard.reading or not screen.moves_cursor:
                return None
            with keyboard.released(), screen.lent():
                return await prompt_of(reader)(candidates)

        settings = LoopSettings(
            read=reader.read,
            gather=partial(reader.gather, lambda text: screen.emit(WatchNoted(gen=0, text=text))),
            kept=reader.kept,
            discover=partial(discover, synthesizer=synthesizer),
            watching=lambda request: watching_of(request, reader, flags),
            connect=connect,
            choose=choose,
            on_change=OnChange(flags.on_change.value) if flags.on_change else None,
            until_success=flags.until_success,
            runs=flags.runs,
            keys=lambda: keyboard is not None and keyboard.reading,
            attended=attended,
            explain=flags.explain,
            control=control,
            leases=directory if lease else None,
            lease=lease,
        )
        loop = WatchLoop(settings, screen)
        if not keys:
            with cancelling(loop.stop, leaving=screen.release), _suspending(loop, screen, None):
                return await loop.run(), loop.unwritable
        with _keys(loop, screen, connect, descriptor) as opened:
            keyboard = opened

            def leaving() -> None:
                opened.restore()
                screen.release()

            with cancelling(loop.stop, leaving=leaving), _suspending(loop, screen, keyboard):
                return await loop.run(), loop.unwritable


@contextmanager
def _keys(loop: WatchLoop, screen: LoopScreen, connect: Connect, descriptor: int) -> Iterator[Keyboard]:
    """The loop's own, and before them those that answer what an agent asks."""
    answering: LateAnswering | None = None

    def pressed(key: str) -> None:
        if answering is None or not answering.press(key):
            loop.press(key)

    closed = partial(loop.stop, CancelReason.TERMINATED)
    with open_keyboard(descriptor, pressed, closed, loop.rest) as keyboard:
        answering = screen.questions = LateAnswering(connect, keyboard=keyboard, lent=screen.lent)
        keyboard.listen()
        yield keyboard


def _suspending(
    loop: WatchLoop, screen: LoopScreen, keyboard: Keyboard | None
) -> AbstractContextManager[None]:
    def before() -> None:
        if keyboard is not None:
            keyboard.detach()
        screen.give_way()

    def after() -> None:
        screen.come_back()
        if keyboard is not None:
            keyboard.resume()
        else:
            loop.rest()

    return suspending(before, after)


def watching_of(request: RunRequest, reader: RequestReader, flags: WatchFlags) -> Watching:
    """What counts, by the project and the flags."""
    project = request.project
    assert project is not None, "a loop has a project"
    settle = flags.settle if flags.settle is not None else project.watch.settle_ms
    only_files = project.runtime is ProjectRuntime.FILES  # whatever is beside them is no affair of ours
    own = own_files(project.directory) | files_below(project.directory, artifact_files(flags))
    settings = ChangeSettings(
        ignore=("*",) if only_files else (*project.watch.ignore, *map(ignore_line, sorted(own))),
        needs="" if only_files else project.file.name,
        mode=WatchMode(flags.watcher.value) if flags.watcher else WatchMode.AUTO,
        settle_seconds=None if settle is None else settle / 1000,
    )
    return Watching(root=project.directory, settings=settings, extra=(project.file, *reader.files(project)))


@contextmanager
def lease_in(directory: Path | None) -> Iterator[Lease | None]:
    """A lease, or None if it cannot be written: then nobody cancels what a killed loop leaves running."""
    with ExitStack() as stack:
        lease = None
        if directory is not None:
            with suppress(OSError):
                lease = stack.enter_context(open_lease(directory))
        yield lease


def prompt_of(reader: RequestReader) -> Choose:
    """Asks which one to run."""
    from devloop.cli.choose import prompt

    project = reader.read().project
    assert project is not None, "a loop has a project"
    return prompt(project.directory, anyio.lowlevel.checkpoint)
