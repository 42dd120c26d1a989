"""Agents and workflows: templates that always have a default instance to run them by."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from google.protobuf.message import Message

from stigmer_api.apiresource_pb2 import ApiResourceMetadata, ApiResourceOwnerScope
from stigmer_api.facts import API_VERSION, ORGANIZATION_SCOPE
from stigmer_api.ids import new_id
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.kinds import Kind, M
from stigmerd.resources.repository import Repository
from stigmerd.resources.rpc_error import invalid

I = TypeVar("I", bound=Message)  # noqa: E741


class TemplateCollection(ResourceCollection[M], Generic[M, I]):
    """With the default instance: made with the template, mended when missing, deleted with it."""

    def __init__(
        self, kind: Kind[M], repository: Repository, instances: ResourceCollection[I], reference: str
    ) -> None:
        super().__init__(kind, repository)
        self._instances = instances
        self._next_instance_id = ""  # the id of the instance that is made next
        self._reference = reference  # the field of an instance's spec that names the template

    def after_store(self, resource: M) -> M:
        self.default_instance(resource)
        return resource

    def before_delete(self, stored: Any) -> None:
        instance = self.repository.find(self._instances.kind, stored.status.default_instance_id)
        if instance is not None:
            self.repository.delete(self._instances.kind, stored.status.default_instance_id)

    def instance_of(self, template: M) -> I:
        """Of a template as it is stored."""
        known = self.repository.find(self._instances.kind, cast(Any, template).status.default_instance_id)
        return known or self.default_instance(self.repository.decrypted(template))

    def before_insert(self, resource: Any) -> None:
        # Known before it is made, so that the template, which may be long, is written once.
        self._next_instance_id = resource.status.default_instance_id = new_id(self._instances.kind.prefix)

    def default_instance(self, template: Any) -> I:
        """The template (secrets open) learns its id. Leaves the audit alone: nobody changed the template."""
        known = self.repository.find(self._instances.kind, template.status.default_instance_id)
        if known is not None:
            return known
        with self.repository.transaction():
            instance: Any = self._find_lost_instance(template) or self._create_instance(template)
            if template.status.default_instance_id != instance.metadata.id:
                template.status.default_instance_id = instance.metadata.id
                self.repository.replace(self.kind, template)
        return instance  # type: ignore[no-any-return]

    def _find_lost_instance(self, template: Any) -> I | None:
        slug = f"{template.metadata.slug}-default"
        for instance in self.repository.children(self._instances.kind, template.metadata.id):
            if instance.metadata.slug == slug:  # type: ignore[attr-defined]
                return instance
        return None

    def _create_instance(self, template: Any) -> I:
        slug = f"{template.metadata.slug}-default"
        if self.repository.by_slug(self._instances.kind, slug, template.metadata.org) is not None:
            slug += (
                f"-{template.metadata.id[-6:]}"  # somebody gave that name to an instance of another template
            )
        announced, self._next_instance_id = self._next_instance_id, ""
        if announced != template.status.default_instance_id:
            announced = ""
        instance: Any = self._instances.kind.message(
            api_version=API_VERSION,
            kind=self._instances.kind.title,
            metadata=ApiResourceMetadata(
                id=announced,
                name=f"{template.metadata.name}-default",
                slug=slug,
                org=template.metadata.org,
                owner_scope=ApiResourceOwnerScope.Name(template.metadata.owner_scope),
            ),
        )
        instance.spec.description = "Made together with its template, without environments of its own"
        setattr(instance.spec, self._reference, template.metadata.id)
        return self._instances.add(instance)


def refuse_other_organization(instance: Any, template: Any) -> None:
    """Only what the platform owns may be used by everybody."""
    owned = template.metadata.owner_scope == instance.metadata.owner_scope == ORGANIZATION_SCOPE
    if owned and template.metadata.org != instance.metadata.org:
        raise invalid(
            f'{template.kind} "{template.metadata.slug}" belongs to organization "{template.metadata.org}", '
            f'an instance of "{instance.metadata.org}" cannot use it'
        )
