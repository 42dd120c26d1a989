"""A screen to render on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from devloop.render.plain import PlainRenderer
from devloop.terminal.stream import Terminal
from runcmd.events import Event

GOLDEN = Path(__file__).parent / "golden"


class Screen:
    """Standard output and standard error, as text."""

    def __init__(self, encoding: str = "utf-8", *, colour: bool = False) -> None:
        self._out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
        self._err = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
        self.out_terminal = Terminal(self._out, colour=colour)
        self.err_terminal = Terminal(self._err, colour=colour)

    @property
    def out(self) -> str:
        return _text(self._out)

    @property
    def err(self) -> str:
        return _text(self._err)

    def plain(self, events: Sequence[Event], *, named: bool = False) -> Screen:
        renderer = PlainRenderer(self.out_terminal, self.err_terminal, named=named)
        for event in events:
            renderer.show(event)
        renderer.close()
        return self


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(stream.encoding)
