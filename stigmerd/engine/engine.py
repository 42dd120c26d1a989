"""Owns the executions at work: starts them, cancels them, takes them up again after a crash."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

import anyio

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.error_codes import with_code
from stigmer_api.shortage import shortage
from stigmer_api.workflow_pb2 import Workflow
from stigmerd.engine.active import ActiveExecution, StopReason
from stigmerd.engine.calls.table import calls_of
from stigmerd.engine.endings import Endings
from stigmerd.engine.gate import PAUSED, reason_kept
from stigmerd.engine.interfaces import AgentRunner, CallTools, ExecutionEngine
from stigmerd.engine.limits import STANDARD, EngineLimits
from stigmerd.engine.workflow_runner import WorkflowRunner
from stigmerd.executions.client_env import ClientEnv
from stigmerd.executions.log import Executions
from stigmerd.resources.kinds import M
from stigmerd.resources.launch import ExecutionLauncher
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.starter import Starter
from stigmerd.store.errors import StoreError
from stigmerd.store.json import Json

logger = logging.getLogger(__name__)

CHILD_STOP_SECONDS: Final = 5
MOST_REASON_CHARACTERS: Final = 500


class Engine(ExecutionEngine):
    """One asyncio task for each execution, all in one task group.

    asyncio's tasks, not anyio's scopes: those cancel again at every await of a clean-up, and a cancelled
    execution has much to clean up: branches, children, tools.
    """

    def __init__(
        self,
        *,
        executions: Executions,
        starter: Starter,
        workflows: Callable[[str], Workflow],
        launcher: ExecutionLauncher,
        agents: AgentRunner,
        limits: EngineLimits = STANDARD,
        helpers: Path | None = None,
    ) -> None:
        self._executions = executions
        self._starter = starter
        self._agents = agents
        self._pause_seconds = limits.pause_seconds
        self._endings = Endings(executions)
        self._running: dict[str, ActiveExecution] = {}
        self._group = asyncio.TaskGroup()
        self._closing = False
        self._last_end = time.monotonic()
        self._warming: asyncio.Task[None] | None = None
        tools = CallTools(
            executions=executions,
            launcher=launcher,
            engine=self,
            retries=limits.http_retries,
            helpers=helpers,
        )
        self._calls = calls_of(tools)
        self._workflows = WorkflowRunner(executions, workflows, self._calls, limits, self.warm)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stops all work and records nothing: it goes on at the next start."""
        self._closing = True
        if self._warming is not None:
            self._warming.cancel()
        for active in self._running.values():
            if active.reporter is not None:
                active.reporter.muted = True
            if active.work is not None:
                active.work.cancel()
        try:
            await self._group.__aexit__(kind, error, traceback)
        finally:
            self._executions.live.memory.close()
            with anyio.CancelScope(shield=True):
                await self._agents.aclose()
                await self._workflows.aclose()
                for call in self._calls.values():
                    await call.aclose()

    @property
    def live(self) -> int:
        return len(self._running)

    @property
    def quiet_seconds(self) -> float:
        """Since the last one ended; 0 while one is at work."""
        return 0.0 if self._running else time.monotonic() - self._last_end

    async def execute(
        self,
        plan: ExecutionPlan[M],
        client_env: ClientEnv,
        *,
        watched: bool = False,
        carried: frozenset[str] = frozenset(),
        seed: Callable[[str], None] | None = None,
    ) -> M:
        _masker = await self._starter.prepare_masker(plan, client_env)  # held, so that it is found again
        accepted = self._starter.store(plan, client_env=client_env, carried=carried, seed=seed)
        self.start(cast(Any, accepted).metadata.id, watched=watched)
        return accepted

    def start(self, execution_id: str, *, watched: bool = False) -> None:
        if self._closing or execution_id in self._running or self._endings.has_ended(execution_id):
            return
        active = ActiveExecution(watched=watched)
        self._running[execution_id] = active
        active.work = self._group.create_task(self._run(execution_id, active), name=execution_id)

    def warm(self) -> None:
        if not self._closing and (self._warming is None or self._warming.done()):
            self._warming = self._group.create_task(self._warm(), name="warm")

    def recover(self) -> None:
        """Takes up what had not ended when the server stopped or crashed."""
        for execution_id in self._executions.unfinished():
            self.start(execution_id)
            active = self._running.get(execution_id)  # its first step is still to come
            reason = reason_kept(self._executions.journal(execution_id)) if active is not None else None
            if active is not None and reason is not None:
                active.gate.close(reason)

    async def cancel(self, execution_id: str, reason: str, wait_seconds: float) -> bool:
        active = self._running.get(execution_id)
        if active is None or active.work is None:
            if not self._endings.has_ended(execution_id):  # one that an outside runner was to do
                self._endings.end_if_possible(execution_id, "CANCELLED", reason)
            return self._endings.has_ended(execution_id)
        if active.ending is StopReason.NONE and not self._closing:
            active.ending, active.reason = StopReason.CANCELLED, reason
            if active.entered:  # else it looks by itself; a task cancelled before its first step never runs
                active.work.cancel()
        await asyncio.wait([active.work], timeout=wait_seconds)
        return self._endings.has_ended(execution_id)

    def pause(self, execution_id: str, reason: str) -> None:
        if (active := self._running.get(execution_id)) is not None and not active.gate.closed:
            shown = self._executions.secrets.masker(execution_id).text(reason)[:MOST_REASON_CHARACTERS]
            self._executions.journal(execution_id).put(PAUSED, shown)
            active.gate.close(shown)

    def resume(self, execution_id: str) -> None:
        if (active := self._running.get(execution_id)) is not None and active.gate.closed:
            self._executions.journal(execution_id).put(PAUSED, None)
            active.gate.open()

    async def stop_child(self, execution_id: str, reason: str) -> None:
        if not self._closing:
            await self.cancel(execution_id, reason, CHILD_STOP_SECONDS)

    def signal(self, execution_id: str, signal_id: str, payload: Json) -> bool:
        self._executions.signals.add(execution_id, signal_id, payload)
        active = self._running.get(execution_id)
        if active is None:
            return False
        active.mailbox.ring()
        return active.mailbox.awaited.get(signal_id, 0) > 0

    async def _warm(self) -> None:
        try:
            await self._agents.warm()
        except Exception:  # a bug here is no reason to end what runs
            logger.exception("agents cannot be started early")

    async def _run(self, execution_id: str, active: ActiveExecution) -> None:
        active.entered = True
        try:
            while not await self._attempt(execution_id, active):
                await self._pause(active)
        except asyncio.CancelledError:
            if active.ending is StopReason.NONE:
                raise
            self._endings.end_if_possible(execution_id, "CANCELLED", active.reason)
        except Exception as error:  # a bug in one execution is the end of that one only
            if self._endings.is_deleted(execution_id):
                logger.debug("%s was deleted while it ran", execution_id)
                return
            if lacks := shortage(error):
                reason = with_code(f"{lacks.text}; {lacks.hint}", lacks.code)
                self._endings.end_if_possible(execution_id, "FAILED", reason)
                return
            logger.error("%s", self._endings.traceback_for_log(execution_id, error))
            self._endings.end_if_possible(
                execution_id, "FAILED", f"internal error: {type(error).__name__}: {error}"
            )
        finally:
            self._running.pop(execution_id, None)
            self._last_end = time.monotonic()

    async def _attempt(self, execution_id: str, active: ActiveExecution) -> bool:
        """False when the store cannot be written: on a full disk nothing goes on, and nothing is lost."""
        try:
            if active.ending is StopReason.NONE:
                await self._work(execution_id, active)
            else:
                self._endings.end(execution_id, "CANCELLED", active.reason)
        except StoreError as error:
            logger.log(
                logging.DEBUG if active.full_disk else logging.ERROR, "%s pauses: %s", execution_id, error
            )
            active.full_disk = True
            return False
        return True

    async def _pause(self, active: ActiveExecution) -> None:
        try:
            await asyncio.sleep(self._pause_seconds)
        except asyncio.CancelledError:
            if self._closing or active.ending is StopReason.NONE:
                raise

    async def _work(self, execution_id: str, active: ActiveExecution) -> None:
        execution = self._executions.spec(execution_id)
        if isinstance(execution, AgentExecution):
            await self._agents.run(execution_id)
            if not self._endings.has_ended(execution_id):
                self._endings.end(execution_id, "FAILED", "the agent stopped without an end")
        else:
            await self._workflows.run(execution, active)
