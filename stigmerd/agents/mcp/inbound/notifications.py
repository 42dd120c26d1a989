"""Log messages and progress of MCP servers as lines beside an execution, a few in a second at most."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from stigmer_api.masking import Masker
from stigmerd.agents.mcp.inbound.progress import heard_progress
from stigmerd.agents.mcp.options import LEVELS
from stigmerd.agents.reporter import AgentReporter
from stigmerd.store.json import Json

SHOWN: Final = "info"  # from this level on, unless the agent says otherwise
MOST_LOGGED: Final = 20  # messages of one server in a second
MOST_CHARACTERS: Final = 4000  # of one message
PROGRESS_SECONDS: Final = 1.0  # between two lines of one call


class Notifications:
    """Of the servers of one execution."""

    def __init__(self, reporter: AgentReporter, masker: Masker) -> None:
        self._reporter = reporter
        self._masker = masker
        self._rates: dict[str, _Rate] = {}  # by the name of a server

    def logged(self, server: str, shown: str, level: str, logger: str, data: Json) -> None:
        """`shown`: the least severe level that is."""
        if level in LEVELS and LEVELS.index(level) < LEVELS.index(shown):
            return
        rate = self._rates.setdefault(server, _Rate())
        if not rate.allows():
            rate.left_out += 1
            return
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, default=str)
        where = f" ({logger})" if logger and logger != server else ""
        self._more(server, rate)
        self._tell(server, "log", f"{level}{where}: {text}")

    @contextmanager
    def call(self, server: str, tool: str) -> Iterator[None]:
        """The progress of one call that is made inside."""
        progress = _Progress()

        def heard(done: float, total: float | None, message: str | None) -> None:
            text = f"{tool}: {words_of(done, total, message)}"
            if progress.is_shown(last=total is not None and done >= total):
                self._tell(server, "progress", text)

        with heard_progress(heard):
            yield

    def end(self) -> None:
        for name, rate in self._rates.items():
            self._more(name, rate)

    def _more(self, server: str, rate: _Rate) -> None:
        if rate.left_out:
            left_out, rate.left_out = rate.left_out, 0
            self._tell(server, "log", f"… {left_out:,} log messages are left out")

    def _tell(self, server: str, stream: str, text: str) -> None:
        text = self._masker.text(text)  # before it is cut: half a secret cannot be recognised
        if len(text) > MOST_CHARACTERS:
            text = f"{text[:MOST_CHARACTERS]}… ({len(text):,} characters)"
        self._reporter.tell("print", source="mcp_server", name=server, stream=stream, text=text)


def words_of(done: float, total: float | None, message: str | None) -> str:
    """`3 of 10: reading the index`"""
    counted = f"{done:g} of {total:g}" if total else f"{done:g}"
    return f"{counted}: {' '.join(message.split())}" if message and message.strip() else counted


class _Rate:
    """So many log messages in a second."""

    def __init__(self) -> None:
        self.left_out = 0
        self._second = 0
        self._count = 0

    def allows(self) -> bool:
        if (second := int(time.monotonic())) != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= MOST_LOGGED


class _Progress:
    """The first and the last of one call, and some between."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._over = False

    def is_shown(self, *, last: bool) -> bool:
        at = time.monotonic()
        soon = self._at is not None and at - self._at < PROGRESS_SECONDS
        if soon and (self._over or not last):
            return False
        self._at, self._over = at, last
        return True
