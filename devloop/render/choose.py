"""Which renderer does `--output` mean? One case for each form; only the chosen one is imported."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.stream import Terminal

if TYPE_CHECKING:
    from devloop.loop.events import LoopEvent


def run_renderer(output: Output, out: Terminal, err: Terminal, *, named: bool = False) -> Renderer:
    """Shows a run; `named` says that the user named what to run."""
    match output:
        case Output.JSON:
            from devloop.render.jsonl import JsonRenderer

            return JsonRenderer(out)
        case Output.QUIET:
            from devloop.render.quiet import QuietRenderer

            return QuietRenderer(out, err)
        case Output.AUTO | Output.PLAIN:
            from devloop.render.plain import PlainRenderer

            return PlainRenderer(out, err, named=named)


def apply_renderer(output: Output, out: Terminal, err: Terminal) -> Renderer:
    """Shows what applying does."""
    if output is Output.JSON:
        from devloop.render.jsonl import JsonRenderer

        return JsonRenderer(out)
    from devloop.render.table import TableRenderer

    return TableRenderer(out, err, quiet=output is Output.QUIET)


def masked(renderer: Renderer, secrets: Collection[str]) -> Renderer:
    """The same renderer, which never shows these values."""
    if not secrets:
        return renderer
    from devloop.render.mask import MaskedRenderer

    return MaskedRenderer(renderer, secrets)


def loop_log(output: Output, out: Terminal, err: Terminal, *, clear: bool) -> Callable[[LoopEvent], None]:
    """Shows the watch loop's own events; `clear` empties the screen before each run."""
    match output:
        case Output.JSON:
            from devloop.render.jsonl import JsonRenderer

            return JsonRenderer(out).show
        case Output.QUIET:
            from devloop.render.loop_errors import ErrorsOnly

            return ErrorsOnly(err).show
        case Output.AUTO | Output.PLAIN:
            from devloop.render.loop_log import PlainLoopLog

            return PlainLoopLog(out, err, clear=clear).show
