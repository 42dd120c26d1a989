"""What a function of the project prints, told with the call that prints it."""

from __future__ import annotations

import io
import json
import os
import sys
from contextvars import ContextVar
from threading import Lock
from typing import Any

CALL: ContextVar[str] = ContextVar("CALL", default="")  # the id of the one that is being made
STREAMS = {"stdout": 1, "stderr": 2}


class CallAnswers:
    """Lines of JSON, from any thread; each is whole."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = Lock()

    def send(self, message: dict[str, Any]) -> None:
        """Raises ValueError for what JSON does not have."""
        data = memoryview(json.dumps(message, allow_nan=False).encode() + b"\n")
        with self._lock:
            while data:
                data = data[os.write(self._descriptor, data) :]


class _Routed(io.RawIOBase):
    """Of a call, it is told; what nobody's call prints goes where it always went."""

    def __init__(self, name: str, answers: CallAnswers) -> None:
        self._name, self._answers = name, answers

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return STREAMS[self._name]

    def write(self, data: Any, /) -> int:
        text = bytes(data)
        if call := CALL.get():
            self._answers.send({"id": call, "stream": self._name, "text": text.decode("utf-8", "replace")})
        else:
            os.write(self.fileno(), text)
        return len(text)


def print_to(answers: CallAnswers) -> None:
    """From now on; before the program runs, for it may keep the streams that it finds."""
    for name in STREAMS:
        raw: Any = _Routed(name, answers)  # unbuffered, as with `python -u`
        routed = io.TextIOWrapper(
            raw,
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )
        setattr(sys, name, routed)
