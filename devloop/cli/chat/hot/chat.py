"""A conversation that goes through a watch loop: each message is a run of the newest code that works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from devloop.cli.chat.attention import ChatSignals
from devloop.cli.chat.chat import Chat, LeaveError, MessageSource
from devloop.cli.chat.hot.above import AboveLine, above_the_line
from devloop.cli.chat.hot.screen import HotScreen
from devloop.cli.chat.screen import ChatScreen
from devloop.loop.events import Cause
from devloop.loop.loop import WatchLoop
from devloop.loop.state import Happened
from devloop.render.borrowed import Borrowed
from devloop.render.compare.shown import show_comparison
from devloop.terminal.cells import cells, squeezed
from devloop.terminal.quiet import QuietKeyboard
from devloop.terminal.stream import columns_of
from devloop.terminal.visible import visible
from runcmd.deploy import Deployed
from runcmd.errors import EXIT_FAILED, EXIT_INTERRUPTED
from runcmd.events import CancelReason, Outcome, RunFinished
from runcmd.hot_turns import ChatTurns
from runcmd.talk import Talk

Command = Callable[[Chat, str], Awaitable[None]]
BOTH = "d"  # alone in a line
BUSY = "  (Ctrl-C interrupts)"
WIDEST = 100
HINT = "When the code changes, your last message is asked again."
WAITING = "Mend the code, and say something; Ctrl-D leaves."


class HotSource:
    """Reads messages while answers may be written above the line."""

    def __init__(self, inner: MessageSource, screen: HotScreen, chat: ChatScreen) -> None:
        self.typed = inner.typed
        self._inner = inner
        self._screen = screen
        self._chat = chat
        self._above: AboveLine | None = None

    @property
    def status(self) -> str:
        """What is under way while somebody types, in a line; empty: nothing."""
        if not self._screen.answering or self._above is None:
            return ""
        room = (columns_of(self._chat.out) or WIDEST) - cells(BUSY)
        return f"{squeezed(visible(self._above.growing) or '…', room)}{BUSY}"

    async def read(self, offered: str) -> str:
        """As the other."""
        if not self.typed:
            return await self._inner.read(offered)
        with above_the_line(self._chat.out, self._chat.err) as self._above:
            self._screen.editing = True
            try:
                return await self._inner.read(offered)
            finally:
                self._screen.editing, self._above = False, None


class HotChat(Chat):
    """What is said next, and what becomes of it, while the code may change."""

    def __init__(
        self,
        talk: Talk,
        deployed: Deployed,
        source: MessageSource,
        screen: ChatScreen,
        signals: ChatSignals,
        keyboard: QuietKeyboard | None,
        *,
        turns: ChatTurns,
        loop: WatchLoop,
        hot: HotScreen,
    ) -> None:
        hot_source = HotSource(source, hot, screen)
        super().__init__(talk, deployed, hot_source, screen, signals, keyboard)
        self._hot_source = hot_source
        self._turns = turns
        self._loop = loop
        self._hot = hot

    async def greet(self) -> None:
        """Who is there, and what a save does."""
        if self.talk.target is not None:
            await super().greet()
        if self._source.typed:
            self.screen.say(HINT if self.talk.target is not None else WAITING)
            self.screen.gap()

    @property
    def comparable(self) -> bool:
        """The last message was answered twice."""
        return self._turns.comparison is not None

    @property
    def status(self) -> str:
        """What is under way while somebody types, in a line; empty: nothing."""
        return self._hot_source.status

    @property
    def answering(self) -> bool:
        """An answer is under way."""
        return self._hot.answering

    async def ask(self, message: str, *, typed: bool) -> RunFinished:
        """One turn, until nothing of it is under way: also what an edit makes of it. Raises OSError."""
        if message == BOTH and self.comparable:
            self.compare()
            return NOTHING
        await self._finish_work()  # what was asked again comes to its end first
        self._hot.typed = typed
        self._turns.say(message)
        self._begin()
        await self._finish_work()
        return self._asked(message)

    async def again(self) -> None:
        """Asks the last message once more, of the code as it is. Raises OSError."""
        if not self._turns.waiting:
            self.screen.say("nothing was asked yet that could be asked again")
            return
        self._begin()
        await self._finish_work()

    def compare(self) -> None:
        """Shows both answers to the last message. Raises OSError."""
        comparison = self._turns.comparison
        if comparison is None:
            self.screen.say("there are no two answers yet: an edit makes the second one")
            return
        masked = self._hot.masked
        show_comparison(self.screen.out, masked(comparison.before), masked(comparison.after))
        self.screen.out.flush()

    def interrupt(self, reason: CancelReason = CancelReason.INTERRUPTED) -> None:
        """Ends the answer that is under way, or what would become one."""
        if reason is CancelReason.TERMINATED:
            self._loop.stop(reason)
        elif not self._loop.commands.cancel() and self._loop.newest is not None:
            self._turns.unsay()
            self._loop.newest.happened(Happened.NEWER)

    def _begin(self) -> None:
        """Asks what waits."""
        self._loop.commands.asked()
        self._loop.commands.let_go()
        self._loop.begin(Cause.REQUEST)

    async def _finish_work(self) -> None:
        """Until the loop rests. Ctrl-C interrupts what is under way."""
        if not self._loop.resting:
            if self._keyboard is not None:
                self._keyboard.resume()
            borrowed = Borrowed(self.screen.live, self._keyboard)
            with borrowed.while_running(), self._signals.concern(self.interrupt):
                while not self._loop.resting:
                    await self._loop.rested.wait()
        if self._loop.unwritable is not None:
            raise self._loop.unwritable
        if self._loop.ending:
            raise LeaveError

    def _asked(self, message: str) -> RunFinished:
        """What has become of it."""
        finished = NOTHING if self._turns.pending else self._turns.finished or NOTHING
        self._turns.unsay()
        self._failed = self._failed or finished.outcome is not Outcome.SUCCEEDED
        if finished.exit_code == EXIT_INTERRUPTED and not self._source.typed:
            self._interrupted = True
        if finished.outcome is Outcome.ERROR and self._source.typed:
            self.offered = message
            self.screen.say("your message is in the line again: Enter sends it")
        return finished

    async def _perform(self, command: Command, text: str) -> None:
        await self._finish_work()
        await super()._perform(command, text)
        await self._turns.look_back(self.deployed.backend)


# Nothing was asked.
NOTHING = RunFinished(outcome=Outcome.ERROR, exit_code=EXIT_FAILED)
