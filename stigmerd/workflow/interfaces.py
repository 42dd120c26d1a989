"""What the interpreter needs: effects on the world, and a reporter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from stigmerd.workflow.model import Signal, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an expression can see: `.` and `$context`, `$data`, `$env`, `$input`, `$output`."""

    dot: Value
    variables: Mapping[str, Value]


class Effects(Protocol):
    """Each effect has a key that is the same on every replay; a result once recorded is returned again.

    All of them raise TaskFailed, and that too is the same on replay.
    """

    async def turn(self, key: str) -> None:
        """Before each task: returns when it may begin."""

    async def call(self, key: str, kind: str, arguments: Mapping[str, Value]) -> Value: ...
    async def sleep(self, key: str, seconds: float) -> None: ...
    async def listen(self, key: str, signals: Sequence[Signal], *, every: bool) -> Mapping[str, Value]: ...
    async def evaluate(self, key: str, program: str, scope: Scope) -> Value: ...
    async def now(self, key: str) -> str: ...

    async def recall(self, key: str) -> Value:
        """What `remember` stored under the key, or None."""

    async def remember(self, key: str, value: Value) -> None: ...


class Reporter(Protocol):
    """Hears of every task; must not wait."""

    def began(self, key: str, name: str, kind: str, given: Value) -> None: ...
    def ended(self, key: str, name: str, kind: str, state: str, output: Value, error: str) -> None: ...
