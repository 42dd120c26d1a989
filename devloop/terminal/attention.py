"""Draws attention to what happened: a notification, or the bell, and the title of the terminal's window."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from typing import TextIO

from devloop.terminal.job_control import in_background
from devloop.terminal.visible import visible

LONGEST = 120  # characters of a title or a notification
BELL = "\a"
END = "\x1b\\"  # not the bell, which would ring where the rest is not understood
# The window's title is put on a stack, and taken from it at the end; without a stack, it is empty then.
SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", f"\x1b]2;{END}\x1b[23;2t"
WITH_TITLE = (
    *("xterm", "rxvt", "screen", "tmux", "alacritty", "foot", "kitty", "ghostty", "wezterm", "vte", "gnome"),
    *("konsole", "contour", "mintty", "putty", "iterm", "st-"),
)
MULTIPLEXERS = ("tmux", "screen")  # they pass nothing on unless they are told to; the bell they do


class Way(Enum):
    """How a terminal takes a notification."""

    OSC_9 = "osc9"  # one text
    OSC_777 = "osc777"  # a title and a text
    BELL = "bell"


PROGRAMS = {
    "iTerm.app": Way.OSC_9,
    "iTerm2": Way.OSC_9,
    "WarpTerminal": Way.OSC_9,
    "WezTerm": Way.OSC_777,
    "ghostty": Way.OSC_777,
}
TYPES = {
    "xterm-kitty": Way.OSC_9,
    "xterm-ghostty": Way.OSC_777,
    "wezterm": Way.OSC_777,
    "foot": Way.OSC_777,
    "rxvt-unicode": Way.OSC_777,
}


def way_of(environ: Mapping[str, str]) -> Way:
    """What the terminal is known to take; the bell if nothing is known."""
    kind = environ.get("TERM", "")
    if kind.startswith(MULTIPLEXERS) or environ.get("TMUX") or environ.get("STY"):
        return Way.BELL
    for name in (environ.get("TERM_PROGRAM"), environ.get("LC_TERMINAL")):
        if name in PROGRAMS:
            return PROGRAMS[name]
    return next((way for name, way in TYPES.items() if kind.startswith(name)), Way.BELL)


class Attention:
    """Writes to the terminal without moving its cursor, whatever else is being written there."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        self._stream = stream
        self._way = way_of(environ)
        self._has_title = environ.get("TERM", "").startswith(WITH_TITLE)
        self._title = ""
        self._saved = False

    def notify(self, subject: str, text: str) -> None:
        """Shows it on the desktop, or rings the bell; also from the background."""
        subject, text = (_clean(each, self._stream.encoding) for each in (subject, text))
        match self._way:
            case Way.OSC_9:
                self._write(f"\x1b]9;{subject}: {text}{END}")
            case Way.OSC_777:
                self._write(f"\x1b]777;notify;{subject};{text}{END}")
            case Way.BELL:
                self._write(BELL)

    def title(self, text: str) -> None:
        """Sets the title of the window until `release`; in the background it belongs to others."""
        self._title = _clean(text, self._stream.encoding)
        self._show_title()

    def release(self) -> None:
        """Restores the title; may be called from a signal handler."""
        if self._saved:
            self._saved = False
            self._write(RESTORE_TITLE)

    def resume(self) -> None:
        """After a stop: sets the title again."""
        if self._title:
            self._show_title()

    def _show_title(self) -> None:
        if not self._has_title or in_background(self._stream.fileno()):
            return
        save = "" if self._saved else SAVE_TITLE
        self._saved = True
        self._write(f"{save}\x1b]2;{self._title}{END}")

    def _write(self, sequence: str) -> None:
        # Past the stream's buffer: a signal handler may have interrupted a write to it.
        with suppress(OSError):
            os.write(self._stream.fileno(), sequence.encode(self._stream.encoding, "replace"))


def _clean(text: str, encoding: str) -> str:
    """One line without controls, and without what separates the parts of a sequence."""
    line = visible(" ".join(text.split())).replace(";", ",")
    return line[:LONGEST].encode(encoding, "replace").decode(encoding)
