"""What a version's program does and says while it runs, from when somebody wants to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from runcmd.events import Event, ProgramWrote, SynthesisLasted, SynthesisStarted
from runcmd.request import RunRequest
from runcmd.synthesis.live import RepeatedText

ShowLive = Callable[[RunRequest, Event], None]


class LiveEvents:
    """Keeps them while the version may never come to anything, since its files have not settled."""

    def __init__(self) -> None:
        self._show: ShowLive | None = None
        self._kept: list[tuple[RunRequest, Event]] = []
        self._repeated = RepeatedText()
        self._once: set[type[Event]] = set()

    def show(self, show: ShowLive) -> None:
        """Shows what there is, and whatever comes."""
        self._show = show
        for request, event in self._kept:
            show(request, event)
        self._kept = []

    def again(self) -> None:
        """The program is about to run, perhaps once more."""
        self._repeated.again()
        if self._show is None:
            self._kept, self._repeated, self._once = [], RepeatedText(), set()

    def take(self, request: RunRequest, event: Event) -> bool:
        """False: it is none of these."""
        match event:
            case ProgramWrote():
                text = self._repeated.new(event.stream, event.text.encode("utf-8", "replace")).decode()
                if text:
                    self._add(request, replace(event, text=text))
            case SynthesisStarted() | SynthesisLasted():
                if type(event) not in self._once:
                    self._once.add(type(event))
                    self._add(request, event)
            case _:
                return False
        return True

    def _add(self, request: RunRequest, event: Event) -> None:
        if self._show is None:
            self._kept.append((request, event))
        else:
            self._show(request, event)
