"""All that a conversation writes: each turn, words about the conversation, and errors."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from devloop.render.choose import masked, talk_renderer
from devloop.render.conversation import recall
from devloop.render.errors import error_block
from devloop.render.live.output import LiveTerminal
from devloop.render.mask import Secrets
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.cells import wrapped
from devloop.terminal.stream import Style, Terminal, columns_of
from devloop.terminal.visible import visible
from runcmd.errors import RunError, UsageError
from runcmd.sessions import PastTurn


class ChatScreen:
    """One for a conversation. What is for people goes to standard error where programs read the other."""

    def __init__(
        self,
        output: Output,
        out: Terminal,
        err: Terminal,
        live: LiveTerminal | None,
        secrets: Collection[str],
    ) -> None:
        self.out, self.err, self.output = out, err, output
        self.live = live
        self.secrets = frozenset(secrets)
        self._masking = Secrets(self.secrets)

    def renderer(self, *, typed: bool, drawn: bool = True) -> Renderer:
        """Of one turn.

        Args:
            typed: its message stands on the screen already.
            drawn: what is under way may be drawn below its lines.
        """
        live = self.live if drawn else None
        inner = talk_renderer(self.output, self.out, self.err, typed=typed, live=live)
        return masked(inner, self.secrets)

    def masked(self, text: str) -> str:
        """The text without any secret."""
        return self._masking.text(text)

    def say(self, text: str) -> None:
        """A word about the conversation. Raises OSError."""
        for line in wrapped(visible(self.masked(text)), columns_of(self._aside)):
            self._aside.line(line, Style.DIM)
        self._aside.flush()

    def lines(self, text: str) -> None:
        """Lines that stand as they are. Raises OSError."""
        for line in text.split("\n"):
            self._aside.line(line, Style.DIM)
        self._aside.flush()

    def gap(self) -> None:
        """An empty line, between one turn and the next. Raises OSError."""
        if self.output.for_people:
            self.out.line()
            self.out.flush()

    def recall(self, turns: Sequence[PastTurn]) -> None:
        """What was said last. Raises OSError."""
        recall(self.out, turns, self.masked)
        self.out.flush()

    def fail(self, error: RunError) -> None:
        """What went wrong; the conversation goes on. Raises OSError."""
        self.out.flush()
        details = [self.masked(each) for each in error.details]
        # What is wrong with a command stands in its own sentence; there is no more to read about it.
        code = "" if isinstance(error, UsageError) else error.code
        error_block(self.err, self.masked(error.message), self.masked(error.hint), details, code=code)
        self.gap()

    @property
    def _aside(self) -> Terminal:
        return self.out if self.output.for_people else self.err
