"""What the effects of one execution came to, by key: recorded once, replayed ever after."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from typing import Final, Literal

from stigmerd.engine.masked import masked_problem
from stigmerd.engine.reporter import TaskReporter
from stigmerd.executions.limits import TooMuch
from stigmerd.executions.log import Executions
from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.process.offload import WORTH_BYTES, aside, size_of
from stigmerd.store.errors import StoreError
from stigmerd.store.journal import MISSING, Missing
from stigmerd.store.json import Json, Written, dumps, long_dumps
from stigmerd.workflow.failure import LIMIT, Problem, TaskFailed, failed, nested_too_deep
from stigmerd.workflow.state import canonical, too_deep

JOURNAL: Final = "task/"


class EffectJournal:
    """All of them raise StoreError; the reporter gives up then, so that nothing goes on."""

    def __init__(
        self, execution_id: str, executions: Executions, tokens: SecretTokens, reporter: TaskReporter
    ) -> None:
        self._executions = executions
        self._tokens = tokens
        self._reporter = reporter
        self._journal = executions.journal(execution_id)
        self._known = {key for key in self._journal.keys() if key.startswith(JOURNAL)}  # noqa: SIM118

    def __contains__(self, key: str) -> bool:
        return JOURNAL + key in self._known

    def get(self, key: str) -> Json | Literal[Missing.MISSING]:
        return self._journal.get(JOURNAL + key) if key in self else MISSING

    def put(self, key: str, value: Json) -> None:
        try:
            self._journal.put(JOURNAL + key, value)
        except StoreError as error:
            self._reporter.give_up(error)
            raise
        self._known.add(JOURNAL + key)

    async def put_failure(self, key: str, problem: Problem) -> None:
        """On the disk when it returns."""
        self.put(key, {"failed": asdict(problem)})
        await self.on_disk()

    async def on_disk(self) -> None:
        """What was recorded outlives a power cut."""
        try:
            await self._executions.on_disk()
        except StoreError as error:
            self._reporter.give_up(error)
            raise

    async def once(
        self, key: str, perform: Callable[[], Awaitable[Json]], keep: Callable[[Json], bool] = lambda _: True
    ) -> Json:
        """The recorded result or failure; performs and records it when there is none.

        What depends on it begins when the disk has it: a power cut does not make it happen again.
        """
        recorded = self.get(key)
        if recorded is not MISSING:
            return _replayed(recorded)
        self._reporter.flush()
        try:
            result = await perform()
            size, mask = size_of(result), self._tokens.masking()
            value, written = await aside(size, _for_journal, result, mask, long=size >= WORTH_BYTES)
        except TaskFailed as failure:
            problem = masked_problem(failure.problem, self._tokens)
            await self.put_failure(key, problem)
            raise TaskFailed(problem) from None
        if keep(value):
            try:
                self.put(key, written)
            except TooMuch as error:
                full = failed(LIMIT, "the execution keeps too much", str(error), status=413)
                await self.put_failure(key, full.problem)
                raise full from None
            await self.on_disk()
        return value

    def left(self, key: str, seconds: float) -> float:
        """Of a time that began when it was first asked for, by the wall clock, also on a replay.

        Never more than the whole: a clock that was set back meanwhile makes nobody wait for longer. One that
        was set forward ends it sooner; nothing else is known of the time while nobody was there.
        """
        known = self.get(key)
        if known is MISSING:
            known = {"until": time.time() + seconds}
            self.put(key, known)
        return min(seconds, max(0.0, float(known["until"]) - time.time()))


def _for_journal(result: Json, mask: Callable[[Json], Json], *, long: bool) -> tuple[Json, Written]:
    """A result as the workflow sees it, and as it is journalled."""
    if too_deep(result):
        raise nested_too_deep("the result")
    value = canonical(mask(result))
    return value, Written((long_dumps if long else dumps)({"value": value}))


def _replayed(recorded: Json) -> Json:
    if "failed" in recorded:
        names = {field.name for field in fields(Problem)}
        raise TaskFailed(
            Problem(**{name: each for name, each in recorded["failed"].items() if name in names})
        )
    return recorded["value"]
