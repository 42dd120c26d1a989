"""What an agent at work looks up: itself, its skills, the session's earlier executions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from stigmer_api.agent_pb2 import Agent
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.mcpserver_pb2 import McpServer
from stigmer_api.skill_pb2 import Skill
from stigmerd.store.json import Json


class Resources(Protocol):
    """The rows behind an agent execution. Each raises LookupError, with a sentence, for what is not there."""

    def agent_of(self, execution_id: str) -> Agent: ...

    def session_history(self, execution_id: str) -> Sequence[Mapping[str, Json]]:
        """What came of the turns before this one in its session, oldest first: see `executions/turns.py`."""
        ...

    def skill_artifact(self, reference: ApiResourceReference) -> tuple[Skill, bytes]:
        """The skill and its zip."""
        ...

    def mcp_server(self, reference: ApiResourceReference, org: str) -> McpServer:
        """With its secrets in clear. `org`: where to look first, if the reference does not say."""
        ...
