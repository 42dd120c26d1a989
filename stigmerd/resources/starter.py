"""What must be true before an execution starts? It is stored then, with all that belongs to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.apiresource_pb2 import ApiResourceMetadata, ApiResourceReference
from stigmer_api.environment_pb2 import EnvironmentSpec
from stigmer_api.facts import API_VERSION, LOCAL_ORGANIZATION, MISSING_ANNOTATION, PHASE_PENDING
from stigmer_api.ids import new_id
from stigmer_api.slugs import server_slug
from stigmerd.executions.attached import keep_attachments
from stigmerd.executions.client_env import NOTHING, ClientEnv
from stigmerd.executions.log import Executions
from stigmerd.executions.masking import Masker, masker_beside, masker_of
from stigmerd.executions.variables import Layers
from stigmerd.process.offload import WORTH_BYTES
from stigmerd.resources.agents import refuse_exposed
from stigmerd.resources.audit import stamp_created
from stigmerd.resources.contexts import ContextCollection
from stigmerd.resources.conversations import Conversations
from stigmerd.resources.identity import MAX_SLUG_CHARACTERS
from stigmerd.resources.kinds import ENVIRONMENT, SESSION, Kind, M
from stigmerd.resources.names import refuse_names
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import RpcError, already_exists, exhausted, not_now
from stigmerd.resources.sessions import subject_of
from stigmerd.workflow.held import in_mebibytes

# In the journal: the agent or workflow as it was when the execution was created, secrets encrypted.
DEFINITION = "services/definition"
MOST_OPEN_EXECUTIONS = 10_000


class Starter:
    """Makes an execution ready to start, in one transaction; the engine starts it."""

    def __init__(
        self, repository: Repository, executions: Executions, most_open: int = MOST_OPEN_EXECUTIONS
    ) -> None:
        self._repository = repository
        self._executions = executions
        self._contexts = ContextCollection(repository)
        self._conversations = Conversations(repository, executions)
        self._most_open = most_open

    async def prepare_masker(self, plan: ExecutionPlan[Any], client_env: ClientEnv) -> Masker:
        """What takes `store` long; it finds it while somebody holds it. Others are answered meanwhile."""
        if plan.template.ByteSize() > WORTH_BYTES:
            await asyncio.sleep(0)
        return await masker_beside(self._layers(plan).secret_values() | client_env.secrets)

    def store(
        self,
        plan: ExecutionPlan[M],
        *,
        client_env: ClientEnv = NOTHING,
        carried: frozenset[str] = frozenset(),
        seed: Callable[[str], None] | None = None,
    ) -> M:
        """Returns it as accepted: PENDING, secrets redacted. Raises RpcError.

        `seed` adds to it, by its id, in the same transaction.

        `carried` are secrets of whoever starts it: what it says is masked as if they were its own.
        """
        self._refuse_when_full()
        execution, template = plan.execution, plan.template
        layers = self._layers(plan)
        variables = layers.merged()
        if isinstance(template, Agent):
            refuse_exposed(template, variables.secrets)
        runtime_env = cast(Any, execution).spec.runtime_env
        for name in variables.secrets & runtime_env.keys():
            runtime_env[name].is_secret = True  # also one that is not given as a secret
        metadata = self._complete_metadata(plan.kind, execution)
        execution_id = metadata.id
        if variables.missing:
            metadata.annotations[MISSING_ANNOTATION] = ",".join(variables.missing)
        if plan.continued_session:
            carried |= self._conversations.secrets(plan.continued_session)
        masker = masker_of(layers.secret_values() | client_env.secrets | carried)
        with self._repository.transaction():
            self._executions.add(cast(Any, execution), masker, layers)
            self._store_session(plan, execution_id)
            self._executions.journal(execution_id).put_bytes(DEFINITION, template.SerializeToString())
            if plan.attachments:
                keep_attachments(self._executions.journal(execution_id), plan.attachments)
            self._contexts.keep(execution, variables)
            self._executions.secrets.set_client_env(execution_id, client_env)
            self._executions.secrets.carry(execution_id, carried)
            if seed is not None:
                seed(execution_id)
        self._executions.secrets.masker(execution_id)  # while there is one at hand for these secrets
        return cast(M, self._executions.get(execution_id))

    def _refuse_when_full(self) -> None:
        if self._executions.live.count >= self._most_open:
            raise exhausted(
                f"{self._most_open} executions are running already; wait for some to end or cancel them"
            )
        if self._executions.live.shared.full:
            most = in_mebibytes(self._executions.live.shared.most)
            raise exhausted(
                f"the executions at work hold more than {most} of memory; wait for some to end or cancel them"
            )

    def _layers(self, plan: ExecutionPlan[Any]) -> Layers:
        template, references, execution = plan.template, plan.environments, plan.execution
        # Without the rest of the template, which may be long.
        declared = type(template)()
        declared.spec.env_spec.CopyFrom(template.spec.env_spec)
        org = execution.metadata.org or LOCAL_ORGANIZATION
        return Layers(
            env_spec=self._repository.decrypted(declared).spec.env_spec,
            instance_environments=tuple(self._environment(reference, org) for reference in references),
            runtime_env=execution.spec.runtime_env,
        )

    def _environment(self, reference: ApiResourceReference, org: str) -> EnvironmentSpec:
        wanted = ApiResourceReference(slug=reference.slug, org=reference.org)
        try:
            return self._repository.decrypted(self._repository.by_reference(ENVIRONMENT, wanted, org)).spec
        except RpcError as refusal:
            raise not_now(f"an environment of the instance is missing: {refusal}") from refusal

    def _complete_metadata(self, kind: Kind[Any], execution: Any) -> ApiResourceMetadata:
        metadata: ApiResourceMetadata = execution.metadata
        metadata.id = metadata.id or new_id(kind.prefix)
        metadata.name = metadata.name or f"execution-{metadata.id}"
        metadata.slug = metadata.slug or server_slug(metadata.name)[:MAX_SLUG_CHARACTERS] or metadata.id
        refuse_names(metadata, kind.title)
        if self._repository.store.find(metadata.id) is not None:
            raise already_exists(f"{kind.title} with id '{metadata.id}' already exists")
        metadata.org = metadata.org or LOCAL_ORGANIZATION
        execution.api_version, execution.kind = API_VERSION, kind.title
        stamp_created(execution)
        execution.status.phase = PHASE_PENDING
        return metadata

    def _store_session(self, plan: ExecutionPlan[Any], execution_id: str) -> None:
        if plan.new_session is not None:
            shown = cast(AgentExecution, self._executions.get(execution_id))  # secrets are masked in it
            plan.new_session.spec.subject = subject_of(shown.spec.message)
            self._repository.insert(SESSION, plan.new_session)
