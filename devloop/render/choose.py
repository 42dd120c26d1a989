"""Which renderers does `--output` mean? One line for each form; only what is chosen is imported."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.stream import Terminal, is_dumb

if TYPE_CHECKING:
    from devloop.loop.events import LoopEvent
    from devloop.render.live.loop_view import LoopView
    from devloop.render.live.output import LiveTerminal

LoopLog = Callable[["LoopEvent"], None]


def run_renderer(
    output: Output,
    out: Terminal,
    err: Terminal,
    *,
    named: bool = False,
    live: LiveTerminal | None = None,
    mark: str = "",
) -> Renderer:
    """Shows a run; `named` says that the user named what to run.

    Args:
        live: where what is under way is drawn, below the lines.
        mark: tells the run from others that go on beside it.
    """
    if live is not None:
        from devloop.render.live.messages import MarkdownWriter
        from devloop.render.live.renderer import LiveRenderer
        from devloop.render.plain import PlainRenderer

        return LiveRenderer(PlainRenderer(out, err, named=named, writer=MarkdownWriter), live, mark=mark)
    return FORMS[output].run(out, err, named)


def talk_renderer(
    output: Output, out: Terminal, err: Terminal, *, typed: bool, live: LiveTerminal | None = None
) -> Renderer:
    """Shows one turn of a conversation.

    Args:
        typed: the message stands on the screen already.
        live: where what is under way is drawn, below the lines.
    """
    if not output.for_people:
        return FORMS[output].run(out, err, True)
    from devloop.render.talk import TalkRenderer

    if live is None:
        return TalkRenderer(out, err, typed=typed)
    from devloop.render.live.messages import MarkdownWriter
    from devloop.render.live.renderer import LiveRenderer

    return LiveRenderer(TalkRenderer(out, err, typed=typed, writer=MarkdownWriter), live)


def live_output(
    output: Output, out: Terminal, err: Terminal, loop: LoopView | None = None
) -> LiveTerminal | None:
    """The live screen of a command; None where nothing can be drawn, or should not be."""
    if output is Output.LIVE and out.interactive and not is_dumb(os.environ):
        out.cursor = True  # also with CI set, since somebody asked for it
    if not output.may_draw or not out.cursor:
        return None
    from devloop.render.live.output import LiveTerminal

    return LiveTerminal(out, err, loop)


def apply_renderer(output: Output, out: Terminal, err: Terminal) -> Renderer:
    """Shows what applying does."""
    return FORMS[output].apply(out, err)


def loop_log(output: Output, out: Terminal, err: Terminal, *, clear: bool) -> LoopLog:
    """Shows the watch loop's own events; `clear` empties the screen before each run."""
    return FORMS[output].loop(out, err, clear)


def masked(renderer: Renderer, secrets: Collection[str]) -> Renderer:
    """The same renderer, which never shows these values."""
    if not secrets:
        return renderer
    from devloop.render.mask import MaskedRenderer

    return MaskedRenderer(renderer, secrets)


def _plain_run(out: Terminal, err: Terminal, named: bool) -> Renderer:
    from devloop.render.plain import PlainRenderer

    return PlainRenderer(out, err, named=named)


def _quiet_run(out: Terminal, err: Terminal, _named: bool) -> Renderer:
    from devloop.render.quiet import QuietRenderer

    return QuietRenderer(out, err)


def _json_run(out: Terminal, _err: Terminal, _named: bool = False) -> Renderer:
    from devloop.render.jsonl import JsonRenderer

    return JsonRenderer(out)


def _table(out: Terminal, err: Terminal) -> Renderer:
    from devloop.render.table import TableRenderer

    return TableRenderer(out, err)


def _quiet_table(out: Terminal, err: Terminal) -> Renderer:
    from devloop.render.table import TableRenderer

    return TableRenderer(out, err, quiet=True)


def _plain_log(out: Terminal, err: Terminal, clear: bool) -> LoopLog:
    from devloop.render.loop_log import PlainLoopLog

    return PlainLoopLog(out, err, clear=clear).show


def _quiet_log(_out: Terminal, err: Terminal, _clear: bool) -> LoopLog:
    from devloop.render.loop_errors import ErrorsOnly

    return ErrorsOnly(err).show


def _json_log(out: Terminal, _err: Terminal, _clear: bool) -> LoopLog:
    from devloop.render.jsonl import JsonRenderer

    return JsonRenderer(out).show


class Form(NamedTuple):
    """What one value of `--output` means: for a run, for `apply`, and for a watch loop's own events."""

    run: Callable[[Terminal, Terminal, bool], Renderer]
    apply: Callable[[Terminal, Terminal], Renderer]
    loop: Callable[[Terminal, Terminal, bool], LoopLog]


FORMS: Mapping[Output, Form] = {
    Output.AUTO: Form(_plain_run, _table, _plain_log),
    Output.LIVE: Form(_plain_run, _table, _plain_log),
    Output.PLAIN: Form(_plain_run, _table, _plain_log),
    Output.JSON: Form(_json_run, _json_run, _json_log),
    Output.QUIET: Form(_quiet_run, _quiet_table, _quiet_log),
}
