"""Who turns events into output, by the name a user gives."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from devloop.render.output import Output
from devloop.terminal.stream import Terminal
from runcmd.events import Event


class Renderer(Protocol):
    """Shows events as they come."""

    def show(self, event: Event) -> None: ...

    def close(self) -> None: ...


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
