"""Everything that must be true before an execution starts; then it starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, cast

from stigmer_api.apiresource_pb2 import ApiResourceMetadata, ApiResourceReference
from stigmer_api.environment_pb2 import EnvironmentSpec
from stigmer_api.facts import API_VERSION, LOCAL_ORGANIZATION, PHASE_PENDING
from stigmer_api.ids import new_id
from stigmer_api.slugs import server_slug
from stigmerd.executions.client_env import NOTHING, ClientEnv
from stigmerd.executions.log import Executions
from stigmerd.executions.masking import Masker, masker_beside, masker_of
from stigmerd.executions.variables import Layers, MissingVariables, Variables
from stigmerd.process.offload import WORTH_BYTES
from stigmerd.resources.audit import stamp_created
from stigmerd.resources.identity import MAX_SLUG_CHARACTERS, now
from stigmerd.resources.kinds import ENVIRONMENT, Kind, M
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import RpcError, already_exists, exhausted, not_now
from stigmerd.services.environments import ExecutionContexts
from stigmerd.services.resource_service import refuse_names
from stigmerd.workflow.held import in_mebibytes

# In the journal: the agent or workflow as it was when the execution was created, secrets encrypted.
DEFINITION = "services/definition"
MAX_OPEN_EXECUTIONS = 10_000

SideEffect = Callable[[str], None]


def nothing(execution_id: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionPlan(Generic[M]):
    """What is to be executed. `template` as stored."""

    execution: M
    template: Any
    environments: Sequence[ApiResourceReference]
    # Refuses what cannot be done with secret variables of these names.
    allowed: Callable[[Collection[str]], None] = lambda secrets: None
    also: SideEffect = nothing  # happens in the transaction that stores the execution


class Motor(Protocol):
    """The part of the engine that services use."""

    def start(self, execution_id: str, *, watched: bool = False) -> None: ...
    def warm(self) -> None: ...

    @property
    def live(self) -> int: ...


class Starter:
    """Stores an execution with all that belongs to it, in one step, and starts it."""

    def __init__(
        self,
        repository: Repository,
        executions: Executions,
        contexts: ExecutionContexts,
        motor: Callable[[], Motor],
        when_ended: Callable[[str], None],
    ) -> None:
        self._repository = repository
        self._executions = executions
        self._contexts = contexts
        self._motor = motor  # a function: the engine needs a launcher, which needs this
        self._when_ended = when_ended

    def start(
        self,
        kind: Kind[M],
        plan: ExecutionPlan[M],
        *,
        also: SideEffect = nothing,
        client_env: ClientEnv = NOTHING,
        carried: frozenset[str] = frozenset(),
        watched: bool = False,
    ) -> M:
        """Returns it as accepted. `also` happens in the same transaction.

        `carried` are secrets of whoever starts it: what it says is masked as if they were its own.
        """
        if self._motor().live >= MAX_OPEN_EXECUTIONS:
            raise exhausted(
                f"{MAX_OPEN_EXECUTIONS} executions are running already; wait for some or cancel them"
            )
        if self._executions.shared.full:
            most = in_mebibytes(self._executions.shared.most)
            raise exhausted(
                f"the executions at work hold more than {most} of memory; wait for some or cancel them"
            )
        execution, template = plan.execution, plan.template
        layers = self._layers(plan)
        variables = _merged(layers, template)
        plan.allowed(variables.secrets)
        runtime_env = cast(Any, execution).spec.runtime_env
        for name in variables.secrets & runtime_env.keys():
            runtime_env[name].is_secret = True  # also one that is not given as a secret
        metadata = self._complete(kind, execution)
        execution_id = metadata.id
        masker = masker_of(layers.secret_values() | client_env.secrets | carried)
        with self._repository.transaction():
            self._executions.add(cast(Any, execution), masker, layers)
            plan.also(execution_id)
            also(execution_id)
            self._executions.journal(execution_id).put_bytes(DEFINITION, template.SerializeToString())
            self._contexts.keep(execution_id, metadata.org, variables)
            self._executions.set_client_env(execution_id, client_env)
            self._executions.carry(execution_id, carried)
        self._executions.masker(execution_id)  # while there is one at hand for these secrets
        accepted = self._executions.get(execution_id)
        self._when_ended(execution_id)
        self._motor().start(execution_id, watched=watched)
        return cast(M, accepted)

    def warm(self) -> None:
        """Agents will be needed soon."""
        self._motor().warm()

    async def prepared(self, plan: ExecutionPlan[Any], client_env: ClientEnv) -> Masker:
        """What takes `start` long; it finds it while somebody holds it. Others are answered meanwhile."""
        if plan.template.ByteSize() > WORTH_BYTES:
            await asyncio.sleep(0)
        return await masker_beside(self._layers(plan).secret_values() | client_env.secrets)

    def _layers(self, plan: ExecutionPlan[Any]) -> Layers:
        template, references, execution = plan.template, plan.environments, plan.execution
        # Without the rest of the template, which may be long.
        declared = type(template)()
        declared.spec.env_spec.CopyFrom(template.spec.env_spec)
        return Layers(
            env_spec=self._repository.opened(declared).spec.env_spec,
            instance_environments=tuple(self._environment(reference) for reference in references),
            runtime_env=execution.spec.runtime_env,
        )

    def _environment(self, reference: ApiResourceReference) -> EnvironmentSpec:
        wanted = ApiResourceReference(slug=reference.slug, org=reference.org)
        try:
            return self._repository.opened(self._repository.by_reference(ENVIRONMENT, wanted)).spec
        except RpcError as refusal:
            raise not_now(f"an environment of the instance is missing: {refusal}") from refusal

    def _complete(self, kind: Kind[Any], execution: Any) -> ApiResourceMetadata:
        metadata: ApiResourceMetadata = execution.metadata
        metadata.id = metadata.id or new_id(kind.prefix)
        metadata.name = metadata.name or f"execution-{metadata.id}"
        metadata.slug = metadata.slug or server_slug(metadata.name)[:MAX_SLUG_CHARACTERS] or metadata.id
        refuse_names(metadata, kind.title)
        if self._repository.store.find(metadata.id) is not None:
            raise already_exists(f"{kind.title} with id '{metadata.id}' already exists")
        metadata.org = metadata.org or LOCAL_ORGANIZATION
        execution.api_version, execution.kind = API_VERSION, kind.title
        stamp_created(execution, now())
        execution.status.phase = PHASE_PENDING
        return metadata


def _merged(layers: Layers, template: Any) -> Variables:
    try:
        return layers.merged()
    except MissingVariables as error:
        raise not_now(f'{template.kind} "{template.metadata.slug}": {error}') from error
