"""Performs what a workflow asks of the world; what it came to is in the journal."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from stigmer_api.shortage import shortage
from stigmerd.engine.gate import Gate
from stigmerd.engine.interfaces import Call, CallContext
from stigmerd.engine.masked import masked_text
from stigmerd.engine.signals import SignalReceiver
from stigmerd.engine.token_evaluator import TokenEvaluator
from stigmerd.executions.waiting import waiting
from stigmerd.store.errors import StoreError
from stigmerd.store.journal import MISSING
from stigmerd.store.json import Json
from stigmerd.workflow.failure import TaskFailed, failed
from stigmerd.workflow.interfaces import Scope
from stigmerd.workflow.model import Signal

logger = logging.getLogger(__name__)

WORTH_TELLING_SECONDS: Final = 1.0

# What may give another result the next time; on a replay it must not.
UNSTEADY: Final = re.compile(r"(?<![\w$.])(?:now|uuid)\b")


class JournalledEffects:
    """The Effects of one execution. An effect whose result is in the journal is not performed again.

    Between the moment when the world has answered and that when the answer is in the journal a crash makes
    the effect happen once more; nobody can close that gap for a plain HTTP call.
    """

    def __init__(
        self,
        context: CallContext,
        calls: Mapping[str, Call],
        evaluator: TokenEvaluator,
        signals: SignalReceiver,
        clock: Callable[[], str],
        gate: Gate,
    ) -> None:
        self._context = context
        self._journal = context.journal
        self._calls = calls
        self._evaluator = evaluator
        self._signals = signals
        self._clock = clock
        self._gate = gate

    async def turn(self, key: str) -> None:
        if self._gate.closed:
            await self._gate.passed(self._context.notes, self._context.execution_id, key)

    async def call(self, key: str, kind: str, arguments: Mapping[str, Json]) -> Json:
        return await self._journal.once(key, lambda: self._perform(key, kind, arguments))

    async def sleep(self, key: str, seconds: float) -> None:
        left = self._journal.left(key, seconds)
        self._context.reporter.flush()
        await self._journal.on_disk()
        if left < WORTH_TELLING_SECONDS:
            await asyncio.sleep(left)
            return
        context = self._context
        with waiting(context.notes, context.execution_id, key, "time", "waiting", seconds=left):
            await asyncio.sleep(left)

    async def listen(self, key: str, signals: Sequence[Signal], *, every: bool) -> Mapping[str, Json]:
        awaited = list(dict.fromkeys(signal.id for signal in signals))
        found: Mapping[str, Json] = await self._journal.once(
            key, lambda: self._signals.receive(key, awaited, every=every)
        )
        return found

    async def evaluate(self, key: str, program: str, scope: Scope) -> Json:
        if UNSTEADY.search(program) or key in self._journal:
            return await self._journal.once(
                key, lambda: self._evaluator.evaluate(program, scope), keep=self._may_be_kept
            )
        try:
            return await self._evaluator.evaluate(program, scope)
        except TaskFailed as failure:
            # A time limit may be met the next time; what went the way of a failure must go it again.
            await self._journal.put_failure(key, failure.problem)
            raise

    async def now(self, key: str) -> str:
        at = self._journal.get(key)
        if at is MISSING:
            at = self._clock()
            self._journal.put(key, at)
            await self._journal.on_disk()
        return str(at)

    async def recall(self, key: str) -> Json:
        found = self._journal.get(key)
        return None if found is MISSING else found

    async def remember(self, key: str, value: Json) -> None:
        self._journal.put(key, value)

    async def _perform(self, key: str, kind: str, arguments: Mapping[str, Json]) -> Json:
        """What a call did not foresee fails its task, so that a TRY sees it."""
        try:
            return await self._calls[kind](key, arguments, self._context)
        except (TaskFailed, StoreError):
            raise
        except Exception as error:
            if self._context.reporter.gave_up:  # the execution was deleted
                raise
            if lacks := shortage(error):
                raise failed("system", lacks[0], lacks[1], status=503) from None
            reference = secrets.token_hex(4)
            story = masked_text("".join(traceback.format_exception(error)), self._context.tokens)
            logger.error("a bug, %s, in %s of %s:\n%s", reference, key, self._context.execution_id, story)
            what = f"{type(error).__name__}; the backend's log has it as {reference}"
            raise failed("internal", "a bug in the backend", what) from None

    def _may_be_kept(self, value: Json) -> bool:
        return not self._context.tokens.holds(value)  # tokens mean nothing in the next process
