"""A workflow that fails, is mended, and goes on."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct, Value

from stigmer_api.resumption_pb2 import ResumeReply, ResumeRequest, RunTaskRequest
from stigmer_api.values import from_struct
from tests.stigmerd.engine.bench import WebServer, as_json
from tests.support.api import Api, workflow, workflow_execution

COMPLETED, FAILED, CANCELLED = 3, 4, 5


class Flow:
    """One workflow of a server."""

    def __init__(self, api: Api, web: WebServer) -> None:
        self.api, self.web = api, web
        self.id = ""

    async def apply(self, *tasks: dict[str, Any], name: str = "Steps") -> str:
        self.id = (await self.api.workflow.apply(workflow(name, *tasks))).metadata.id
        return self.id

    async def run(self, phase: int, **spec: Any) -> Any:
        """Executes it to its end."""
        created = await self.api.workflow_execution.create(workflow_execution(self.id, **spec))
        return await self.end(created.metadata.id, phase)

    async def end(self, execution_id: str, phase: int) -> Any:
        last = await self.api.follow(execution_id)
        assert last.status.phase == phase, last.status.error
        return last

    async def resume(self, execution: Any, phase: int = COMPLETED, **more: Any) -> tuple[Any, ResumeReply]:
        reply = await self.api.resumption.resume(
            request(ResumeRequest(execution_id=execution.metadata.id), more)
        )
        return await self.end(reply.execution.metadata.id, phase), reply

    async def task(self, path: str, phase: int = COMPLETED, **more: Any) -> Any:
        asked = request(RunTaskRequest(workflow_id=self.id, task=path), more)
        reply = await self.api.resumption.runTask(asked)
        return await self.end(reply.execution.metadata.id, phase)

    def breaks(self, path: str) -> None:
        """The web server refuses it, once and for all."""
        self.web.answers[path] = as_json("no", status=400)

    def mended(self, path: str, value: Any = None) -> None:
        self.web.answers[path] = as_json(value if value is not None else {"path": path})


def request(message: Any, more: dict[str, Any]) -> Any:
    if "input" in more:
        message.input.CopyFrom(ParseDict(more.pop("input"), Value()))
    if "values" in more:
        message.values.CopyFrom(ParseDict(more.pop("values"), Struct()))
    for name, value in more.pop("env", {}).items():
        message.runtime_env[name].value = value
    for name, value in more.items():
        setattr(message, name, value)
    return message


def tasks_of(execution: Any) -> dict[str, str]:
    """`name`: `completed`; of one that was kept `kept`."""
    words = {2: "running", 3: "completed", 4: "failed", 5: "skipped"}
    return {
        task.task_id: "kept" if "kept_from" in task.metadata.fields else words[task.status]
        for task in execution.status.tasks
    }


def output_of(execution: Any) -> Any:
    return from_struct(execution.status.output)


@pytest.fixture
def flow(api: Api, web: WebServer) -> Flow:
    return Flow(api, web)
