"""A description that quotes a secret of its own resource says `***`; a variable that does is secret, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message

from stigmer_api.agentinstance_pb2 import AgentInstance
from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.environment_pb2 import Environment
from stigmer_api.session_pb2 import Session
from stigmer_api.workflowinstance_pb2 import WorkflowInstance
from stigmerd.executions.masking import masker_of
from stigmerd.executions.variables import overlay, quoting
from stigmerd.resources.kinds import AGENT, AGENT_INSTANCE, ENVIRONMENT, WORKFLOW
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import RpcError
from stigmerd.store.vault import secret_values

DESCRIBING = ("description", "subject")


def hide_secrets(resource: Any, repository: Repository) -> None:
    """In place; the resource has its secrets open."""
    parts = [each for each in _parts(resource.spec) if any(getattr(each, name, "") for name in DESCRIBING)]
    if not parts and not isinstance(resource, Environment):
        return
    masker = masker_of(set(_secrets(resource, repository)))
    if isinstance(resource, Environment):
        for name in quoting(overlay([resource.spec.data]), masker):
            resource.spec.data[name].is_secret = True
    for part in parts:
        for name in DESCRIBING:
            if text := getattr(part, name, ""):
                setattr(part, name, masker.text(text))


def _parts(spec: Any) -> Iterator[Any]:
    """Where descriptions stand."""
    yield spec
    if document := getattr(spec, "document", None):
        yield document
    for holder in (spec, getattr(spec, "env_spec", None)):
        data = getattr(holder, "data", {})
        if _describes(next(iter(data.values()), None)):  # an execution's are thousands, and have none
            yield from data.values()


def _describes(value: Message | None) -> bool:
    return value is not None and any(name in value.DESCRIPTOR.fields_by_name for name in DESCRIBING)


def _secrets(resource: Message, repository: Repository) -> Iterator[str]:
    """Its own, and those that it refers to."""
    for _, value in secret_values(resource):
        yield value.value
    for other in _referred(resource, repository):
        yield from _secrets(repository.decrypted(other), repository)


def _referred(resource: Message, repository: Repository) -> Iterator[Message]:
    found: Message | None
    match resource:
        case Session():
            found = repository.find(AGENT_INSTANCE, resource.spec.agent_instance_id)
            references: Any = ()
        case AgentInstance():
            found = repository.find(AGENT, resource.spec.agent_id)
            references = resource.spec.environment_refs
        case WorkflowInstance():
            found = repository.find(WORKFLOW, resource.spec.workflow_id)
            references = resource.spec.env_refs
        case _:
            return
    if found is not None:
        yield found
    for reference in references:
        environment = environment_of(repository, reference, resource.metadata.org)
        if environment is not None:  # an execution that needs it will fail
            yield environment


def environment_of(repository: Repository, reference: ApiResourceReference, org: str) -> Environment | None:
    """As stored: secrets are encrypted."""
    wanted = ApiResourceReference(slug=reference.slug, org=reference.org)
    try:
        return repository.by_reference(ENVIRONMENT, wanted, org)
    except RpcError:
        return None
