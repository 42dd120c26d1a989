"""A command that ended, or one that runs: what it says, line by line."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any

from tests.support.poll import PATIENCE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]


class Running:
    """A command that runs: its lines as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._queue: Queue[str | None] = Queue()
        self._errors: list[str] = []
        self._threads = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def until(self, wanted: Callable[[str], bool] | str) -> str:
        """The first line that is wanted. What came before is in `lines`."""
        matches = wanted if callable(wanted) else lambda line: wanted in line
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                line = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise AssertionError(
                    f"no {wanted!r} within {PATIENCE_SECONDS} s after: {self.lines}"
                ) from None
            if line is None:
                self._queue.put(None)  # for whoever waits for the end next
                raise AssertionError(f"ended without {wanted!r}: {self.lines} {self._errors}")
            self.lines.append(line)
            if matches(line):
                return line

    def event(self, name: str) -> dict[str, Any]:
        """The next event of this name (`-o json`)."""
        found: dict[str, Any] = json.loads(self.until(f'"event": "{name}"'))
        return found

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> Done:
        code = self.process.wait(PATIENCE_SECONDS)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        while (line := self._queue.get()) is not None:
            self.lines.append(line)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()
        return Done(code=code, out="".join(self.lines), err="".join(self._errors))

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._queue.put(line)
        self._queue.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr
        self._errors.extend(self.process.stderr)
