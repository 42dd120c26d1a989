"""Keys of the line editor that are there because the code may change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

# `d` is a key when nothing follows it; else the beginning of a message.
ALONE_SECONDS = 0.5


def hot_keys(
    *,
    comparable: Callable[[], bool],
    compare: Callable[[], object],
    answering: Callable[[], bool],
    interrupt: Callable[[], object],
) -> KeyBindings:
    """`compare` shows two answers, if there are two; `interrupt` ends the answer that is under way."""
    keys = KeyBindings()

    def empty() -> bool:
        return not get_app().current_buffer.text

    @keys.add("d", filter=Condition(lambda: comparable() and empty()))
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("d")
        app, buffer = event.app, event.current_buffer

        def alone() -> None:
            if app.is_running and buffer.text == "d" and comparable():
                buffer.reset()
                compare()

        asyncio.get_running_loop().call_later(ALONE_SECONDS, alone)

    @keys.add("escape", "d", filter=Condition(comparable))
    def _(event: KeyPressEvent) -> None:
        compare()

    @keys.add("c-c", filter=Condition(answering))
    def _(event: KeyPressEvent) -> None:
        interrupt()

    return keys
