"""Runs one workflow execution: from its definition to its end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from stigmer_api.error_codes import with_code
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.engine.active import ActiveExecution, StopReason
from stigmerd.engine.effect_journal import EffectJournal
from stigmerd.engine.effects import JournalledEffects
from stigmerd.engine.endings import Endings
from stigmerd.engine.failure_codes import sentence_of
from stigmerd.engine.input import BadInput, input_of
from stigmerd.engine.interfaces import Call, CallContext
from stigmerd.engine.limits import EngineLimits
from stigmerd.engine.reporter import TaskReporter
from stigmerd.engine.signals import SignalReceiver
from stigmerd.engine.token_evaluator import TokenEvaluator
from stigmerd.executions.limits import TooMuch
from stigmerd.executions.log import Executions
from stigmerd.executions.masking import Masker
from stigmerd.executions.records import Ended
from stigmerd.executions.variables import MissingEnvironment, Variables
from stigmerd.expressions import Evaluator
from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.process.offload import aside
from stigmerd.resources.programs import asks_agents
from stigmerd.resources.resuming import stored
from stigmerd.store.clock import now
from stigmerd.store.json import Json
from stigmerd.store.vault import VaultError
from stigmerd.workflow import BadWorkflow, Held, State, TaskFailed, interpret
from stigmerd.workflow import Workflow as Program
from stigmerd.workflow.model import Task
from stigmerd.workflow.resuming.only import ReportsOfOnly


class PreparedWorkflow(NamedTuple):
    """All that is known before the first task."""

    execution: WorkflowExecution
    annotations: Mapping[str, str]
    program: Program
    only: str  # the path of the one task that it runs; empty: all
    input: Json
    variables: Variables
    masker: Masker


class WorkflowRunner:
    def __init__(
        self,
        executions: Executions,
        definitions: Callable[[str], Workflow],
        calls: Mapping[str, Call],
        limits: EngineLimits,
        agents_needed: Callable[[], None],
    ) -> None:
        """`definitions`: by execution id, as they were when it was created."""
        self._executions = executions
        self._definitions = definitions
        self._calls = calls
        self._limits = limits
        self._agents_needed = agents_needed
        self._evaluator = Evaluator(limits.expressions)
        self._endings = Endings(executions)

    async def run(self, execution: WorkflowExecution, active: ActiveExecution) -> None:
        """Until it has recorded Ended. Cancelled without a reason: records nothing more.

        Raises StoreError, and KeyError when it was deleted.
        """
        try:
            prepared = await self._prepare(execution)
        except (BadInput, BadWorkflow, MissingEnvironment, VaultError) as trouble:
            code = getattr(trouble, "code", "E0709")
            reason = with_code(f"the workflow cannot be run: {trouble}", code)
            self._endings.end(execution.metadata.id, "FAILED", reason)
            return
        tokens = SecretTokens(prepared.variables, prepared.masker, secrets.token_hex(8))
        reporter = TaskReporter(execution.metadata.id, self._executions, tokens.show, now)
        active.reporter = reporter
        reporter.start()
        effects = self._effects(prepared, active, tokens, reporter)
        size = len(execution.spec.trigger_message)
        state = State(env=tokens.env, input=await aside(size, tokens.tokenize, prepared.input))
        await self._walk(prepared, active, state, effects, reporter)

    async def aclose(self) -> None:
        await self._evaluator.aclose()

    async def _prepare(self, execution: WorkflowExecution) -> PreparedWorkflow:
        execution_id = execution.metadata.id
        workflow = self._definitions(execution_id)
        resumed = stored.read(self._executions.journal(execution_id))
        program = await aside(workflow.ByteSize(), stored.resumed_program, resumed, workflow)
        if asks_agents(program.tasks):
            self._agents_needed()
        return PreparedWorkflow(
            execution=execution,
            annotations=workflow.metadata.annotations,
            program=program,
            only=resumed.only if resumed is not None else "",
            variables=self._executions.secrets.variables(execution_id),
            masker=self._executions.secrets.masker(execution_id),
            input=await aside(len(execution.spec.trigger_message), input_of, execution.spec),
        )

    def _effects(
        self,
        prepared: PreparedWorkflow,
        active: ActiveExecution,
        tokens: SecretTokens,
        reporter: TaskReporter,
    ) -> JournalledEffects:
        execution_id = prepared.execution.metadata.id
        journal = EffectJournal(execution_id, self._executions, tokens, reporter)
        context = CallContext(
            execution_id=execution_id,
            org=prepared.execution.metadata.org,
            annotations=prepared.annotations,
            tokens=tokens,
            reporter=reporter,
            journal=journal,
            notes=self._executions.notes,
        )
        signals = SignalReceiver(execution_id, self._executions, active.mailbox, journal, tokens)
        return JournalledEffects(
            context,
            self._calls,
            TokenEvaluator(self._evaluator, tokens),
            signals,
            clock=now,
            gate=active.gate,
        )

    async def _walk(
        self,
        prepared: PreparedWorkflow,
        active: ActiveExecution,
        state: State,
        effects: JournalledEffects,
        reporter: TaskReporter,
    ) -> None:
        execution_id, program = prepared.execution.metadata.id, prepared.program
        expected = () if prepared.only else program.tasks
        held = Held(self._limits.workflow.held_bytes, self._executions.live.shared)
        try:
            if active.watched:
                await self._executions.on_disk()  # who starts it is answered then, and can begin to watch
                await self._executions.subscriptions.wait_for_subscriber(
                    execution_id, self._limits.subscriber_wait_seconds
                )
            heard = ReportsOfOnly(reporter, prepared.only) if prepared.only else reporter
            limits = self._limits.workflow
            output = await interpret(program, state, effects, heard, limits, held, prepared.only)
        except TaskFailed as failure:
            _conclude(reporter, expected, "FAILED", None, sentence_of(failure.problem))
        except asyncio.CancelledError:
            if active.ending is not StopReason.NONE:
                _conclude(reporter, expected, "CANCELLED", None, active.reason)
            raise
        except TooMuch as trouble:
            self._endings.end(execution_id, "FAILED", str(trouble))
        else:
            _conclude(reporter, expected, "COMPLETED", output, "")
        finally:
            held.release()
            self._executions.live.memory.gone(held.peak)


def _conclude(reporter: TaskReporter, tasks: Iterable[Task], phase: str, output: Json, error: str) -> None:
    """Tasks that never ran are SKIPPED; the execution's output is that of the last task that had one."""
    for task in tasks:
        if task.name not in reporter.begun:
            reporter.ended(task.name, task.name, task.kind, "SKIPPED", None, "")
    reporter.last(
        Ended(phase=phase, output=reporter.truncated(output), error=reporter.brief(error), at=now())
    )
