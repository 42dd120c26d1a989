"""Writes how recorded loops look on the screen: `python -m tests.devloop.render.write_screens`."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from unittest import mock

import pyte

from devloop.loop.events import LoopEvent
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.terminal.stream import Terminal
from tests.devloop.render import recorded
from tests.devloop.render.recorded import Recorded

CLOCK = re.compile(r"\b\d\d:\d\d:\d\d\b")
EMOJI = "\ufe0f"  # says that a sign is one; pyte drops the rest of a text after it
LINES = 400
WIDE, NARROW = 100, 40


def plain(events: Recorded) -> str:
    """Into a file or a pipe."""
    return _written(events, interactive=False, colour=False)


def narrow(events: Recorded) -> str:
    """What is seen on a terminal of 40 columns."""
    text = _written(events, interactive=True, colour=False, columns=NARROW)
    screen = pyte.Screen(NARROW, LINES)
    screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed(text.replace(EMOJI, ""))
    return "".join(f"{line.rstrip()}\n" for line in screen.display).rstrip("\n") + "\n"


def uncoloured(events: Recorded) -> str:
    """All that is sent to a terminal, with NO_COLOR."""
    return _escaped(_written(events, interactive=True, colour=False))


def coloured(events: Recorded) -> str:
    """All that is sent to a terminal."""
    return _escaped(_written(events, interactive=True, colour=True))


FORMS = {form.__name__: form for form in (plain, narrow, uncoloured, coloured)}


def stories() -> list[str]:
    return sorted(file.stem for file in recorded.STORIES.glob("*.jsonl"))


def golden(story: str, form: str) -> Path:
    return recorded.STORIES / f"{story}.{form}.txt"


def shown(story: str, form: str) -> str:
    """The screen at the end of the story."""
    return FORMS[form](recorded.read(recorded.STORIES / f"{story}.jsonl"))


def _written(events: Recorded, *, interactive: bool, colour: bool, columns: int = WIDE) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    out, err = (
        Terminal(stream, colour=colour, interactive=interactive, cursor=interactive) for _ in range(2)
    )
    screen = LoopScreen(Output.AUTO, out, err, named=False, clear=False, clock=lambda: 0.0)
    with mock.patch.dict(os.environ, COLUMNS=str(columns), LINES="24"):
        for generation, event, target in events:
            if isinstance(event, LoopEvent):
                screen.emit(event)
            else:
                screen.show(generation, event, target)
        screen.close()
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return CLOCK.sub("14:02:11", stream.buffer.getvalue().decode())


def _escaped(text: str) -> str:
    return text.replace("\x1b", "␛").replace("\r", "␍")


if __name__ == "__main__":
    for story in stories():
        for form in FORMS:
            golden(story, form).write_text(shown(story, form), "utf-8")
