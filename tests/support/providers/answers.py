"""What a fake provider is told to answer, whatever its wire format."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Say:
    """Text; it is streamed word by word."""

    text: str


@dataclass(frozen=True)
class Think:
    """Thinking, as far as the wire format has it."""

    text: str
    signature: str = "sig"


@dataclass(frozen=True)
class Call:
    """A call of a tool. `args`: an object, or text that is sent as it is (broken JSON, say)."""

    name: str
    args: Mapping[str, Any] | str = field(default_factory=dict)
    id: str = ""  # empty: `call_1`, `call_2` … in its answer


@dataclass(frozen=True)
class Refuse:
    """A refusal, in the provider's own form where it has one."""

    text: str


@dataclass(frozen=True)
class Hold:
    """The stream stands still until the event is set."""

    until: threading.Event
    reached: threading.Event = field(default_factory=threading.Event)


Part = Say | Think | Call | Refuse | Hold


@dataclass(frozen=True)
class Answer:
    """One answer of the model.

    `finish` is one of `stop`, `calls`, `length`, `content_filter`, `refusal`, which are translated,
    or the provider's own word; by default `calls` where there is a call, else `stop`.
    """

    parts: Sequence[Part] = ()
    finish: str = ""
    usage: tuple[int, int] = (11, 7)  # tokens: input, output
    cached: int = 0  # input tokens that came from a cache
    events: int | None = None  # the connection is closed after so many, in the middle of the stream
    end: bool = True  # False: the stream ends properly, but without its finish reason and its end

    @property
    def finishes(self) -> str:
        return self.finish or ("calls" if any(isinstance(part, Call) for part in self.parts) else "stop")


@dataclass(frozen=True)
class Fail:
    """An error in the provider's own form."""

    status: int
    message: str = "no"
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Bytes as they are."""

    body: bytes | str
    kind: str = "text/html"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What was asked. `headers`: by their names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


Given = Answer | Fail | Raw | Part | Sequence[Part] | str
Reply = Given | Callable[[Request], Given]


def answer_of(reply: Reply, request: Request) -> Answer | Fail | Raw:
    """Text is said; parts are an answer."""
    given = reply(request) if callable(reply) else reply
    if isinstance(given, Answer | Fail | Raw):
        return given
    if isinstance(given, str):
        return Answer([Say(given)])
    return Answer([given] if isinstance(given, Part) else list(given))


def words(text: str) -> list[str]:
    """`It is 5` → `It `, `is `, `5`."""
    return [word for word in text.replace(" ", " \0").split("\0") if word]


def numbered(parts: Sequence[Part]) -> list[Part]:
    """Calls have ids."""
    done: list[Part] = []
    count = 0
    for part in parts:
        if isinstance(part, Call):
            count += 1
            part = Call(part.name, part.args, part.id or f"call_{count}")
        done.append(part)
    return done
