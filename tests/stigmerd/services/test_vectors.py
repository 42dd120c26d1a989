"""The validation vectors, sent to a real server by the calls that take them."""

from __future__ import annotations

import re
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from stigmer_api.agent_pb2 import Agent
from stigmer_api.apiresource_pb2 import ApiResourceMetadata
from tests.support.api import Api, agent, mcp_server, workflow
from tests.support.contract import EXCEPTION, VECTORS, parsed
from tests.support.tasks import task

# No call takes a skill: it comes as a zip.
SENT = [vector for vector in VECTORS if vector["label"] != "Skill status empty hash"]
# Valid by the rules of the fields; what the backend checks beyond them refuses these.
REFUSED_FOR_MORE = {
    "Workflow task_config empty struct": "spec.tasks[0].task_config",
    "Workflow dup task names": "spec.tasks[1].name",
    "For nested ok": "spec.tasks[0].task_config.do[0].task_config",
}
# The original's SDK leaves them out, so they have a default.
TOLERATED = ("HttpCall timeout unset", "AgentCall config no timeout", "Raise no message", EXCEPTION)
KINDS = {
    "SetTaskConfig": "SET",
    "HttpCallTaskConfig": "HTTP_CALL",
    "ForTaskConfig": "FOR",
    "ForkTaskConfig": "FORK",
    "TryTaskConfig": "TRY",
    "WaitTaskConfig": "WAIT",
    "RaiseTaskConfig": "RAISE",
    "AgentCallTaskConfig": "AGENT_CALL",
}
CONFIG_PATH = "spec.tasks.task_config."


def carried(message: Any) -> tuple[str, str, Message, str]:
    """The call that takes the message, alone or inside of another: family, method, request, path inside."""
    name = message.DESCRIPTOR.name
    if name in KINDS:
        config = MessageToDict(message, preserving_proto_field_name=True)
        return "workflow", "apply", workflow("Vector", task("vector", KINDS[name], config)), CONFIG_PATH
    if isinstance(message, ApiResourceMetadata):
        holder = mcp_server()
        holder.metadata.owner_scope = message.owner_scope
        return "mcp_server", "create", holder, "metadata."
    if name == "PortMapping":
        host: Agent = agent()
        host.spec.mcp_servers.add(name="box").docker.image = "image"
        host.spec.mcp_servers[0].docker.ports.add().CopyFrom(message)
        return "agent", "create", host, "spec.mcp_servers.docker.ports."
    family, method = {
        "ApiResourceReference": ("agent", "getByReference"),
        "AgentId": ("agent", "get"),
        "PushSkillRequest": ("skill", "push"),
        "AgentExecutionUpdateStatusInput": ("agent_execution", "updateStatus"),
        "ExecutionContext": ("context", "create"),
    }.get(name, (re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower(), "create"))
    return family, method, message, ""


@pytest.mark.parametrize("vector", SENT, ids=[vector["label"] for vector in SENT])
async def test_vector(api: Api, vector: dict[str, Any]) -> None:
    family, method, request, prefix = carried(parsed(vector))
    refusal = await refusal_of(getattr(getattr(api, family), method), request)
    if vector["label"] in REFUSED_FOR_MORE:
        assert refusal.startswith("workflow validation failed: ")
        assert REFUSED_FOR_MORE[vector["label"]] in refusal
        return
    expected = [] if vector["label"] in TOLERATED else vector["violations"]
    assert found_in(refusal) == [[prefix + field, rule] for field, rule in expected]


def found_in(refusal: str) -> list[list[str]]:
    """The fields, without indices, and the rules that they break. The vectors' inner tasks are empty ones."""
    faults = refusal.partition(": ")[2].split("; ") if refusal else []
    faults = [fault for fault in faults if fault.count(".task_config.") < 2]
    matches = [re.fullmatch(r"(\S+)( \(task \S+\))?: .* \[(\S+)\]", fault) for fault in faults]
    return [[re.sub(r"\[[^]]*\]", "", match[1]), match[3]] if match else ["?", refusal] for match in matches]


async def refusal_of(call: Any, request: Message) -> str:
    """What a rule said; empty when the message was valid, whatever became of it."""
    try:
        await call(request)
    except grpc.aio.AioRpcError as error:
        assert error.code() not in (
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.UNKNOWN,
            grpc.StatusCode.UNIMPLEMENTED,
        )
        text = error.details() or ""
        if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
            return text if text.startswith(("validation error: ", "workflow validation failed: ")) else ""
    return ""
