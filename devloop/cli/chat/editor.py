"""The line where a message is typed: edited, completed, taken from the history, in one line or several."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.shortcuts import CompleteStyle

from devloop.cli.chat.attention import ChatSignals
from devloop.cli.chat.completion import CommandCompleter
from devloop.cli.chat.history import ChatHistory
from devloop.render.words import ROLES
from devloop.terminal.stream import Terminal
from runcmd.events import CancelReason, Role

HOW_TO_LEAVE = "Ctrl-D or /exit leaves"


class Editor:
    """Reads messages from a terminal."""

    typed = True  # what it reads stands on the screen

    def __init__(
        self,
        out: Terminal,
        history: ChatHistory,
        commands: Sequence[str],
        signals: ChatSignals,
        say: Callable[[str], None],
        more_keys: KeyBindings | None = None,
        status: Callable[[], str] | None = None,
    ) -> None:
        """`say` shows a hint; `status` is what stands above the line, if it is not empty."""
        self._out = out
        self._signals = signals
        self._say = say
        self._status = status
        self._asked: CancelReason | None = None  # to end the line
        icon, name = ROLES[Role.HUMAN]
        self._prompt = f"{out.icon(icon)}{name}: "
        self._session: PromptSession[str] = PromptSession(
            history=history,
            completer=CommandCompleter(commands),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            reserve_space_for_menu=0,
            key_bindings=merge_key_bindings([_keys(), *([] if more_keys is None else [more_keys])]),
            prompt_continuation=lambda width, _line, _wrapped: " " * width,
            enable_suspend=True,
            output=_output(out),
            color_depth=None if out.colour else ColorDepth.DEPTH_1_BIT,
        )

    async def read(self, offered: str) -> str:
        """A message; `offered` stands in the line already. Raises EOFError when nobody types any more."""
        while True:
            self._out.flush()
            try:
                with self._signals.concern(self._interrupt):
                    text = await self._session.prompt_async(
                        self._message,
                        default=offered,
                        pre_run=self._end_if_asked,
                        set_exception_handler=False,
                        handle_sigint=False,
                    )
            except KeyboardInterrupt:
                if not self._session.default_buffer.text:
                    self._say(HOW_TO_LEAVE)
                offered = ""
                continue
            if text.strip():
                return text.rstrip()
            offered = ""

    def _message(self) -> StyleAndTextTuples:
        # A line that was sent stays on the screen, and what is under way does not.
        done = self._session.app.is_done
        status = "" if self._status is None or done else self._status()
        above = [("class:status", f"{status}\n")] if status else []
        return [*above, ("bold" if self._out.colour else "", self._prompt)]

    def _interrupt(self, reason: CancelReason) -> None:
        """The line ends, now or as soon as it has begun."""
        self._asked = reason
        if self._session.app.is_running:
            self._end_if_asked()

    def _end_if_asked(self) -> None:
        reason, self._asked = self._asked, None
        if reason is not None and not self._session.app.is_done:
            ends = reason is CancelReason.TERMINATED
            self._session.app.exit(exception=EOFError() if ends else KeyboardInterrupt())


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def _output(out: Terminal) -> Vt100_Output:
    def size() -> Size:
        try:
            columns, rows = os.get_terminal_size(out.own.fileno())
        except OSError:
            columns = rows = 0
        return Size(rows=rows or 24, columns=columns or 80)

    # It is not asked where its cursor is: its answer would come while we do not read, and look like typing.
    return Vt100_Output(out.own, size, term=os.environ.get("TERM"), enable_cpr=False)
