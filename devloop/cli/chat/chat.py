"""The conversation: a message is read, the agent answers, until nobody says anything any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import anyio

from devloop.cli.answering.start import answered
from devloop.cli.chat.attention import ChatSignals
from devloop.cli.chat.files import files_in
from devloop.cli.chat.screen import ChatScreen
from devloop.render.borrowed import Borrowed
from devloop.render.renderer import Renderer
from devloop.terminal.quiet import QuietKeyboard
from runcmd.deploy import Deployed
from runcmd.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_TERMINATED, RunError
from runcmd.events import CancelReason, Outcome, RunFinished
from runcmd.stream import Run
from runcmd.talk import Talk
from runcmd.turns import history_of, remembered

if TYPE_CHECKING:
    from stigmer_api.attachments import Attachment

RECALLED = 3  # turns of a conversation that goes on
HINT = "/help shows commands and keys; Alt-Enter begins a new line; Ctrl-D leaves."


class MessageSource(Protocol):
    """Where messages come from."""

    typed: bool  # they stand on the screen already

    async def read(self, offered: str) -> str:
        """The next one; `offered` is a beginning. Raises EOFError at the end, KeyboardInterrupt, RunError."""
        ...


class LeaveError(Exception):
    """Somebody wants to end the conversation."""


class Chat:
    """What is said next, and what becomes of it."""

    def __init__(
        self,
        talk: Talk,
        deployed: Deployed,
        source: MessageSource,
        screen: ChatScreen,
        signals: ChatSignals,
        keyboard: QuietKeyboard | None,
    ) -> None:
        """`keyboard`: of the terminal where the messages are typed."""
        self.talk = talk
        self.deployed = deployed
        self.screen = screen
        self.offered = ""  # stands in the line of the next message
        self.saved: set[Path] = set()  # files with what was said
        self._source = source
        self._signals = signals
        self._keyboard = keyboard
        self._failed = False  # a message without a whole answer
        self._interrupted = False
        self._next: str | None = None  # a message that a command says

    async def go_on(self, first: str | None, command: Callable[[Chat, str], Awaitable[None]]) -> int:
        """The exit status. `first` is said before anything is read; `command` performs a line with `/`."""
        try:
            if first is not None:
                await self.ask(first, typed=False)
            while not (self._signals.terminated or self._interrupted):
                offered, self.offered = self.offered, ""
                text = await self._source.read(offered)
                if text.startswith("/") and not text.startswith("//"):
                    await self._perform(command, text)
                    if self._next is not None:
                        message, self._next = self._next, None
                        await self.ask(message, typed=self._source.typed)
                else:
                    await self._say(text[text.startswith("//") :])
        except (EOFError, LeaveError):
            pass
        except KeyboardInterrupt:
            self._interrupted = True
        return self._status()

    async def greet(self) -> None:
        """Who is there, how to leave, and what was said last. Raises RunError."""
        if not self._source.typed:
            return
        assert self.talk.target is not None, "it was deployed"
        self.screen.gap()
        self.screen.say(f"{self.talk.target.name} listens. {HINT}")
        self.screen.gap()
        if self.talk.session:
            await self._recall(self.talk.session)

    async def _recall(self, session: str) -> None:
        history = await history_of(self.deployed.backend, session, RECALLED)
        turns = remembered(history.turns)
        if earlier := history.total - len(history.turns):
            more = f"{earlier} earlier turn{'' if earlier == 1 else 's'}"
            command = self.deployed.backend.address.command("session show", session)
            self.screen.say(f"… {more}, to see all: {command}")
            self.screen.gap()
        self.screen.recall(turns)

    def take_leave(self) -> None:
        """How to go on another time."""
        if self._source.typed and self.talk.session:
            command = self.deployed.backend.address.command("run -i --session", self.talk.session)
            self.screen.say(f"to go on: {command}")

    def _status(self) -> int:
        if self._signals.terminated:
            return EXIT_TERMINATED
        if self._source.typed:
            return EXIT_OK
        return EXIT_INTERRUPTED if self._interrupted else EXIT_FAILED if self._failed else EXIT_OK

    async def ask(self, message: str, *, typed: bool) -> RunFinished:
        """One turn, whole on the screen. `typed`: the message stands there already. Raises OSError."""
        renderer = self.screen.renderer(typed=typed)
        if self._keyboard is not None:
            self._keyboard.resume()
        asks = self._keyboard is not None
        with answered(renderer, self.deployed.connect, self.screen.live, asks=asks) as (shown, answering):
            borrowed = Borrowed(answering, self.screen.live, self._keyboard)
            with borrowed.while_running():
                async with self.talk.ask(message, self.deployed) as run:
                    with self._signals.concern(partial(self._interrupt, run)):
                        finished = await self._show(run, shown)
        renderer.close()
        self._failed = self._failed or finished.outcome is not Outcome.SUCCEEDED
        if finished.outcome is Outcome.ERROR and self._source.typed:
            self.offered = message
            self.screen.say("your message is in the line again: Enter sends it")
        self.screen.gap()
        return finished

    async def _say(self, message: str) -> None:
        """With the files that it names."""
        try:
            files = files_in(message)
        except RunError as error:
            self._failed = True
            self.offered = message if self._source.typed else ""
            self.screen.fail(error)
            return
        self.talk.files = tuple(dict.fromkeys((*self.talk.files, *files)))
        await self.ask(message, typed=self._source.typed)

    def _interrupt(self, run: Run, reason: CancelReason) -> None:
        """Also between the last event of a run and the next line, when there is nothing left to cancel."""
        if reason is CancelReason.INTERRUPTED and not self._source.typed:
            self._interrupted = True
        run.cancel(reason)

    def say_next(self, message: str, attachment: Attachment) -> None:
        """In place of what would be typed next, with something that stands in no file."""
        self.talk.files = (*self.talk.files, attachment)
        self._next = message

    async def _show(self, run: Run, renderer: Renderer) -> RunFinished:
        finished: RunFinished | None = None
        unwritable: OSError | None = None
        async for event in run:
            self.talk.heard(event)
            if isinstance(event, RunFinished):
                finished = event
            if unwritable is None:
                try:
                    renderer.show(event)
                except OSError as error:
                    unwritable = error
                    run.cancel(CancelReason.TERMINATED)
        if unwritable is not None:
            raise unwritable
        assert finished is not None, "it is always the last event"
        return finished

    async def _perform(self, command: Callable[[Chat, str], Awaitable[None]], text: str) -> None:
        interrupted = anyio.CancelScope()
        try:
            with self._signals.concern(lambda _reason: interrupted.cancel()), interrupted:
                await command(self, text)
            if self._next is None:
                self.screen.gap()
        except RunError as error:
            self._failed = True
            self.screen.fail(error)
        if interrupted.cancelled_caught:
            self.screen.say("(cancelled)")
