"""Resolves the `${…}` in a task's settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from stigmerd.workflow.failure import failed, too_large
from stigmerd.workflow.interfaces import Effects
from stigmerd.workflow.model import Given, Value
from stigmerd.workflow.state import State
from stigmerd.workflow.template import Program, as_text, parts, spliced, whole
from stigmerd.workflow.weight import weight_of

TURN: Final = 500  # values after which the others get a turn: many of them wait for nothing


class Resolver:
    """Evaluates for one task, one expression after the other, so that their keys are the same on a replay."""

    def __init__(self, effects: Effects, key: str, state: State, dot: Value = None, *, most: int) -> None:
        self._effects = effects
        self._key = key
        self._state = state
        self._dot = dot
        self._count = 0
        self._seen = 0
        self._most = most  # bytes of one value

    async def value(self, template: Value) -> Value:
        """Text that is one `${…}` becomes whatever that gives; within other text it becomes text."""
        self._seen += 1
        if self._seen % TURN == 0:
            await asyncio.sleep(0)
        match template:
            case str() if "${" in template:
                program = whole(template)
                return await self.run(program) if program else await self._joined(template)
            case Mapping():
                return {key: await self.value(each) for key, each in template.items()}
            case Given(value=given):
                return given
            case list() | tuple():
                return [await self.value(each) for each in template]
            case _:
                return template

    async def text(self, template: Value) -> str:
        return self._as_text(await self.value(template))

    async def texts(self, templates: Mapping[str, Value]) -> dict[str, str]:
        return {key: await self.text(each) for key, each in templates.items()}

    async def condition(self, text: str) -> bool:
        plain = text.strip().lower()
        if plain in ("true", "false"):
            return plain == "true"
        return _truth(await self.program(text), text)

    async def program(self, text: str) -> Value:
        """A text that is an expression as a whole, whether or not (all of) it stands in `${…}`."""
        return await self.run(spliced(text))

    async def run(self, program: Program) -> Value:
        self._count += 1
        scope = self._state.scope(program.source, self._dot)
        return await self._effects.evaluate(f"{self._key}#{self._count}", program.source, scope)

    async def _joined(self, template: str) -> str:
        pieces: list[str] = []
        size = 0
        for part in parts(template):
            pieces.append(part if isinstance(part, str) else self._as_text(await self.run(part)))
            size += len(pieces[-1])
            if size > self._most:
                raise too_large("the text", self._most)
        return "".join(pieces)

    def _as_text(self, value: Value) -> str:
        if not isinstance(value, str) and weight_of(value, self._most).more:
            raise too_large("a value in the text", self._most)
        return as_text(value)


def _truth(value: Value, text: str) -> bool:
    match value:
        case bool():
            return value
        case None:
            return False
        case str():
            return value.strip().lower() in ("true", "1")
        case int() if value in (0, 1):
            return value == 1
        case _:
            raise failed(
                "expression", "a condition must give true or false", f"{text} gave {as_text(value)[:200]}"
            )
