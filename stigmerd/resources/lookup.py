"""The definitions behind executions, as they were when these were created."""

from __future__ import annotations

import itertools
from typing import Final

from stigmer_api.agent_pb2 import Agent
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.mcpserver_pb2 import McpServer
from stigmer_api.skill_pb2 import Skill
from stigmer_api.workflow_pb2 import Workflow
from stigmerd.executions.log import Executions
from stigmerd.resources.conversations import Conversations
from stigmerd.resources.kinds import AGENT_EXECUTION, MCP_SERVER, M
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import RpcError
from stigmerd.resources.skills import SkillCollection
from stigmerd.resources.starter import DEFINITION
from stigmerd.store.journal import MISSING
from stigmerd.store.json import Json

MOST_NAMED: Final = 100  # servers among which the nearest is looked for


class MissingServer(LookupError):  # noqa: N818
    """An agent refers to an MCP server that is not stored."""

    code = "E1221"


class Lookup:
    """An update of an agent or workflow does not change what runs already."""

    def __init__(self, repository: Repository, executions: Executions) -> None:
        self._repository = repository
        self._executions = executions
        self._skills = SkillCollection(repository)
        self._conversations = Conversations(repository, executions)

    def workflow_of(self, execution_id: str) -> Workflow:
        return self._definition(execution_id, Workflow)

    def agent_of(self, execution_id: str) -> Agent:
        return self._definition(execution_id, Agent)

    def session_history(self, execution_id: str) -> list[dict[str, Json]]:
        """The turns of its session before it, oldest first, without those that were undone."""
        row = self._repository.store.get(AGENT_EXECUTION.number, execution_id)
        if row is None or not row.parent:
            return []
        turns = self._conversations.turns(row.parent)
        before = itertools.takewhile(lambda turn: turn.copy or turn.execution_id != execution_id, turns)
        return [self._conversations.told(turn) for turn in before if not turn.undone]

    def skill_artifact(self, reference: ApiResourceReference) -> tuple[Skill, bytes]:
        try:
            skill = self._skills.version_of(reference)
            return skill, self._skills.artifact(skill.status.artifact_storage_key)
        except RpcError as refusal:
            raise LookupError(str(refusal)) from refusal

    def mcp_server(self, reference: ApiResourceReference, org: str) -> McpServer:
        try:
            return self._repository.decrypted(self._repository.by_reference(MCP_SERVER, reference, org))
        except RpcError as refusal:
            raise MissingServer(self._no_server(reference)) from refusal

    def _no_server(self, reference: ApiResourceReference) -> str:
        """With the nearest that is stored."""
        rows, _ = self._repository.page(MCP_SERVER, size=MOST_NAMED, data=False)
        named = {f"{row.org}/{row.slug}" if row.org else row.slug: row for row in rows}
        where = f' of organization "{reference.org}"' if reference.org else ""
        wanted = f"{reference.org}/{reference.slug}" if reference.org else reference.slug
        slugs = {row.slug: name for name, row in named.items()} | {name: name for name in named}
        import difflib

        near = difflib.get_close_matches(wanted, slugs, n=1, cutoff=0.6)
        hint = f'did you mean "{slugs[near[0]]}"?' if near else f"there are {', '.join(named) or 'none'}"
        return f'there is no MCP server "{reference.slug}"{where} in this backend: apply it ({hint})'

    def _definition(self, execution_id: str, message: type[M]) -> M:
        stored = self._executions.journal(execution_id).get_bytes(DEFINITION)
        if stored is MISSING:
            raise LookupError(f"{message.DESCRIPTOR.name} of execution {execution_id} is not stored")
        return self._repository.decrypted(message.FromString(stored))
