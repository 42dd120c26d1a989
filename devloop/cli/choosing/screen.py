"""The menu on a terminal: what it looks like, and what its keys do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application, run_in_terminal
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style

from devloop.cli.choosing.labels import TITLE, label
from devloop.cli.choosing.menu import Menu
from devloop.terminal.cells import cells, cut
from devloop.terminal.job_control import WHOLE_JOB, stop_now
from devloop.terminal.stream import Terminal
from runcmd.resolve import Candidate

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyPressEvent

AROUND = 3  # lines: the title, the hint, and one that stays free
MARGIN = 3  # columns before a choice
ARROWS = "↑↓❯·…"
HINT = "  ↑↓ move · type to filter · Enter runs it · Esc leaves"
PLAIN_HINT = "  arrow keys, type to filter, Enter runs it, Esc leaves"
STYLE = Style([("pointed", "bold ansicyan"), ("hint", "ansibrightblack"), ("title", "bold")])


async def choose_on(terminal: Terminal, menu: Menu) -> Candidate | None:
    """What Enter was pressed at. None: Esc, Ctrl-C or Ctrl-D. The terminal is as before then."""
    output = Vt100_Output.from_pty(sys.stdout)
    output.enable_cpr = False  # a terminal that does not say where its cursor is would be complained about

    def drawn() -> StyleAndTextTuples:
        size = output.get_size()
        return lines(menu, size.rows, size.columns, plain=not terminal.can_show(ARROWS))

    application: Application[Candidate | None] = Application(
        Layout(Window(FormattedTextControl(drawn, focusable=True), dont_extend_height=True)),
        key_bindings=_keys(menu, lambda: max(1, output.get_size().rows - AROUND - 1)),
        style=STYLE,
        color_depth=None if terminal.colour else ColorDepth.DEPTH_1_BIT,
        output=output,
        erase_when_done=True,
    )
    # A signal is for whoever runs us, and cancels us, too.
    return await application.run_async(handle_sigint=False)


def lines(menu: Menu, rows: int, columns: int, *, plain: bool) -> StyleAndTextTuples:
    """What is drawn on a terminal of this size. `plain`: it has no arrows and no dots."""
    window = menu.window(max(1, rows - AROUND))
    room = columns - 1
    title = cut(f"{TITLE} ", room - 1)
    typed = _end(menu.typed, room - cells(title))
    drawn: StyleAndTextTuples = [
        ("class:title", title),
        ("", typed),
        ("[SetCursorPosition]", ""),
        ("", "\n"),
    ]
    if window.above:
        drawn.append(("class:hint", cut(f"   {window.above} more above", room) + "\n"))
    for each in window.rows:
        pointed = each is menu.pointed
        mark = (">" if plain else "❯") if pointed else " "
        text = f" {mark} {label(each, room - MARGIN)}"
        drawn.append(("class:pointed" if pointed else "", text + "\n"))
    if window.below:
        drawn.append(("class:hint", cut(f"   {window.below} more below", room) + "\n"))
    if not window.rows:
        drawn.append(("", cut("   nothing matches: Backspace takes a letter back", room) + "\n"))
    if rows > AROUND:
        drawn.append(("class:hint", cut(PLAIN_HINT if plain else HINT, room)))
    return drawn


def _end(text: str, columns: int) -> str:
    while text and cells(text) > columns:
        text = text[1:]
    return text


def _keys(menu: Menu, page: Callable[[], int]) -> KeyBindings:
    keys = KeyBindings()

    def on(*names: Keys | str) -> Callable[[Callable[[KeyPressEvent], None]], None]:
        def bind(act: Callable[[KeyPressEvent], None]) -> None:
            for name in names:
                keys.add(name, eager=True)(act)

        return bind

    on(Keys.Down, "c-n", "tab")(lambda _: menu.move(1))
    on(Keys.Up, "c-p", "s-tab")(lambda _: menu.move(-1))
    on(Keys.PageDown)(lambda _: menu.jump(page()))
    on(Keys.PageUp)(lambda _: menu.jump(-page()))
    on(Keys.End)(lambda _: menu.jump(len(menu.matches)))
    on(Keys.Home)(lambda _: menu.jump(-len(menu.matches)))
    on(Keys.Backspace)(lambda _: menu.erase())
    on("c-u", "c-w")(lambda _: menu.clear())
    keys.add(Keys.Any)(lambda event: menu.type(event.data))
    on(Keys.BracketedPaste)(lambda event: menu.type(event.data))
    on("escape", "c-c", "c-d", "c-q")(lambda event: event.app.exit(result=None))
    on("c-z")(lambda _: _stop())

    @on("enter")
    def _(event: KeyPressEvent) -> None:
        if menu.pointed is not None:
            event.app.exit(result=menu.pointed)

    return keys


def _stop() -> None:
    run_in_terminal(partial(stop_now, WHOLE_JOB))
