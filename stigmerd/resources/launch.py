"""Executions that a workflow asks for: each is stored once, however often it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.facts import (
    APPROVAL_ANNOTATION,
    ORGANIZATION_SCOPE,
    PARENT_ANNOTATION,
    TEMPERATURE_ANNOTATION,
    TIMEOUT_ANNOTATION,
)
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.executions.log import Executions
from stigmerd.resources.agent_plans import agent_plan
from stigmerd.resources.carried import carry
from stigmerd.resources.kinds import AGENT, WORKFLOW, Kind
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.repository import Repository
from stigmerd.resources.resuming.resumer import Resumer, Resumption, Wish
from stigmerd.resources.resuming.stored import CHILD
from stigmerd.resources.rpc_error import RpcError, not_found
from stigmerd.resources.starter import Starter
from stigmerd.resources.workflow_plans import workflow_plan
from stigmerd.store.journal import MISSING
from stigmerd.store.json import Json
from stigmerd.store.pruning import LAUNCHED


class ExecutionLauncher:
    """Asked again for the same (parent, key), after a crash too, it gives the same id.

    The parent's journal learns in one transaction with the new execution which key led to it.

    What the parent must not show, the child must not show: it is given to it, encrypted.
    All of them raise RpcError.
    """

    def __init__(self, repository: Repository, executions: Executions, starter: Starter) -> None:
        self._repository = repository
        self._executions = executions
        self._starter = starter

    def agent(
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
        if known := self._launched(parent, key):
            return known
        execution = AgentExecution()
        self._describe(execution, org, parent, key)
        execution.spec.agent_id = self._named(AGENT, slug, org, scope).metadata.id
        execution.spec.message = message
        execution.spec.execution_config.model_name = model
        # The contract has no fields for these.
        for name, number in ((TEMPERATURE_ANNOTATION, temperature), (TIMEOUT_ANNOTATION, timeout_seconds)):
            if number is not None:
                execution.metadata.annotations[name] = f"{number:g}"
        for name, value in env.items():
            execution.spec.runtime_env[name].value = value
            execution.spec.runtime_env[name].is_secret = name in secret_env
        return self._store(agent_plan(execution, self._repository), parent, key)

    def workflow(self, *, slug: str, org: str, input: Json, parent: str, key: str) -> str:  # noqa: A002
        if known := self._launched(parent, key):
            return known
        execution = WorkflowExecution()
        self._describe(execution, org, parent, key)
        execution.metadata.owner_scope = ORGANIZATION_SCOPE  # type: ignore[assignment]
        execution.spec.workflow_id = self._named(WORKFLOW, slug, org).metadata.id
        execution.spec.trigger_message = "" if input is None else json.dumps(input, ensure_ascii=False)
        if (before := self._resumption(parent, key, execution)) is not None:
            return self._store(before.plan, parent, key, before.carried, before.seed)
        return self._store(workflow_plan(execution, self._repository), parent, key)

    def _resumption(self, parent: str, key: str, execution: WorkflowExecution) -> Resumption | None:
        """Of the execution that this task started before its workflow was resumed, if it can go on."""
        before = self._executions.journal(parent).get(f"{CHILD}{key}")
        if before is MISSING:
            return None
        try:
            found = Resumer(self._repository, self._executions).resume(
                before["execution"],
                Wish(from_task=before["from"], annotations=dict(execution.metadata.annotations)),
            )
        except RpcError:
            return None
        spec, wanted = found.plan.execution.spec, execution.spec
        same = spec.workflow_id, spec.trigger_message
        return found if same == (wanted.workflow_id, wanted.trigger_message) else None

    def _launched(self, parent: str, key: str) -> str:
        """The execution that this key led to before; empty when there is none."""
        known = self._executions.journal(parent).get(_entry(key))
        return "" if known is MISSING else str(known)

    def _store(
        self,
        plan: ExecutionPlan[Any],
        parent: str,
        key: str,
        carried: frozenset[str] = frozenset(),
        seed: Callable[[str], None] | None = None,
    ) -> str:
        secrets = carried | self._executions.secrets.values(parent)
        client_env = self._executions.secrets.client_env(parent)
        with self._executions.transaction():
            stored = self._starter.store(plan, client_env=client_env, carried=secrets, seed=seed)
            self._executions.journal(parent).put(_entry(key), stored.metadata.id)
        return str(stored.metadata.id)

    def _describe(self, execution: Any, org: str, parent: str, key: str) -> None:
        """Whose child it is; what its parent was told of its agents holds for its own."""
        execution.metadata.org = org
        execution.metadata.annotations[PARENT_ANNOTATION] = f"{parent}/{key}"
        carry(self._executions.spec(parent), execution, APPROVAL_ANNOTATION)

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


def _entry(key: str) -> str:
    return f"{LAUNCHED}{key}"
