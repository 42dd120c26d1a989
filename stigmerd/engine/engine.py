"""Owns the executions at work: starts them, cancels them, takes them up again after a crash."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

import anyio

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import is_terminal
from stigmer_api.shortage import shortage
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.engine.calls.activity import ActivityCalls
from stigmerd.engine.calls.children import AgentCalls, RunCalls
from stigmerd.engine.calls.grpc_call import GrpcCalls
from stigmerd.engine.calls.http import HttpCalls, Retries
from stigmerd.engine.effects import Call, JournalledEffects, Mailbox
from stigmerd.engine.input import BadInput, input_of
from stigmerd.engine.interfaces import AgentRunner, Launcher
from stigmerd.engine.reporter import TaskReporter
from stigmerd.executions.client_env import ClientEnv
from stigmerd.executions.limits import TooMuch
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Ended
from stigmerd.executions.variables import MissingEnvironment, MissingVariables
from stigmerd.expressions import Evaluator, ExpressionLimits
from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.process.offload import aside
from stigmerd.resources.kinds import M
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.programs import asks_agents, program_of
from stigmerd.resources.starter import Starter
from stigmerd.store.clock import now
from stigmerd.store.errors import StoreError
from stigmerd.store.json import Json
from stigmerd.store.vault import VaultError
from stigmerd.workflow import BadWorkflow, Held, State, TaskFailed, WorkflowLimits, interpret
from stigmerd.workflow import Workflow as Program

logger = logging.getLogger(__name__)

CHILD_STOP_SECONDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLimits:
    pause_seconds: float = 2  # between two attempts while the store cannot be written
    workflow: WorkflowLimits = field(default_factory=WorkflowLimits)
    expressions: ExpressionLimits = field(default_factory=ExpressionLimits)
    http_retries: Retries = field(default_factory=Retries)


class StopReason(Enum):
    """What a cancellation of an execution's asyncio task means."""

    NONE = "the server stops: it goes on at the next start"
    CANCELLED = "somebody asked for it"


@dataclass(slots=True, kw_only=True, eq=False)
class ActiveExecution:
    """One execution at work."""

    mailbox: Mailbox = field(default_factory=Mailbox)
    ending: StopReason = StopReason.NONE
    reason: str = ""
    entered: bool = False
    watched: bool = False  # who started it is about to watch
    paused: bool = False
    reporter: TaskReporter | None = None
    work: asyncio.Task[None] | None = None


STANDARD: Final = EngineLimits()
SUBSCRIBER_WAIT_SECONDS: Final = 0.005


class Engine:
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
        launcher: Launcher,
        agents: AgentRunner,
        limits: EngineLimits = STANDARD,
        helpers: Path | None = None,
    ) -> None:
        self._executions = executions
        self._starter = starter
        self._workflows = workflows
        self._agents = agents
        self._limits = limits
        self._running: dict[str, ActiveExecution] = {}
        self._group = asyncio.TaskGroup()
        self._closing = False
        self._last_end = time.monotonic()
        self._warming: asyncio.Task[None] | None = None
        self._evaluator = Evaluator(limits.expressions)
        self._http = HttpCalls(limits.http_retries)
        self._calls: dict[str, Call] = {
            "HTTP_CALL": self._http,
            "AGENT_CALL": AgentCalls(executions, launcher, self),
            "RUN": RunCalls(executions, launcher, self),
            "GRPC_CALL": GrpcCalls(),
            "CALL_ACTIVITY": ActivityCalls(helpers),
        }

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
        for running in self._running.values():
            if running.reporter is not None:
                running.reporter.muted = True
            if running.work is not None:
                running.work.cancel()
        try:
            await self._group.__aexit__(kind, error, traceback)
        finally:
            self._executions.live.memory.close()
            with anyio.CancelScope(shield=True):
                await self._agents.aclose()
                await self._http.aclose()
                await self._evaluator.aclose()

    @property
    def live(self) -> int:
        return len(self._running)

    @property
    def quiet_seconds(self) -> float:
        """Since the last one ended; 0 while one is at work."""
        return 0.0 if self._running else time.monotonic() - self._last_end

    async def execute(self, plan: ExecutionPlan[M], client_env: ClientEnv, *, watched: bool = False) -> M:
        """Stores a new execution and starts it. Returns it as accepted. Raises RpcError."""
        _held = await self._starter.prepared(plan, client_env)
        accepted = self._starter.store(plan, client_env=client_env)
        self.start(cast(Any, accepted).metadata.id, watched=watched)
        return accepted

    def start(self, execution_id: str, *, watched: bool = False) -> None:
        if self._closing or execution_id in self._running or self._has_ended(execution_id):
            return
        running = ActiveExecution(watched=watched)
        self._running[execution_id] = running
        running.work = self._group.create_task(self._run(execution_id, running), name=execution_id)

    def warm(self) -> None:
        if not self._closing and (self._warming is None or self._warming.done()):
            self._warming = self._group.create_task(self._warm(), name="warm")

    def recover(self) -> None:
        """Takes up what had not ended when the server stopped or crashed."""
        for execution_id in self._executions.unfinished():
            self.start(execution_id)

    async def cancel(self, execution_id: str, reason: str, wait_seconds: float) -> bool:
        running = self._running.get(execution_id)
        if running is None or running.work is None:
            if not self._has_ended(execution_id):  # one that an outside runner was to do
                self._end_if_possible(execution_id, "CANCELLED", reason)
            return self._has_ended(execution_id)
        if running.ending is StopReason.NONE and not self._closing:
            running.ending, running.reason = StopReason.CANCELLED, reason
            if running.entered:  # else it looks by itself; a task cancelled before its first step never runs
                running.work.cancel()
        await asyncio.wait([running.work], timeout=wait_seconds)
        return self._has_ended(execution_id)

    async def stop_child(self, execution_id: str, reason: str) -> None:
        if not self._closing:
            await self.cancel(execution_id, reason, CHILD_STOP_SECONDS)

    def signal(self, execution_id: str, signal_id: str, payload: Json) -> bool:
        self._executions.signals.add(execution_id, signal_id, payload)
        running = self._running.get(execution_id)
        if running is None:
            return False
        running.mailbox.ring()
        return running.mailbox.awaited.get(signal_id, 0) > 0

    async def _warm(self) -> None:
        try:
            await self._agents.warm()
        except Exception:  # a bug here is no reason to end what runs
            logger.exception("agents cannot be started early")

    async def _run(self, execution_id: str, running: ActiveExecution) -> None:
        running.entered = True
        try:
            while not await self._attempt(execution_id, running):
                await self._pause(running)
        except asyncio.CancelledError:
            if running.ending is StopReason.NONE:
                raise
            self._end_if_possible(execution_id, "CANCELLED", running.reason)
        except Exception as error:  # a bug in one execution is the end of that one only
            if self._is_gone(execution_id):
                logger.debug("%s was deleted while it ran", execution_id)
                return
            if lacks := shortage(error):
                self._end_if_possible(execution_id, "FAILED", f"{lacks[0]}; {lacks[1]}")
                return
            logger.error("%s", self._masked(execution_id, error))
            self._end_if_possible(execution_id, "FAILED", f"internal error: {type(error).__name__}: {error}")
        finally:
            self._running.pop(execution_id, None)
            self._last_end = time.monotonic()

    def _masked(self, execution_id: str, error: Exception) -> str:
        """A traceback for the log, which may quote what must not be shown."""
        text = f"{execution_id}\n{''.join(traceback.format_exception(error))}"
        try:
            return self._executions.secrets.masker(execution_id).text(text)
        except (KeyError, VaultError):  # nobody knows what is secret in it
            return f"{execution_id}: {type(error).__name__}"

    async def _attempt(self, execution_id: str, running: ActiveExecution) -> bool:
        """False when the store cannot be written: on a full disk nothing goes on, and nothing is lost."""
        try:
            if running.ending is StopReason.NONE:
                await self._worked(execution_id, running)
            else:
                self._end(execution_id, "CANCELLED", running.reason)
        except StoreError as error:
            logger.log(
                logging.DEBUG if running.paused else logging.ERROR, "%s pauses: %s", execution_id, error
            )
            running.paused = True
            return False
        return True

    async def _pause(self, running: ActiveExecution) -> None:
        try:
            await asyncio.sleep(self._limits.pause_seconds)
        except asyncio.CancelledError:
            if self._closing or running.ending is StopReason.NONE:
                raise

    async def _worked(self, execution_id: str, running: ActiveExecution) -> None:
        execution = self._executions.spec(execution_id)
        if isinstance(execution, AgentExecution):
            await self._agents.run(execution_id)
            if not self._has_ended(execution_id):
                self._end(execution_id, "FAILED", "the agent stopped without an end")
        else:
            await self._workflow(execution, running)

    async def _workflow(self, execution: WorkflowExecution, running: ActiveExecution) -> None:
        execution_id = execution.metadata.id
        try:
            workflow = self._workflows(execution_id)
            program = await aside(workflow.ByteSize(), program_of, workflow)
            if asks_agents(program.tasks):
                self.warm()
            variables = self._executions.secrets.variables(execution_id)
            masker = self._executions.secrets.masker(execution_id)
            given = await aside(len(execution.spec.trigger_message), input_of, execution.spec)
        except (BadInput, BadWorkflow, MissingVariables, MissingEnvironment, VaultError) as trouble:
            self._end(execution_id, "FAILED", f"the workflow cannot be run: {trouble}")
            return
        tokens = SecretTokens(variables, masker, secrets.token_hex(8))
        reporter = TaskReporter(execution_id, self._executions, tokens.show, now)
        running.reporter = reporter
        reporter.start()
        effects = JournalledEffects(
            execution_id=execution_id,
            org=execution.metadata.org,
            annotations=workflow.metadata.annotations,
            executions=self._executions,
            evaluator=self._evaluator,
            tokens=tokens,
            reporter=reporter,
            mailbox=running.mailbox,
            calls=self._calls,
            clock=now,
        )
        size = len(execution.spec.trigger_message)
        state = State(env=tokens.env, input=await aside(size, tokens.tokenize, given))
        held = Held(self._limits.workflow.held_bytes, self._executions.live.shared)
        try:
            if running.watched:
                await self._executions.on_disk()  # who starts it is answered then, and can begin to watch
                await self._executions.subscriptions.wait_for_subscriber(
                    execution_id, SUBSCRIBER_WAIT_SECONDS
                )
            output = await interpret(program, state, effects, reporter, self._limits.workflow, held)
        except TaskFailed as failure:
            problem = failure.problem
            _conclude(reporter, program, "FAILED", None, f"task {problem.task} failed: {problem.message}")
        except asyncio.CancelledError:
            if running.ending is not StopReason.NONE:
                _conclude(reporter, program, "CANCELLED", None, running.reason)
            raise
        except TooMuch as trouble:
            self._end(execution_id, "FAILED", str(trouble))
        else:
            _conclude(reporter, program, "COMPLETED", output, "")
        finally:
            held.release()
            self._executions.live.memory.gone(held.peak)

    def _has_ended(self, execution_id: str) -> bool:
        return is_terminal(self._executions.get(execution_id).status.phase)

    def _is_gone(self, execution_id: str) -> bool:
        try:
            self._executions.kind(execution_id)
        except KeyError:
            return True
        except StoreError:
            return False
        return False

    def _end(self, execution_id: str, phase: str, error: str) -> None:
        """Unless it has ended already. Raises StoreError, KeyError."""
        if not self._has_ended(execution_id):
            self._executions.record(execution_id, Ended(phase=phase, output=None, error=error, at=now()))

    def _end_if_possible(self, execution_id: str, phase: str, error: str) -> None:
        try:
            self._end(execution_id, phase, error)
        except KeyError:
            logger.debug("%s was deleted", execution_id)
        except StoreError as trouble:
            logger.error("the end of %s cannot be stored: %s", execution_id, trouble)


def _conclude(reporter: TaskReporter, program: Program, phase: str, output: Json, error: str) -> None:
    """Tasks that never ran are SKIPPED; the execution's output is that of the last task that had one."""
    for task in program.tasks:
        if task.name not in reporter.begun:
            reporter.ended(task.name, task.name, task.kind, "SKIPPED", None, "")
    reporter.last(
        Ended(phase=phase, output=reporter.truncated(output), error=reporter.brief(error), at=now())
    )
