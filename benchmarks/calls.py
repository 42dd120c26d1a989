"""The messages and calls that the benchmarks make, with nothing of ours but the stubs."""

from __future__ import annotations

import grpc.aio
from google.protobuf.struct_pb2 import Struct

from stigmer_api import (
    apiresource_pb2,
    apiresourcekind_pb2,
    workflow_pb2,
    workflow_pb2_grpc,
    workflowexecution_pb2,
    workflowexecution_pb2_grpc,
)

API = "agentic.stigmer.ai/v1"


def set_workflow(name: str, tasks: int) -> workflow_pb2.Workflow:
    """A workflow of SET tasks."""
    document = workflow_pb2.WorkflowDocument(dsl="1.0.0", namespace="benchmark", name=name, version="1.0.0")
    config = Struct()
    config.update({"variables": {"value": "${ 1 + 1 }"}})
    kind = apiresource_pb2.WorkflowTaskKind.Value("WORKFLOW_TASK_KIND_SET")
    return workflow_pb2.Workflow(
        api_version=API,
        kind="Workflow",
        metadata=metadata(name, "organization"),
        spec=workflow_pb2.WorkflowSpec(
            document=document,
            tasks=[
                workflow_pb2.WorkflowTask(name=f"task{i}", kind=kind, task_config=config)
                for i in range(tasks)
            ],
        ),
    )


def metadata(name: str, scope: str) -> apiresource_pb2.ApiResourceMetadata:
    return apiresource_pb2.ApiResourceMetadata(
        name=name, org="local", owner_scope=apiresource_pb2.ApiResourceOwnerScope.Value(scope)
    )


def reference(slug: str) -> apiresource_pb2.ApiResourceReference:
    return apiresource_pb2.ApiResourceReference(slug=slug, kind=apiresourcekind_pb2.ApiResourceKind.workflow)


def execution(workflow_id: str) -> workflowexecution_pb2.WorkflowExecution:
    return workflowexecution_pb2.WorkflowExecution(
        api_version=API,
        kind="WorkflowExecution",
        metadata=metadata("benchmark", "organization"),
        spec=workflowexecution_pb2.WorkflowExecutionSpec(workflow_id=workflow_id, trigger_message="execute"),
    )


class Calls:
    """The stubs on one channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.workflows = workflow_pb2_grpc.WorkflowQueryControllerStub(channel)
        self.deploy = workflow_pb2_grpc.WorkflowCommandControllerStub(channel)
        self.executions = workflowexecution_pb2_grpc.WorkflowExecutionCommandControllerStub(channel)
        self.watch = workflowexecution_pb2_grpc.WorkflowExecutionQueryControllerStub(channel)

    async def run(self, slug: str) -> str:
        """Look it up, run it: what `stigmer run SLUG --no-follow` asks for."""
        workflow = await self.workflows.getByReference(reference(slug))
        return (await self.executions.create(execution(workflow.metadata.id))).metadata.id
