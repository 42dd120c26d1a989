"""Who turns events into output, by the name a user gives."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Protocol

from devloop.render.terminal import Terminal
from runcmd.events import Event


class Output(Enum):
    """The choices of `--output`."""

    AUTO = "auto"
    PLAIN = "plain"
    JSON = "json"
    QUIET = "quiet"


class Renderer(Protocol):
    """Shows events as they come."""

    def show(self, event: Event) -> None: ...

    def close(self) -> None: ...


def renderer_for(
    output: Output, out: Terminal, err: Terminal, *, secrets: Collection[str] = (), named: bool = False
) -> Renderer:
    """The renderer of this name; `named` says that the user named what to run."""
    renderer = _bare(output, out, err, named)
    if not secrets:
        return renderer
    from devloop.render.mask import MaskedRenderer

    return MaskedRenderer(renderer, secrets)


def _bare(output: Output, out: Terminal, err: Terminal, named: bool) -> Renderer:
    if output is Output.JSON:
        from devloop.render.jsonl import JsonRenderer

        return JsonRenderer(out)
    if output is Output.QUIET:
        from devloop.render.quiet import QuietRenderer

        return QuietRenderer(out, err)
    from devloop.render.plain import PlainRenderer

    return PlainRenderer(out, err, named=named)
