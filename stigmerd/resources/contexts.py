"""The variables of each execution as they were when it was created, kept until it ends."""

from __future__ import annotations

from typing import Any

from stigmer_api.executioncontext_pb2 import ExecutionContext, ExecutionValue
from stigmer_api.facts import API_VERSION, is_terminal
from stigmer_api.messages import copied
from stigmerd.executions.variables import Variables
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.kinds import EXECUTION_CONTEXT, KINDS
from stigmerd.resources.names import refuse_id
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import already_exists

PAGE = 1000


class ContextCollection(ResourceCollection[ExecutionContext]):
    """One for each execution, from its start to its end; nobody changes it."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(EXECUTION_CONTEXT, repository)

    def check(self, resource: ExecutionContext) -> None:
        refuse_id(resource.spec.execution_id, f"{EXECUTION_CONTEXT.title}: spec.execution_id")

    def change(
        self, stored: ExecutionContext, request: ExecutionContext, *, checked: bool = False
    ) -> ExecutionContext:
        raise already_exists(
            f"ExecutionContext with slug '{stored.metadata.slug}' already exists (id: {stored.metadata.id}), "
            "and none can be changed; delete it first"
        )

    def keep(self, execution: Any, variables: Variables) -> None:
        """Those that do not stand in the execution itself: a secret is stored in one place."""
        execution_id, own = execution.metadata.id, _runtime_env(execution)
        context = ExecutionContext(api_version=API_VERSION, kind=EXECUTION_CONTEXT.title)
        context.metadata.name = f"context of {execution_id}"
        context.metadata.slug = _slug(execution_id)  # of `A` and `a` there are two
        context.metadata.org = execution.metadata.org
        context.spec.execution_id = execution_id
        for name, value in variables.values.items():
            if name not in own:
                entry = context.spec.data[name]
                entry.value, entry.is_secret = value, name in variables.secrets
        self._add(context, checked=False)

    def with_runtime_env(self, context: ExecutionContext) -> ExecutionContext:
        """A copy with all variables that its execution sees, secrets encrypted."""
        whole = copied(context)
        row = self.repository.store.find(context.spec.execution_id)
        if row is not None and context.metadata.slug == _slug(context.spec.execution_id):
            for name, value in _runtime_env(KINDS[row.kind].message.FromString(row.data)).items():
                whole.spec.data[name].CopyFrom(value)
        return whole

    def sweep(self) -> None:
        """Those of executions that have ended: somebody made one too late, or an older version left it."""
        store = self.repository.store
        token, more = "", True
        while more:
            page = store.page([EXECUTION_CONTEXT.number], size=PAGE, token=token, data=False)
            token, more = page.next_token, page.next_token != ""
            for row in page.rows:
                execution = store.find(row.parent)
                if execution is not None and is_terminal(execution.phase):
                    store.delete(EXECUTION_CONTEXT.number, row.id)


def _slug(execution_id: str) -> str:
    return f"context-of-{execution_id}"


def _runtime_env(execution: Any) -> dict[str, ExecutionValue]:
    return {name: value for name, value in execution.spec.runtime_env.items() if value.value}
