"""`stigmer run -i --watch`: a watch loop whose runs are the turns of a conversation."""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio

from devloop.cli.asking import asks
from devloop.cli.chat.attention import ChatSignals
from devloop.cli.chat.hot.chat import HotChat
from devloop.cli.chat.hot.refusals import check_hot_chat
from devloop.cli.chat.hot.screen import HotScreen
from devloop.cli.chat.screen import ChatScreen
from devloop.cli.chat.start import can_edit, source_of
from devloop.cli.connect import Where, open_connection
from devloop.cli.environment import asks_on
from devloop.cli.flags import WatchFlags
from devloop.cli.loop import lease_in, prompt_of, watching_of
from devloop.cli.loop_socket import listening
from devloop.cli.request import secrets
from devloop.cli.request_reader import RequestReader
from devloop.cli.show import gave_up, show_failure
from devloop.cli.watch import watched_project
from devloop.loop.events import WatchNoted
from devloop.loop.loop import WatchLoop
from devloop.loop.settings import LoopSettings
from devloop.render.borrowed import Borrowed
from devloop.render.choose import live_output, run_renderer
from devloop.terminal.job_control import stay_stoppable
from devloop.terminal.quiet import QuietKeyboard
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.backend.channel import keep_channels
from runcmd.backend.patience import Connect
from runcmd.deploy import Deployed, deploy
from runcmd.errors import EXIT_PROJECT, RunError
from runcmd.events import CancelReason, Event
from runcmd.hot_turns import ChatTurns
from runcmd.project import OnChange, Project
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import open_zygote
from runcmd.synthesis.interfaces import Synthesizer
from runcmd.talk import Talk
from stigmer_api.config_file import stigmer_home

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindings


def hot_chat(flags: WatchFlags) -> int:
    """The exit status."""
    out, err = standard_terminals()
    stay_stoppable()
    if flags.output.for_people:
        narrate()
    try:
        check_hot_chat(flags)
        reader = RequestReader(flags, asks_on(err))
        request = reader.begin()
        project = watched_project(request.project)
        live = live_output(flags.output, out, err)
        screen = ChatScreen(flags.output, out, err, live, secrets(request, reader.backend))
        first = None if flags.message is None and not flags.prompt else request.message
        return anyio.run(_hot_chat, project, reader, flags, screen, first)
    except RunError as error:
        return show_failure(run_renderer(flags.output, out, err, named=flags.named), error)


async def _hot_chat(
    project: Project, reader: RequestReader, flags: WatchFlags, screen: ChatScreen, first: str | None
) -> int:
    hot = HotScreen(screen, named=flags.named)
    async with (
        open_zygote(project) as synthesizer,
        open_connection(reader.backend) as connect,
        keep_channels(),
    ):
        directory = None if reader.backend.where is Where.EPHEMERAL else stigmer_home() / "loops"
        with lease_in(directory) as lease, listening(project.directory, tuple(flags.names or ())) as own:
            talk = Talk(reader.read(), connect)
            turns = ChatTurns(talk)
            settings = replace(
                _settings(reader, flags, hot, screen, connect, synthesizer),
                control=own,
                leases=directory if lease else None,
                lease=lease,
                turns=turns,
            )
            loop = WatchLoop(settings, hot)
            try:
                return await _Conversation(reader, screen, hot, talk, turns, loop, connect).hold(first)
            except OSError as error:
                return gave_up(error)


def _settings(
    reader: RequestReader,
    flags: WatchFlags,
    hot: HotScreen,
    screen: ChatScreen,
    connect: Connect,
    synthesizer: Synthesizer,
) -> LoopSettings:
    return LoopSettings(
        read=reader.read,
        gather=partial(reader.gather, lambda text: hot.emit(WatchNoted(gen=0, text=text))),
        kept=reader.kept,
        discover=partial(discover, synthesizer=synthesizer),
        watching=lambda request: watching_of(request, reader, flags),
        connect=connect,
        choose=prompt_of(reader) if asks(screen.output, screen.out) else None,
        on_change=OnChange(flags.on_change.value) if flags.on_change else None,
        explain=flags.explain,
    )


class _Conversation:
    """The loop, and who talks through it."""

    def __init__(
        self,
        reader: RequestReader,
        screen: ChatScreen,
        hot: HotScreen,
        talk: Talk,
        turns: ChatTurns,
        loop: WatchLoop,
        connect: Connect,
    ) -> None:
        self._reader = reader
        self._screen = screen
        self._hot = hot
        self._talk = talk
        self._turns = turns
        self._loop = loop
        self._connect = connect
        self._typed = can_edit(screen)
        self._keyboard = QuietKeyboard(sys.stdin.fileno()) if self._typed else None
        self._signals = ChatSignals(Borrowed(screen.live, self._keyboard).release)
        self._status: int | None = None  # None: nobody could talk
        self._unwritable: OSError | None = None

    async def hold(self, first: str | None) -> int:
        """The exit status, once both are over. Raises OSError: nobody reads what is written."""
        with self._signals.handled():
            async with anyio.create_task_group() as tasks:
                talking = anyio.CancelScope()
                tasks.start_soon(self._talk_in, talking, first)
                await self._loop.run()
                talking.cancel()
        if unwritable := self._unwritable or self._loop.unwritable:
            raise unwritable
        return self._loop.exit_code if self._status is None else self._status

    async def _talk_in(self, scope: anyio.CancelScope, first: str | None) -> None:
        with scope:
            try:
                await self._talk_until_the_end(first)
            except RunError as error:
                self._screen.fail(error)
                self._status = error.exit_code
            except OSError as error:
                self._unwritable = error
            finally:
                self._loop.stop(CancelReason.INTERRUPTED)

    async def _talk_until_the_end(self, first: str | None) -> None:
        from devloop.cli.chat.hot.commands import perform

        with self._signals.concern(self._loop.stop):
            while not self._loop.resting:
                await self._loop.rested.wait()
        refused = self._hot.refused
        if refused is not None and (not self._typed or refused.exit_code != EXIT_PROJECT):
            self._status = refused.exit_code
            return
        async with self._backend() as deployed:
            chat = self._chat(deployed)
            await chat.greet()
            self._status = await chat.go_on(first, perform)
            chat.take_leave()

    def _backend(self) -> AbstractAsyncContextManager[Deployed]:
        """For commands; what the project declares is deployed by the loop."""
        return deploy(replace(self._reader.read(), project=None), self._connect, _said_before)

    def _chat(self, deployed: Deployed) -> HotChat:
        from devloop.cli.chat.hot.commands import NAMES

        def keys() -> KeyBindings:
            from devloop.cli.chat.hot.keys import hot_keys

            return hot_keys(
                comparable=lambda: chat.comparable,
                compare=lambda: chat.compare(),
                answering=lambda: chat.answering,
                interrupt=lambda: chat.interrupt(),
            )

        commands = [*NAMES]
        source = source_of(
            self._screen,
            self._signals,
            typed=self._typed,
            commands=commands,
            keys=keys,
            status=lambda: chat.status,
        )
        chat = HotChat(
            self._talk,
            deployed,
            source,
            self._screen,
            self._signals,
            self._keyboard,
            turns=self._turns,
            loop=self._loop,
            hot=self._hot,
        )
        return chat


async def _said_before(event: Event) -> None:
    """The loop has said which backend it is."""
