"""Cancel and signal what is running; forget what has ended."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import anyio.to_thread
from google.protobuf.json_format import MessageToDict

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.config_file import ConfigError, config_file
from stigmer_api.devloop_pb2 import (
    CancelReply,
    CancelRequest,
    PruneReply,
    PruneRequest,
    SignalReply,
    SignalRequest,
)
from stigmer_api.facts import PHASE_CANCELLED, is_terminal
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.engine.interfaces import ExecutionEngine
from stigmerd.executions.limits import TooMuch
from stigmerd.executions.log import Executions
from stigmerd.executions.pruning import Pruning
from stigmerd.executions.retention import read_retention, rule_of
from stigmerd.process.offload import aside
from stigmerd.resources.rpc_error import exhausted, invalid, not_found, not_now
from stigmerd.services.rpc import Context
from stigmerd.store.json import Written, long_dumps
from stigmerd.store.pruning import Rule

MAX_WAIT_SECONDS = 30


class Control:
    """Our own extension."""

    def __init__(self, executions: Executions, engine: ExecutionEngine, pruning: Pruning) -> None:
        self._executions = executions
        self._engine = engine
        self._pruning = pruning

    async def cancel(self, request: CancelRequest, context: Context) -> CancelReply:
        if is_terminal(self.found(request.execution_id).status.phase):
            return CancelReply(outcome=CancelReply.ALREADY_FINISHED)
        wait = request.wait_seconds if math.isfinite(request.wait_seconds) else MAX_WAIT_SECONDS
        seconds = min(max(wait, 0), MAX_WAIT_SECONDS)
        if not await self._engine.cancel(request.execution_id, request.reason, seconds):
            return CancelReply(outcome=CancelReply.STILL_RUNNING)
        # It may have ended by itself while the cancel was on its way.
        won = self.found(request.execution_id).status.phase == PHASE_CANCELLED
        return CancelReply(outcome=CancelReply.CANCELLED if won else CancelReply.ALREADY_FINISHED)

    async def signal(self, request: SignalRequest, context: Context) -> SignalReply:
        payload = await aside(request.ByteSize(), _written, request)
        execution = self.found(request.execution_id)
        if isinstance(execution, AgentExecution):
            raise invalid(f"{request.execution_id} is an agent execution; only workflows listen to signals")
        if is_terminal(execution.status.phase):
            raise not_now(f"{request.execution_id} has ended; nothing listens to signals any more")
        try:
            return SignalReply(
                delivered=self._engine.signal(request.execution_id, request.signal_id, payload)
            )
        except TooMuch as error:
            raise exhausted(f"{request.execution_id}: {error}") from None

    async def prune(self, request: PruneRequest, context: Context) -> PruneReply:
        now = datetime.now(UTC)
        seconds = request.older_than_seconds if request.HasField("older_than_seconds") else None
        keep = request.keep if request.HasField("keep") else None
        if (keep or 0) < 0 or not math.isfinite(seconds or 0) or (seconds or 0) < 0:
            raise invalid("validation error: keep and older_than_seconds are numbers from 0 up")
        if keep is None and seconds is None:
            rule = await self._own_rule(now)
        else:
            rule = rule_of(now, keep=keep, older_than_seconds=seconds)
        pruned = await self._pruning.prune(rule, dry_run=request.dry_run)
        return PruneReply(
            executions=pruned.executions,
            sessions=pruned.sessions,
            bytes_before=pruned.bytes_before,
            bytes_after=pruned.bytes_after,
        )

    async def _own_rule(self, now: datetime) -> Rule:
        try:
            retention = await anyio.to_thread.run_sync(read_retention, config_file())
        except ConfigError as error:
            raise not_now(str(error)) from None
        rule = retention.rule(now)
        if rule is None:
            raise not_now(f"{config_file()} keeps all executions; say which ones to delete")
        return rule

    def found(self, execution_id: str) -> WorkflowExecution | AgentExecution:
        try:
            return self._executions.get(execution_id)
        except KeyError:
            raise not_found(f"execution not found: {execution_id}") from None


def _written(request: SignalRequest) -> Written:
    return Written(long_dumps(MessageToDict(request.payload) if request.HasField("payload") else None))
