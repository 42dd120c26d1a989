"""Performs what a workflow asks of the world, and journals each result under its key."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from typing import Final, Literal, Protocol

from stigmer_api.shortage import shortage
from stigmerd.engine.reporter import TaskReporter
from stigmerd.executions.limits import TooMuch
from stigmerd.executions.log import Executions
from stigmerd.executions.signals import WaitingSignal as Waiting
from stigmerd.expressions import Evaluator, ExpressionError
from stigmerd.expressions.secret_tokens import SecretTokens, UnknownVariable
from stigmerd.process.offload import WORTH_BYTES, aside, size_of
from stigmerd.store.errors import StoreError
from stigmerd.store.journal import MISSING, Missing
from stigmerd.store.json import Json, Written, dumps, long_dumps
from stigmerd.workflow.failure import LIMIT, Problem, TaskFailed, failed, nested_too_deep
from stigmerd.workflow.interfaces import Scope
from stigmerd.workflow.model import Signal
from stigmerd.workflow.state import canonical, too_deep

logger = logging.getLogger(__name__)

JOURNAL: Final = "task/"
CUT: Final = re.compile(r"\.\.\.|…|.{1900}", re.S)  # in an error's text: values are quoted in part
UNSAID: Final = "it cannot work on a value with a secret in it (jq quotes a part of it, so why is left out)"
# What may give another result the next time; on a replay it must not.
UNSTEADY: Final = re.compile(r"(?<![\w$.])(?:now|uuid)\b")


class Mailbox:
    """The signals of one execution: who waits for which."""

    def __init__(self) -> None:
        self.awaited: dict[str, int] = {}
        self._arrival = asyncio.Event()

    def ring(self) -> None:
        self._arrival.set()
        self._arrival = asyncio.Event()

    async def arrival(self) -> None:
        await self._arrival.wait()


class Call(Protocol):
    """Performs one kind of call. `arguments` may hold tokens of secrets: reveal them late."""

    async def __call__(self, key: str, arguments: Mapping[str, Json], effects: JournalledEffects) -> Json: ...


class JournalledEffects:
    """The Effects of one execution. An effect whose result is in the journal is not performed again.

    Between the moment when the world has answered and that when the answer is in the journal a crash makes
    the effect happen once more; nobody can close that gap for a plain HTTP call.
    """

    def __init__(
        self,
        *,
        execution_id: str,
        org: str,
        annotations: Mapping[str, str],
        executions: Executions,
        evaluator: Evaluator,
        tokens: SecretTokens,
        reporter: TaskReporter,
        mailbox: Mailbox,
        calls: Mapping[str, Call],
        clock: Callable[[], str],
    ) -> None:
        self.execution_id = execution_id
        self.org = org
        self.annotations = annotations  # of the workflow
        self.tokens = tokens
        self.reporter = reporter
        self._executions = executions
        self._evaluator = evaluator
        self._mailbox = mailbox
        self._calls = calls
        self._clock = clock
        self._journal = executions.journal(execution_id)
        self._known = {key for key in self._journal.keys() if key.startswith(JOURNAL)}  # noqa: SIM118

    async def call(self, key: str, kind: str, arguments: Mapping[str, Json]) -> Json:
        return await self.once(key, lambda: self._performed(key, kind, arguments))

    async def sleep(self, key: str, seconds: float) -> None:
        left = self.left(key, seconds)
        self.reporter.flush()
        await self._kept()
        await asyncio.sleep(left)

    async def listen(self, key: str, signals: Sequence[Signal], *, every: bool) -> Mapping[str, Json]:
        awaited = list(dict.fromkeys(signal.id for signal in signals))
        found: Mapping[str, Json] = await self.once(key, lambda: self._received(key, awaited, every=every))
        return found

    async def evaluate(self, key: str, program: str, scope: Scope) -> Json:
        if UNSTEADY.search(program) or JOURNAL + key in self._known:
            return await self.once(key, lambda: self._evaluated(program, scope), keep=self._may_be_kept)
        try:
            return await self._evaluated(program, scope)
        except TaskFailed as failure:
            # A time limit may be met the next time; what went the way of a failure must go it again.
            self._put(key, {"failed": asdict(failure.problem)})
            await self._kept()
            raise

    async def now(self, key: str) -> str:
        at = self._get(key)
        if at is MISSING:
            at = self._clock()
            self._put(key, at)
            await self._kept()
        return str(at)

    async def recall(self, key: str) -> Json:
        found = self._get(key)
        return None if found is MISSING else found

    async def remember(self, key: str, value: Json) -> None:
        self._put(key, value)

    async def once(
        self, key: str, perform: Callable[[], Awaitable[Json]], keep: Callable[[Json], bool] = lambda _: True
    ) -> Json:
        """The recorded result or failure; performs and records it when there is none.

        What depends on it begins when the disk has it: a power cut does not make it happen again.
        """
        recorded = self._get(key)
        if recorded is not MISSING:
            return _replayed(recorded)
        self.reporter.flush()
        try:
            result = await perform()
            size, mask = size_of(result), self.tokens.masking()
            value, written = await aside(size, _taken_in, result, mask, long=size >= WORTH_BYTES)
        except TaskFailed as failure:
            problem = self._hidden(failure.problem)
            self._put(key, {"failed": asdict(problem)})
            await self._kept()
            raise TaskFailed(problem) from None
        if keep(value):
            try:
                self._put(key, written)
            except TooMuch as error:
                full = failed(LIMIT, "the execution keeps too much", str(error), status=413)
                self._put(key, {"failed": asdict(full.problem)})
                await self._kept()
                raise full from None
            await self._kept()
        return value

    def left(self, key: str, seconds: float) -> float:
        """Of a time that began when it was first asked for, by the wall clock, also on a replay.

        Never more than the whole: a clock that was set back meanwhile makes nobody wait for longer. One that
        was set forward ends it sooner; nothing else is known of the time while nobody was there.
        """
        known = self._get(key)
        if known is MISSING:
            known = {"until": time.time() + seconds}
            self._put(key, known)
        return min(seconds, max(0.0, float(known["until"]) - time.time()))

    async def _performed(self, key: str, kind: str, arguments: Mapping[str, Json]) -> Json:
        """What a call did not foresee fails its task, so that a TRY sees it."""
        try:
            return await self._calls[kind](key, arguments, self)
        except (TaskFailed, StoreError):
            raise
        except Exception as error:
            if self.reporter.gave_up:  # the execution was deleted
                raise
            if lacks := shortage(error):
                raise failed("system", lacks[0], lacks[1], status=503) from None
            reference = secrets.token_hex(4)
            story = self._hidden_text("".join(traceback.format_exception(error)))
            logger.error("a bug, %s, in %s of %s:\n%s", reference, key, self.execution_id, story)
            what = f"{type(error).__name__}; the backend's log has it as {reference}"
            raise failed("internal", "a bug in the backend", what) from None

    def _may_be_kept(self, value: Json) -> bool:
        return not self.tokens.holds(value)  # tokens mean nothing in the next process

    async def _received(self, key: str, awaited: Sequence[str], *, every: bool) -> Json:
        received: dict[str, Json] = {}
        for signal in awaited:
            self._mailbox.awaited[signal] = self._mailbox.awaited.get(signal, 0) + 1
        try:
            while True:
                for signal in awaited:
                    if signal in received:
                        continue
                    payload = await self._taken(f"{key}#{signal}", signal)
                    if payload is not MISSING:
                        received[signal] = payload
                        if not every:
                            return received
                if len(received) == len(awaited):
                    return received
                await self._mailbox.arrival()
        finally:
            for signal in awaited:
                self._mailbox.awaited[signal] -= 1

    async def _taken(self, key: str, signal: str) -> Json | Literal[Missing.MISSING]:
        payload = self._get(key)
        while payload is MISSING:
            waiting = self._executions.signals.oldest(self.execution_id, signal)
            if waiting is None:
                break
            mask = self.tokens.masking()
            found, written = await aside(len(waiting.text), _read, waiting, mask)
            # In one step: a signal that is taken but not journalled would be lost by a crash.
            with self._executions.transaction():
                if self._executions.signals.drop(waiting):  # no other branch was quicker
                    self._put(key, written)
                    payload = found
        return payload

    async def _evaluated(self, program: str, scope: Scope) -> Json:
        try:
            dot = self.tokens.bind(program, scope.dot)
            fresh = str(uuid.uuid4()) if "uuid" in program else ""
            variables = self._evaluator.used(program, scope.variables)
            if self._evaluator.is_simple(program) or not self.tokens.holds([dot, variables]):
                return await self._evaluator.evaluate(program, dot, variables, uuid=fresh)
            return await self._evaluated_twice(program, dot, variables, fresh)
        except UnknownVariable as error:
            raise failed("expression", "a variable is missing", str(error), status=400) from None
        except ExpressionError as error:
            said = self._hidden_text(str(error))
            if error.outside:
                raise failed("system", "the expression could not be evaluated", said, status=503) from None
            raise failed("expression", "the expression failed", said, status=400) from None

    async def _evaluated_twice(
        self, program: str, dot: Json, variables: Mapping[str, Json], fresh: str
    ) -> Json:
        """On the values and on the tokens that stand for them; see expressions/secret_tokens.py."""
        reveal = self.tokens.reveal
        try:
            real = await self._evaluator.evaluate(program, reveal(dot), reveal(variables), uuid=fresh)
        except ExpressionError as error:
            if not CUT.search(error.reason):  # what is quoted whole can be masked
                raise
            raise ExpressionError(program, UNSAID, error.line, error.column) from None
        masked = None
        with suppress(ExpressionError):  # `.secrets.PIN | tonumber` fails on a token
            masked = await self._evaluator.evaluate(program, dot, variables, uuid=fresh)
        return self.tokens.tokenize_result(masked, real)

    def _hidden(self, problem: Problem) -> Problem:
        return replace(
            problem,
            type=self._hidden_text(problem.type),
            title=self._hidden_text(problem.title),
            detail=self._hidden_text(problem.detail),
        )

    def _hidden_text(self, text: str) -> str:
        return str(self.tokens.show(self.tokens.mask(text)))

    def _get(self, key: str) -> Json | Literal[Missing.MISSING]:
        return self._journal.get(JOURNAL + key) if JOURNAL + key in self._known else MISSING

    def _put(self, key: str, value: Json) -> None:
        try:
            self._journal.put(JOURNAL + key, value)
        except StoreError as error:
            self.reporter.give_up(error)
            raise
        self._known.add(JOURNAL + key)

    async def _kept(self) -> None:
        """What was recorded outlives a power cut."""
        try:
            await self._executions.on_disk()
        except StoreError as error:
            self.reporter.give_up(error)
            raise


def _taken_in(result: Json, mask: Callable[[Json], Json], *, long: bool) -> tuple[Json, Written]:
    """A result as the workflow sees it, and as it is journalled."""
    if too_deep(result):
        raise nested_too_deep("the result")
    value = canonical(mask(result))
    return value, Written((long_dumps if long else dumps)({"value": value}))


def _read(signal: Waiting, mask: Callable[[Json], Json]) -> tuple[Json, Written]:
    payload = signal.payload()
    return payload, Written(long_dumps(mask(payload)))


def _replayed(recorded: Json) -> Json:
    if "failed" in recorded:
        names = {field.name for field in fields(Problem)}
        raise TaskFailed(
            Problem(**{name: each for name, each in recorded["failed"].items() if name in names})
        )
    return recorded["value"]
