"""Executions that a workflow starts: each once, however often it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import (
    ORGANIZATION_SCOPE,
    PARENT_ANNOTATION,
    TEMPERATURE_ANNOTATION,
    TIMEOUT_ANNOTATION,
)
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.log import Executions
from stigmerd.resources.kinds import AGENT, WORKFLOW, Kind
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import not_found
from stigmerd.services.agent_executions import AgentExecutions
from stigmerd.services.workflow_executions import WorkflowExecutions
from stigmerd.store.events import MISSING
from stigmerd.store.json import Json


class ExecutionLauncher:
    """The parent's journal learns in one transaction with the new execution which key led to it.

    What the parent must not show, the child must not show: it is given to it, encrypted.
    """

    def __init__(
        self,
        repository: Repository,
        executions: Executions,
        agents: AgentExecutions,
        workflows: WorkflowExecutions,
    ) -> None:
        self._repository = repository
        self._executions = executions
        self._agents = agents
        self._workflows = workflows

    async def agent(
        self,
        *,
        slug: str,
        org: str,
        message: str,
        env: Mapping[str, str],
        secret_env: frozenset[str],
        model: str,
        scope: str,
        temperature: float | None,
        timeout_seconds: float | None,
        parent: str,
        key: str,
    ) -> str:
        def begin(remember: Callable[[str], None]) -> None:
            execution = AgentExecution()
            _describe(execution, org, parent, key)
            execution.spec.agent_id = self._named(AGENT, slug, org, scope).metadata.id
            execution.spec.message = message
            execution.spec.execution_config.model_name = model
            # The contract has no fields for these.
            for fact, number in (
                (TEMPERATURE_ANNOTATION, temperature),
                (TIMEOUT_ANNOTATION, timeout_seconds),
            ):
                if number is not None:
                    execution.metadata.annotations[fact] = f"{number:g}"
            for name, value in env.items():
                execution.spec.runtime_env[name].value = value
                execution.spec.runtime_env[name].is_secret = name in secret_env
            of = self._executions
            self._agents.begin(execution, remember, of.client_env(parent), of.secrets(parent))

        return self._once(parent, key, begin)

    async def workflow(self, *, slug: str, org: str, input: Json, parent: str, key: str) -> str:  # noqa: A002
        def begin(remember: Callable[[str], None]) -> None:
            execution = WorkflowExecution()
            _describe(execution, org, parent, key)
            execution.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]
            execution.spec.workflow_id = self._named(WORKFLOW, slug, org).metadata.id
            execution.spec.trigger_message = "" if input is None else json.dumps(input, ensure_ascii=False)
            of = self._executions
            self._workflows.begin(execution, remember, of.client_env(parent), of.secrets(parent))

        return self._once(parent, key, begin)

    def _once(self, parent: str, key: str, begin: Callable[[Callable[[str], None]], None]) -> str:
        journal, entry = self._executions.journal(parent), f"services/launched/{key}"
        known = journal.get(entry)
        if known is MISSING:
            begin(lambda execution_id: journal.put(entry, execution_id))
            known = journal.get(entry)
        return str(known)

    def _named(self, kind: Kind[Any], slug: str, org: str, scope: str = "") -> Any:
        """`scope` empty: of the own organization, else of any: a platform's belong to everybody."""
        of = self._repository
        if scope == "platform":
            found = of.of_platform(kind, slug)
        elif scope == "organization":
            found = of.by_slug(kind, slug, org)
        else:
            found = of.by_slug(kind, slug, org) or of.by_slug(kind, slug)
        if found is None:
            where = {"platform": " of the platform", "organization": f" in the organization {org}"}
            what = f"{kind.title.lower()}{where.get(scope, '')}"
            raise not_found(f'there is no {what} with the slug "{slug}"; apply it first')
        return found


def _describe(execution: Any, org: str, parent: str, key: str) -> None:
    execution.metadata.org = org
    execution.metadata.annotations[PARENT_ANNOTATION] = f"{parent}/{key}"
