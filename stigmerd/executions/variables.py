"""Merges the variables of an execution: which does it see, and which of them are secret?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from google.protobuf.message import Message

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.environment_pb2 import Environment, EnvironmentSpec, EnvironmentValue
from stigmer_api.executioncontext_pb2 import ExecutionContext, ExecutionValue
from stigmer_api.facts import ResourceKind
from stigmer_api.messages import copied
from stigmer_api.session_pb2 import Session
from stigmer_api.workflow_pb2 import Workflow
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from stigmerd.executions.masking import Masker, masker_of
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault, VaultError

RuntimeEnv = Mapping[str, ExecutionValue]
M = TypeVar("M", bound=Message)


class MissingEnvironment(LookupError):  # noqa: N818
    """An instance refers to an environment that is not stored."""

    code = "E0513"


@dataclass(frozen=True, kw_only=True)
class Variables:
    """Names and values; `secrets` has the names of those to mask.

    `missing`: declared, and nobody gave them a value. Who uses one fails; who does not need not care.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()

    @property
    def secret_values(self) -> frozenset[str]:
        return frozenset(self.values[name] for name in self.secrets if name in self.values)


def merge(
    env_spec: EnvironmentSpec | None,
    instance_environments: Sequence[EnvironmentSpec],
    runtime_env: RuntimeEnv,
) -> Variables:
    """Defaults, then the instance's environments in order, then what this execution was given.

    A name that any of them calls secret is secret.
    """
    declared = env_spec.data if env_spec is not None else {}
    layers: list[Mapping[str, EnvironmentValue] | RuntimeEnv] = [
        declared,
        *(environment.data for environment in instance_environments),
        runtime_env,
    ]
    variables = overlay(layers)
    return replace(variables, missing=tuple(sorted(declared.keys() - variables.values.keys())))


def overlay(layers: Iterable[Mapping[str, EnvironmentValue] | RuntimeEnv]) -> Variables:
    """Later layers win; an empty value is no value."""
    values: dict[str, str] = {}
    secrets: set[str] = set()
    for layer in layers:
        for name, entry in layer.items():
            if entry.is_secret:
                secrets.add(name)
            if entry.value:
                values[name] = entry.value
    return Variables(values=values, secrets=frozenset(secrets))


@dataclass(frozen=True, kw_only=True)
class Layers:
    """Where the variables of one execution come from, weakest first."""

    env_spec: EnvironmentSpec | None
    instance_environments: tuple[EnvironmentSpec, ...]
    runtime_env: RuntimeEnv
    problems: tuple[MissingEnvironment | VaultError, ...] = ()

    def merged(self) -> Variables:
        """Raises MissingEnvironment, VaultError."""
        if self.problems:
            raise self.problems[0]
        merged = merge(self.env_spec, self.instance_environments, self.runtime_env)
        return replace(merged, secrets=merged.secrets | quoting(merged, masker_of(self.secret_values())))

    def secret_values(self) -> frozenset[str]:
        """All values to mask, also those that a later layer overrides."""
        specs = (*([self.env_spec] if self.env_spec is not None else []), *self.instance_environments)
        single = [*(overlay([spec.data]) for spec in specs), overlay([self.runtime_env])]
        secrets = frozenset[str]().union(*(variables.secrets for variables in single))
        return frozenset(
            value for variables in single for name, value in variables.values.items() if name in secrets
        )


def quoting(variables: Variables, masker: Masker) -> frozenset[str]:
    """The variables that quote a secret, such as an address with a password: they are secret, too."""
    plain = ((name, value) for name, value in variables.values.items() if name not in variables.secrets)
    return frozenset(name for name, value in plain if masker.text(value) != value)


def layers_of(store: Store, vault: Vault, execution: WorkflowExecution | AgentExecution) -> Layers:
    """For an execution as it is stored: secrets encrypted."""
    return _Lookup(store, vault).layers(execution)


def drop_contexts(store: Store, execution_id: str) -> None:
    """Of an execution that has ended: nothing asks for its variables any more."""
    for row in store.children(ResourceKind.EXECUTION_CONTEXT, execution_id):
        store.delete(ResourceKind.EXECUTION_CONTEXT, row.id)


class _Lookup:
    """Reads stored resources and decrypts their secrets; notes what is missing and leaves it out."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._problems: list[MissingEnvironment | VaultError] = []

    def layers(self, execution: WorkflowExecution | AgentExecution) -> Layers:
        if isinstance(execution, WorkflowExecution):
            env_spec, references = self._of_workflow(execution)
        else:
            env_spec, references = self._of_agent(execution)
        environments = [self._environment(reference, execution.metadata.org) for reference in references]
        mine = copied(execution)
        runtime_env = {**self._contexts(execution.metadata.id)}
        if self._decrypted(mine):
            runtime_env.update(mine.spec.runtime_env)
        return Layers(
            env_spec=env_spec,
            instance_environments=tuple(spec for spec in environments if spec is not None),
            runtime_env=runtime_env,
            problems=tuple(self._problems),
        )

    def _of_workflow(
        self, execution: WorkflowExecution
    ) -> tuple[EnvironmentSpec | None, Sequence[ApiResourceReference]]:
        spec = execution.spec
        instance = self._get(ResourceKind.WORKFLOW_INSTANCE, spec.workflow_instance_id, WorkflowInstance())
        workflow_id = instance.spec.workflow_id if instance is not None else spec.workflow_id
        workflow = self._get(ResourceKind.WORKFLOW, workflow_id, Workflow())
        return (
            workflow.spec.env_spec if workflow is not None else None,
            instance.spec.env_refs if instance is not None else (),
        )

    def _of_agent(
        self, execution: AgentExecution
    ) -> tuple[EnvironmentSpec | None, Sequence[ApiResourceReference]]:
        spec = execution.spec
        session = self._get(ResourceKind.SESSION, spec.session_id, Session())
        instance_id = session.spec.agent_instance_id if session is not None else ""
        instance = self._get(ResourceKind.AGENT_INSTANCE, instance_id, AgentInstance())
        agent_id = instance.spec.agent_id if instance is not None else spec.agent_id
        agent = self._get(ResourceKind.AGENT, agent_id, Agent())
        return (
            agent.spec.env_spec if agent is not None else None,
            instance.spec.environment_refs if instance is not None else (),
        )

    def _environment(self, reference: ApiResourceReference, org: str) -> EnvironmentSpec | None:
        kind = ResourceKind.ENVIRONMENT
        row = self._store.by_slug(kind, reference.slug, reference.org or org) or (
            None if reference.org else self._store.by_slug(kind, reference.slug)
        )
        environment = self._parsed(row.data, Environment()) if row is not None else None
        if row is None:
            self._problems.append(
                MissingEnvironment(
                    f'there is no environment "{reference.slug}": apply it, or take it out of the instance'
                )
            )
        return environment.spec if environment is not None else None

    def _contexts(self, execution_id: str) -> dict[str, ExecutionValue]:
        values: dict[str, ExecutionValue] = {}
        for row in self._store.children(ResourceKind.EXECUTION_CONTEXT, execution_id):
            context = self._parsed(row.data, ExecutionContext())
            if context is not None:
                values.update(context.spec.data)
        return values

    def _get(self, kind: int, id: str, empty: M) -> M | None:  # noqa: A002
        row = self._store.get(kind, id) if id else None
        return self._parsed(row.data, empty) if row is not None else None

    def _parsed(self, data: bytes, empty: M) -> M | None:
        empty.ParseFromString(data)
        return empty if self._decrypted(empty) else None

    def _decrypted(self, message: Message) -> bool:
        try:
            self._vault.decrypt_message(message)
        except VaultError as error:
            self._problems.append(error)
            return False
        return True
