"""Names in documents become ids: of agents and workflows, of instances; and what nothing else builds upon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from runcmd.backend.calls import LOOKUP_SECONDS, Backend
from runcmd.backend.instance_calls import instance_by_reference
from runcmd.backend.messages import AGENTIC
from runcmd.backend.refusals import NotFoundError, UnsupportedError
from runcmd.events import TargetKind
from runcmd.instances import candidate_of, instance_with_id
from runcmd.resolve import Candidate, as_id, as_slugs, did_you_mean
from stigmer_api.facts import ORGANIZATION_SCOPE, ResourceKind
from stigmer_api.messages import copied

if TYPE_CHECKING:
    from runcmd.synthesis.documents import Document

INSTANCES: Final[Mapping[ResourceKind, TargetKind]] = {
    ResourceKind.AGENT_INSTANCE: TargetKind.AGENT,
    ResourceKind.WORKFLOW_INSTANCE: TargetKind.WORKFLOW,
}
TEMPLATES: Final[Mapping[ResourceKind, TargetKind]] = {
    ResourceKind.AGENT: TargetKind.AGENT,
    ResourceKind.WORKFLOW: TargetKind.WORKFLOW,
}
# The contract's rule for an agent's environments has a number of another kind, and servers go by it.
ENVIRONMENTS_OF_AGENTS: Final = 52


class References:
    """What references in documents may mean."""

    def __init__(
        self, documents: Sequence[Document], deployed: Sequence[Candidate], backend: Backend, org: str
    ) -> None:
        self.instances: dict[str, Candidate] = {}
        self._documents = documents
        self._templates = {(each.kind, each.slug): each for each in deployed}
        self._backend = backend
        self._org = org

    def add(self, document: Document, candidate: Candidate) -> None:
        self.instances[document.slug] = candidate

    def runnable(self) -> Iterator[Candidate]:
        """Sessions, instances, agents and workflows, but none that another one of them is made of."""
        in_files = {(TEMPLATES[each.kind], each.slug) for each in self._documents if each.kind in TEMPLATES}
        with_session = {each.instance for each in self.instances.values() if each.session}
        used = {each.id for each in self.instances.values()}
        for each in self.instances.values():
            if each.session or each.instance not in with_session:
                yield each
        for place, each in self._templates.items():
            if place in in_files and each.id not in used:
                yield each

    async def complete_instance(self, document: Document, message: Any) -> None:
        """Names become ids. Raises ProjectError."""
        kind = INSTANCES[document.kind]
        field = f"{kind.value}_id"
        named = getattr(message.spec, field)
        setattr(message.spec, field, await self._template_id(document, kind, named, f"spec.{field}"))
        if kind is TargetKind.AGENT:
            for reference in message.spec.environment_refs:
                reference.kind = ENVIRONMENTS_OF_AGENTS
        references = message.spec.environment_refs if kind is TargetKind.AGENT else message.spec.env_refs
        path = "environment_refs" if kind is TargetKind.AGENT else "env_refs"
        for index, reference in enumerate(references):
            reference.kind = reference.kind or ResourceKind.ENVIRONMENT
            reference.scope = reference.scope or ORGANIZATION_SCOPE
            reference.org = reference.org or self._org
            await self._require_environment(document, reference, f"spec.{path}[{index}]")

    async def _template_id(self, document: Document, kind: TargetKind, named: str, path: str) -> str:
        if as_id(named) is not None:
            return named
        for slug in as_slugs(named):
            if (known := self._templates.get((kind, slug))) is not None:
                return known.id
        for slug in as_slugs(named):
            for find in (self._backend.by_reference, self._backend.of_platform):
                try:
                    return (await find(kind, slug, self._org)).metadata.id
                except NotFoundError:
                    continue
        raise document.at(path).mistake(
            f'there is no {kind.value} "{named}", neither in the files nor deployed',
            code="E0247",
            hint=did_you_mean(named, await self._names(kind))
            or f"deploy the {kind.value} first, or add it to the file",
        )

    async def _names(self, kind: TargetKind) -> list[str]:
        names = [slug for each, slug in self._templates if each is kind]
        try:
            return names + [each.slug for each in await self._backend.resources(self._org)]
        except UnsupportedError:
            return names

    async def _require_environment(self, document: Document, reference: Any, path: str) -> None:
        own = [each.slug for each in self._documents if each.kind is ResourceKind.ENVIRONMENT]
        if reference.slug in own:
            return
        wanted = copied(reference)
        wanted.kind = ResourceKind.ENVIRONMENT
        from stigmer_api.environment_pb2 import Environment

        method = f"{AGENTIC}.environment.v1.EnvironmentQueryController/getByReference"
        try:
            await self._backend.transport.call(method, wanted, Environment, LOOKUP_SECONDS)
        except NotFoundError as error:
            raise document.at(path).mistake(
                f'there is no environment "{reference.slug}", neither in the files nor on the server',
                code="E0247",
                hint=did_you_mean(reference.slug, own) or "add it to the file: kind: Environment",
            ) from error

    async def instance_of_session(self, document: Document) -> Candidate:
        """Raises ProjectError."""
        named = document.spec.agent_instance_id
        known = next((each for each in self.instances.values() if named in (each.instance, each.name)), None)
        known = known or next(
            (self.instances[each] for each in as_slugs(named) if each in self.instances), None
        )
        if known is not None and known.kind is TargetKind.AGENT:
            return known
        try:
            return await self._stored_instance(named)
        except NotFoundError as error:
            names = [slug for slug, each in self.instances.items() if each.kind is TargetKind.AGENT]
            raise document.at("spec.agent_instance_id").mistake(
                f'there is no agent instance "{named}", neither in the files nor on the server',
                code="E0247",
                hint=did_you_mean(named, names) or "add it to the file: kind: AgentInstance",
            ) from error

    async def _stored_instance(self, named: str) -> Candidate:
        wanted = as_id(named)
        if wanted is not None and wanted.instance:
            return await instance_with_id(TargetKind.AGENT, wanted.ids[-1], self._backend)
        found = await instance_by_reference(self._backend, TargetKind.AGENT, as_slugs(named)[-1], self._org)
        return await candidate_of(TargetKind.AGENT, found, self._backend)
