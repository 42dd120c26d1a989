"""A world in memory for the interpreter: real jq, everything else by table."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jq
import pytest

from stigmerd.workflow import Scope, State, TaskFailed, WorkflowLimits, interpret, parse
from stigmerd.workflow.failure import failed
from stigmerd.workflow.model import Signal
from stigmerd.workflow.state import canonical
from tests.support.tasks import task

Json = Any


def http(name: str, uri: str = "http://host/", **more: Json) -> Json:
    return task(name, "HTTP_CALL", {"method": "GET", "endpoint": {"uri": uri}, "timeout_seconds": 5}, **more)


@dataclass
class PlayedWorld:
    """Effects and Reporter in one. `answers` by key: a value, a failure, or an event to wait for."""

    answers: dict[str, Json] = field(default_factory=dict)
    signals: dict[str, Json] = field(default_factory=dict)
    remembered: dict[str, Json] = field(default_factory=dict)
    calls: list[tuple[str, str, Json]] = field(default_factory=list)
    slept: list[tuple[str, float]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    ends: list[tuple[str, str]] = field(default_factory=list)
    outputs: dict[str, Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    called: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def call(self, key: str, kind: str, arguments: Mapping[str, Json]) -> Json:
        self.calls.append((key, kind, arguments))
        self.called.release()
        answer = self.answers.get(key, f"<{key}>")
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            return f"<{key}>"
        await asyncio.sleep(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, key: str, seconds: float) -> None:
        self.slept.append((key, seconds))
        await asyncio.sleep(0)

    async def listen(self, key: str, signals: Sequence[Signal], *, every: bool) -> Mapping[str, Json]:
        found = {signal.id: self.signals[signal.id] for signal in signals}
        return found if every else dict([next(iter(found.items()))])

    async def evaluate(self, key: str, program: str, scope: Scope) -> Json:
        self.asked.append(key)
        try:
            return canonical(
                next(iter(jq.compile(program, args=dict(scope.variables)).input_value(scope.dot)), None)
            )
        except ValueError as error:
            raise failed("expression", "the expression failed", str(error)) from None

    async def now(self, key: str) -> str:
        return "2030-01-01T00:00:00Z"

    async def turn(self, key: str) -> None:
        pass

    async def recall(self, key: str) -> Json:
        return self.remembered.get(key)

    async def remember(self, key: str, value: Json) -> None:
        self.remembered[key] = value

    def began(self, key: str, name: str, kind: str, given: Json) -> None:
        self.begun.append(key)

    def ended(self, key: str, name: str, kind: str, state: str, output: Json, error: str) -> None:
        self.ends.append((key, state))
        self.outputs[key] = output
        if error:
            self.errors[key] = error

    async def run(
        self, *tasks: Json, state: State | None = None, limits: WorkflowLimits | None = None
    ) -> Json:
        workflow = parse({"spec": {"document": {"name": "test"}, "tasks": list(tasks)}})
        return await interpret(workflow, state or State(), self, self, limits or WorkflowLimits())

    async def fails(self, *tasks: Json, limits: WorkflowLimits | None = None) -> TaskFailed:
        with pytest.raises(TaskFailed) as caught:
            await self.run(*tasks, limits=limits)
        return caught.value


@pytest.fixture
def world() -> PlayedWorld:
    return PlayedWorld()
