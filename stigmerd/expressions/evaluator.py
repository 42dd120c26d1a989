"""What does a jq program give? Simple ones are answered here, the others by child processes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Final

from stigmerd.expressions.process import Child, ChildDied, ExpressionLimits
from stigmerd.expressions.simple import NOT_SIMPLE, answer, is_simple
from stigmerd.process.long_json import dumps
from stigmerd.process.offload import WORTH_BYTES, aside, size_of
from stigmerd.store.json import Json
from stigmerd.workflow.state import canonical
from stigmerd.workflow.weight import weight_of

__all__ = ["Evaluator", "ExpressionError", "ExpressionLimits"]

VARIABLE: Final = re.compile(r"\$(context|data|env|input|output)\b")
EVERYTHING: Final = "$__in"


STANDARD: Final = ExpressionLimits()


class ExpressionError(Exception):
    """Names the program, the place in it if jq gives one, and the reason."""

    def __init__(
        self, program: str, reason: str, line: int = 0, column: int = 0, *, outside: bool = False
    ) -> None:
        self.program, self.reason, self.line, self.column = program, reason, line, column
        self.outside = outside  # the program is not to blame
        shown = program if len(program) <= 300 else program[:300] + "…"
        at = f" (line {line}{f', column {column}' if column else ''})" if line else ""
        super().__init__(f"`{shown}`{at}: {reason}")


class Evaluator:
    """A pool of children, started when first needed and kept warm. One that dies is replaced."""

    def __init__(self, limits: ExpressionLimits = STANDARD) -> None:
        self._limits = limits
        self._idle: list[Child] = []
        self._all: set[Child] = set()
        self._places = asyncio.Semaphore(limits.processes)
        self._closed = False

    @property
    def pids(self) -> frozenset[int]:
        return frozenset(child.pid for child in self._all)

    async def evaluate(
        self, program: str, dot: Json, variables: Mapping[str, Json], *, uuid: str = ""
    ) -> Json:
        """The first result, None if there is none. Raises ExpressionError."""
        simple = answer(program, dot, variables)
        if simple is not NOT_SIMPLE:
            return simple
        document = {"dot": dot, "uuid": uuid, **self.used(program, variables)}
        size = size_of(document)
        text = await aside(size, self._input, program, document, size >= WORTH_BYTES)
        async with self._places:
            try:
                well, reply = await self._ask(program.encode("utf-8", "replace"), text)
            except ChildDied as died:
                raise ExpressionError(program, str(died), outside=died.outside) from None
        try:
            found = canonical(json.loads(reply))
        except RecursionError:
            raise ExpressionError(program, "its result is nested too deep") from None
        if not well:
            raise ExpressionError(program, found["text"], found.get("line", 0), found.get("column", 0))
        return found

    def used(self, program: str, variables: Mapping[str, Json]) -> Mapping[str, Json]:
        """Only the variables that the program speaks of: a workflow's data may be large."""
        return (
            variables
            if EVERYTHING in program
            else {name: variables.get(name) for name in set(VARIABLE.findall(program))}
        )

    def is_simple(self, program: str) -> bool:
        """Whether it only picks: then the result is a part of what it was given."""
        return is_simple(program)

    async def aclose(self) -> None:
        self._closed = True
        for child in tuple(self._all):
            self._drop(child)

    def _input(self, program: str, document: Json, long: bool) -> bytes:
        most = self._limits.input_bytes
        # Before it is written: what is in a value many times would be written as often.
        if not (long and weight_of(document, most).more):
            text = (dumps(document, ascii_only=True) if long else json.dumps(document)).encode()
            if len(text) <= most:
                return text
        raise ExpressionError(program, f"its input has more than the {most >> 20} MiB that are allowed")

    async def _ask(self, program: bytes, text: bytes) -> tuple[bool, bytes]:
        try:
            return await self._asked(self._ready() or await self._started(), program, text)
        except ChildDied as died:
            if not died.outside:
                raise
        return await self._asked(await self._started(), program, text)  # once more: it may not happen again

    def _ready(self) -> Child | None:
        """One that lives: what was killed while it was idle does not show."""
        while self._idle:
            child = self._idle.pop()
            if child.alive:
                return child
            self._drop(child)
        return None

    async def _asked(self, child: Child, program: bytes, text: bytes) -> tuple[bool, bytes]:
        try:
            reply = await child.ask(program, text)
        except BaseException:  # cancelled half way, it would answer the next one with this one's result
            self._drop(child)
            raise
        if self._closed:
            self._drop(child)
        else:
            self._idle.append(child)
        return reply

    async def _started(self) -> Child:
        child = Child(self._limits)
        self._all.add(child)
        try:
            await child.ready()
        except BaseException:  # cancelled, too: nobody else ends it
            self._drop(child)
            raise
        return child

    def _drop(self, child: Child) -> None:
        self._all.discard(child)
        if child in self._idle:
            self._idle.remove(child)
        child.close()
