"""Executions that go on with what others have done."""

from __future__ import annotations

from typing import Any

from google.protobuf.json_format import MessageToDict

from stigmer_api.resumption_pb2 import ResumeReply, ResumeRequest, RunTaskRequest
from stigmer_api.values import from_struct
from stigmerd.engine.interfaces import ExecutionEngine
from stigmerd.executions.log import Executions
from stigmerd.resources.repository import Repository
from stigmerd.resources.resuming.resumer import Resumer, Resumption, Wish
from stigmerd.resources.resuming.single import SingleTask, SingleWish
from stigmerd.services.client_env import client_env_of_call
from stigmerd.services.rpc import Context
from stigmerd.workflow.state import canonical


class ResumptionService:
    """Our own extension."""

    def __init__(self, repository: Repository, executions: Executions, engine: ExecutionEngine) -> None:
        self._executions = executions
        self._engine = engine
        self._resumer = Resumer(repository, executions)
        self._single = SingleTask(repository, executions)

    async def resume(self, request: ResumeRequest, context: Context) -> ResumeReply:
        wish = Wish(
            from_task=request.from_task,
            input=_value(request),
            has_input=request.HasField("input"),
            runtime_env=request.runtime_env,
            annotations=request.annotations,
            new_id=request.new_id,
        )
        resumption = self._resumer.resume(request.execution_id, wish)
        return await self._started(resumption, context, dry_run=request.dry_run)

    async def run_task(self, request: RunTaskRequest, context: Context) -> ResumeReply:
        wish = SingleWish(
            workflow_id=request.workflow_id,
            instance_id=request.workflow_instance_id,
            task=request.task,
            input=_value(request),
            has_input=request.HasField("input"),
            values=canonical(from_struct(request.values)),
            message=request.message,
            runtime_env=request.runtime_env,
            annotations=request.annotations,
            org=request.org,
            new_id=request.new_id,
        )
        return await self._started(self._single.plan(wish), context)

    async def _started(
        self, resumption: Resumption, context: Context, *, dry_run: bool = False
    ) -> ResumeReply:
        reply = ResumeReply(
            source=resumption.source,
            tasks=resumption.tasks,
            kept=resumption.kept,
            notices=resumption.notices,
        )
        if not dry_run:
            client_env = client_env_of_call(context)
            execution = await self._engine.execute(
                resumption.plan,
                client_env,
                watched=True,
                carried=resumption.carried,
                seed=resumption.seed,
            )
            # Not what it was at first: it has the tasks that are kept.
            reply.execution.CopyFrom(self._executions.get(execution.metadata.id))  # type: ignore[arg-type]
        return reply


def _value(request: Any) -> Any:
    return canonical(MessageToDict(request.input)) if request.HasField("input") else None
