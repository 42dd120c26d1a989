"""`stigmer run -i`: deploys, then talks with the agent."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import anyio

from devloop.cli.asking import Asking, asks
from devloop.cli.chat.attention import ChatSignals
from devloop.cli.chat.chat import Chat, MessageSource
from devloop.cli.chat.screen import ChatScreen
from devloop.cli.connect import BackendChoice, open_connection
from devloop.cli.environment import asks_on
from devloop.cli.flags import WatchFlags
from devloop.cli.request import read_request, secrets
from devloop.cli.show import gave_up, show_failure, show_run
from devloop.cli.warm import WarmPlace
from devloop.render.borrowed import Borrowed
from devloop.render.choose import live_output, masked, run_renderer
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.job_control import stay_stoppable
from devloop.terminal.quiet import QuietKeyboard
from devloop.terminal.standard import narrate
from devloop.terminal.stream import is_dumb, standard_terminals
from runcmd.errors import EXIT_OK, RunError
from runcmd.events import Event, Outcome, RunFinished
from runcmd.request import RunRequest
from runcmd.talk import Talk
from stigmer_api.config_file import stigmer_home

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyBindings


def chat(flags: WatchFlags) -> int:
    """The exit status."""
    out, err = standard_terminals()
    stay_stoppable()
    if flags.output.for_people:
        narrate()
    deploying = run_renderer(flags.output, out, err, named=flags.named or bool(flags.session))
    try:
        if flags.beyond_a_run:
            from devloop.cli.watch_only import refuse_watch_options

            refuse_watch_options(flags)
        request, backend = read_request(flags, asks_on(err))
        hidden = secrets(request, backend)
        deploying = masked(deploying, hidden)
        screen = ChatScreen(flags.output, out, err, live_output(flags.output, out, err), hidden)
        warm = WarmPlace(request.project, backend, os.environ)
        first = None if flags.message is None and not flags.prompt else request.message
        return anyio.run(_chat, request, backend, screen, _Deployment(deploying), warm, first)
    except RunError as error:
        return show_failure(deploying, error)


class _Deployment:
    """Shows the deployment; its end is worth a word only if it failed."""

    def __init__(self, inner: Renderer) -> None:
        self._inner = inner

    def show(self, event: Event) -> None:
        if not isinstance(event, RunFinished) or event.outcome is not Outcome.SUCCEEDED:
            self._inner.show(event)

    def close(self) -> None:
        self._inner.close()


async def _chat(
    request: RunRequest,
    backend: BackendChoice,
    screen: ChatScreen,
    deploying: Renderer,
    warm: WarmPlace,
    first: str | None,
) -> int:
    typed = can_edit(screen)
    keyboard = QuietKeyboard(sys.stdin.fileno()) if typed else None
    async with open_connection(backend) as connect:
        asking = Asking(request, asks=asks(screen.output, screen.out))
        talk = Talk(request, connect, asking.choose, warm.open())
        async with talk.open_deployment() as deployment:
            status = await show_run(deployment, deploying, asking.shown)
        deploying.close()
        if status != EXIT_OK:
            return status
        signals = ChatSignals(Borrowed(screen.live, keyboard).release)
        with signals.handled():
            async with talk.connected() as deployed:
                source = source_of(screen, signals, typed=typed)
                try:
                    status = await _talk(Chat(talk, deployed, source, screen, signals, keyboard), first)
                except OSError as error:
                    return gave_up(error)
    warm.keep()
    return status


async def _talk(chat: Chat, first: str | None) -> int:
    from devloop.cli.chat.commands import perform

    await chat.greet()
    status = await chat.go_on(first, perform)
    chat.take_leave()
    return status


def can_edit(screen: ChatScreen) -> bool:
    """Does somebody type here, where we can show what is typed?"""
    terminal = screen.out.interactive and sys.stdin.isatty() and not is_dumb(os.environ)
    return terminal and screen.output is not Output.JSON


def source_of(
    screen: ChatScreen,
    signals: ChatSignals,
    *,
    typed: bool,
    commands: Sequence[str] = (),
    keys: Callable[[], KeyBindings] | None = None,
    status: Callable[[], str] | None = None,
) -> MessageSource:
    """Where messages come from.

    Args:
        commands, keys: more of them, for who types.
        status: what stands above the line, while it is typed.
    """
    if not typed:
        from devloop.cli.chat.lines import Lines

        return Lines(signals, objects=screen.output is Output.JSON)
    from devloop.cli.chat.commands import COMMANDS
    from devloop.cli.chat.editor import Editor
    from devloop.cli.chat.history import FILE, ChatHistory

    history = ChatHistory(stigmer_home() / FILE, screen.secrets)
    names = [f"/{name}" for name in (*COMMANDS, *commands)]
    return Editor(screen.out, history, names, signals, screen.say, keys() if keys else None, status)
