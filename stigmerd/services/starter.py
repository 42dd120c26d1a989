"""Everything that must be true before an execution starts; then it starts."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol, cast

from stigmer_api.apiresource_pb2 import ApiResourceMetadata, ApiResourceReference
from stigmer_api.environment_pb2 import EnvironmentSpec
from stigmerd.environment import Layers, MissingVariables, Variables
from stigmerd.executions import Executions
from stigmerd.handed import NOTHING, Handed
from stigmerd.masking import masker_of
from stigmerd.services.audit import stamp_created
from stigmerd.services.crud import API_VERSION, refuse_names
from stigmerd.services.environments import ExecutionContexts
from stigmerd.services.identity import LOCAL_ORGANIZATION, MAX_SLUG_CHARACTERS, new_id, now, slug_of
from stigmerd.services.kinds import ENVIRONMENT, Kind, M
from stigmerd.services.refusal import Refusal, already_exists, exhausted, not_now
from stigmerd.services.repository import Repository
from stigmerd.workflow.held import in_mebibytes

# In the journal: the agent or workflow as it was when the execution was created, secrets sealed.
DEFINITION = "services/definition"
MAX_OPEN_EXECUTIONS = 10_000

Also = Callable[[str], None]


def nothing(execution_id: str) -> None: ...


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
        execution: M,
        template: Any,
        environments: Iterable[ApiResourceReference],
        *,
        allowed: Callable[[Collection[str]], None] = lambda secrets: None,
        also: Also = nothing,
        given: Handed = NOTHING,
        carried: frozenset[str] = frozenset(),
        watched: bool = False,
    ) -> M:
        """Returns it as accepted. `template` as stored; `also` happens in the same transaction.

        `allowed` refuses what cannot be done with secret variables of these names.
        `carried` are secrets of whoever starts it: what it says is masked as if they were its own.
        """
        if self._motor().live >= MAX_OPEN_EXECUTIONS:
            raise exhausted(
                f"{MAX_OPEN_EXECUTIONS} executions are running already; wait for some or cancel them"
            )
        if self._executions.together.full:
            most = in_mebibytes(self._executions.together.most)
            raise exhausted(
                f"the executions at work hold more than {most} of memory; wait for some or cancel them"
            )
        layers = self._layers(template, environments, execution)
        variables = _merged(layers, template)
        allowed(variables.secrets)
        metadata = self._complete(kind, execution)
        execution_id = metadata.id
        masker = masker_of(layers.secret_values() | given.secrets | carried)
        with self._repository.transaction():
            self._executions.add(cast(Any, execution), masker)
            also(execution_id)
            definition = base64.b64encode(template.SerializeToString()).decode("ascii")
            self._executions.journal(execution_id).put(DEFINITION, definition)
            self._contexts.keep(execution_id, metadata.org, variables)
            self._executions.hand_over(execution_id, given)
            self._executions.carry(execution_id, carried)
        self._executions.masker(execution_id)  # while there is one at hand for these secrets
        accepted = self._executions.get(execution_id)
        self._when_ended(execution_id)
        self._motor().start(execution_id, watched=watched)
        return cast(M, accepted)

    def warm(self) -> None:
        """Agents will be needed soon."""
        self._motor().warm()

    def _layers(self, template: Any, references: Iterable[ApiResourceReference], execution: Any) -> Layers:
        return Layers(
            env_spec=self._repository.opened(template).spec.env_spec,
            instance_environments=tuple(self._environment(reference) for reference in references),
            runtime_env=execution.spec.runtime_env,
        )

    def _environment(self, reference: ApiResourceReference) -> EnvironmentSpec:
        wanted = ApiResourceReference(slug=reference.slug, org=reference.org)
        try:
            return self._repository.opened(self._repository.by_reference(ENVIRONMENT, wanted)).spec
        except Refusal as refusal:
            raise not_now(f"an environment of the instance is missing: {refusal}") from refusal

    def _complete(self, kind: Kind[Any], execution: Any) -> ApiResourceMetadata:
        metadata: ApiResourceMetadata = execution.metadata
        metadata.id = metadata.id or new_id(kind.prefix)
        metadata.name = metadata.name or f"execution-{metadata.id}"
        metadata.slug = metadata.slug or slug_of(metadata.name)[:MAX_SLUG_CHARACTERS] or metadata.id
        refuse_names(metadata, kind.title)
        if self._repository.store.find(metadata.id) is not None:
            raise already_exists(f"{kind.title} with id '{metadata.id}' already exists")
        metadata.org = metadata.org or LOCAL_ORGANIZATION
        execution.api_version, execution.kind = API_VERSION, kind.title
        stamp_created(execution, now())
        execution.status.phase = 1
        return metadata


def _merged(layers: Layers, template: Any) -> Variables:
    try:
        return layers.merged()
    except MissingVariables as error:
        raise not_now(f'{template.kind} "{template.metadata.slug}": {error}') from error
