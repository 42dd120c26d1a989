"""The definitions behind executions, as they were when these were created."""

from __future__ import annotations

import itertools

from stigmer_api.agent_pb2 import Agent
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.skill_pb2 import Skill
from stigmer_api.workflow_pb2 import Workflow
from stigmerd.executions.log import Executions
from stigmerd.resources.conversations import Conversations
from stigmerd.resources.kinds import AGENT_EXECUTION, M
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import RpcError
from stigmerd.resources.skills import SkillCollection
from stigmerd.resources.starter import DEFINITION
from stigmerd.store.journal import MISSING
from stigmerd.store.json import Json


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

    def _definition(self, execution_id: str, message: type[M]) -> M:
        stored = self._executions.journal(execution_id).get_bytes(DEFINITION)
        if stored is MISSING:
            raise LookupError(f"{message.DESCRIPTOR.name} of execution {execution_id} is not stored")
        return self._repository.decrypted(message.FromString(stored))
