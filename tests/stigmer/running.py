"""Run a declared workflow with the real interpreter and real jq; its calls are recorded and answered here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jq
from google.protobuf.json_format import MessageToDict

from stigmer_api.workflow_pb2 import Workflow
from stigmerd.workflow.failure import failed
from stigmerd.workflow.held import WorkflowLimits
from stigmerd.workflow.interfaces import Scope
from stigmerd.workflow.interpreter import interpret
from stigmerd.workflow.model import Signal
from stigmerd.workflow.parse import parse
from stigmerd.workflow.state import State

Json = Any


class World:
    """Effects and reporter in one: jq is evaluated, calls are answered with what was prepared."""

    def __init__(self, answers: Mapping[str, Json]) -> None:
        self.answers = answers
        self.calls: dict[str, Mapping[str, Json]] = {}
        self.done: list[str] = []

    async def call(self, key: str, kind: str, arguments: Mapping[str, Json]) -> Json:
        self.calls[key] = arguments
        return self.answers.get(key)

    async def sleep(self, key: str, seconds: float) -> None:
        self.calls[key] = {"seconds": seconds}

    async def listen(self, key: str, signals: Sequence[Signal], *, every: bool) -> Mapping[str, Json]:
        return {signal.id: self.answers[signal.id] for signal in signals}

    async def evaluate(self, key: str, program: str, scope: Scope) -> Json:
        bound = "".join(f"$__all.variables.{name} as ${name} | " for name in scope.variables)
        whole = f". as $__all | {bound}$__all.dot | ({program})"
        try:
            given = {"variables": scope.variables, "dot": scope.dot}
            return jq.compile(whole).input_value(given).first()
        except ValueError as error:
            raise failed("expression", "the expression failed", f"{program}: {error}") from None

    async def now(self, key: str) -> str:
        return "2024-01-02T03:04:05Z"

    async def turn(self, key: str) -> None:
        pass

    async def recall(self, key: str) -> Json:
        return None

    async def remember(self, key: str, value: Json) -> None:
        pass

    def began(self, key: str, name: str, kind: str, given: Json) -> None:
        pass

    def ended(self, key: str, name: str, kind: str, state: str, output: Json, error: str) -> None:
        self.done.append(key)


async def run(
    workflow: Workflow, *, given: Json = None, answers: Mapping[str, Json] | None = None
) -> tuple[Json, World]:
    """The workflow's output, and what it did."""
    world = World(answers or {})
    tasks = parse(MessageToDict(workflow.spec))
    return await interpret(tasks, State(input=given), world, world, WorkflowLimits()), world
