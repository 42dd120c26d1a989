"""All resources of one kind: add, put, change, remove, each with what belongs to it in one transaction."""

from __future__ import annotations

from typing import Any, Generic, cast

from stigmer_api.apiresource_pb2 import ApiResourceMetadata
from stigmer_api.ids import new_id
from stigmer_api.messages import copied
from stigmer_api.slugs import server_slug
from stigmerd.resources.audit import stamp_created, stamp_updated
from stigmerd.resources.descriptions import hide_secrets
from stigmerd.resources.kinds import Kind, M
from stigmerd.resources.names import prepare_metadata
from stigmerd.resources.repository import Repository, duplicate
from stigmerd.resources.rpc_error import already_exists, not_found
from stigmerd.store.vault import restore_redacted


class ResourceCollection(Generic[M]):
    """The steps that every kind has; a subclass adds its own: `check`, and what comes before and after.

    All of them raise RpcError. Nothing waits between a look at what is stored and the change of it;
    what takes long is done before, by `check_aside`.
    """

    def __init__(self, kind: Kind[M], repository: Repository) -> None:
        self.kind = kind
        self.repository = repository

    async def check_aside(self, request: M) -> bool:
        """Whether `check` has been done already, beside the event loop."""
        return False

    def add(self, request: M, *, checked: bool = False) -> M:
        """Store a new one."""
        return self._add(copied(request), checked=checked)

    def put(self, request: M, *, checked: bool = False) -> M:
        """Create it or update the one of that slug; an unchanged one is left as it is."""
        metadata = copied(_metadata(request))
        prepare_metadata(metadata, self.kind.title)
        stored = self.repository.by_slug(self.kind, metadata.slug, metadata.org)
        if stored is not None:
            return self.change(stored, request, checked=checked)
        fresh = copied(request)
        _metadata(fresh).id = ""  # the one in the request names something else, or nothing
        return self._add(fresh, checked=checked)

    def update(self, request: M, *, checked: bool = False) -> M:
        """Replace the one with the id, or else the slug, of the request."""
        metadata = _metadata(request)
        if metadata.id:
            return self.change(self.repository.get(self.kind, metadata.id), request, checked=checked)
        slug = metadata.slug or server_slug(metadata.name)
        stored = self.repository.by_slug(self.kind, slug, metadata.org)
        if stored is None:
            raise not_found(f"{self.kind.title} not found: {slug}")
        return self.change(stored, request, checked=checked)

    def change(self, stored: M, request: M, *, checked: bool = False) -> M:
        """Replace all but id, slug, organization and status."""
        before, after = self.repository.decrypted(stored), copied(request)
        kept, metadata = _metadata(before), _metadata(after)
        metadata.id, metadata.slug, metadata.org = kept.id, kept.slug, kept.org
        cast(Any, after).status.CopyFrom(cast(Any, before).status)
        restore_redacted(after, before)
        hide_secrets(after, self.repository)
        with self.repository.transaction():
            if before != after:
                if not checked:
                    self.check(after)
                stamp_updated(after)
                self.repository.replace(self.kind, after)
            return self.after_store(after)

    def remove(self, resource_id: str) -> M:
        """Delete it and what belongs to it; returns it as it was stored."""
        stored = self.repository.get(self.kind, resource_id)
        with self.repository.transaction():
            self.before_delete(stored)
            self.repository.delete(self.kind, resource_id)
        return stored

    def check(self, resource: M) -> None:
        """Refuse what the rules of the fields cannot say."""

    def before_insert(self, resource: M) -> None:
        """Write into a new one what will belong to it."""

    def after_store(self, resource: M) -> M:
        """Add what belongs to a stored one; also mends what went missing."""
        return resource

    def before_delete(self, stored: M) -> None:
        """Delete what belongs to it."""

    def _add(self, resource: M, *, checked: bool) -> M:
        metadata = _metadata(resource)
        prepare_metadata(metadata, self.kind.title)
        if metadata.id and self.repository.find(self.kind, metadata.id) is not None:
            raise already_exists(f"{self.kind.title} with id '{metadata.id}' already exists")
        self._refuse_taken_slug(metadata)
        if not checked:
            self.check(resource)
        hide_secrets(resource, self.repository)
        metadata.id = metadata.id or new_id(self.kind.prefix)
        stamp_created(resource)
        self.before_insert(resource)
        with self.repository.transaction():
            self.repository.insert(self.kind, resource)
            return self.after_store(resource)

    def _refuse_taken_slug(self, metadata: ApiResourceMetadata) -> None:
        other = self.repository.by_slug(self.kind, metadata.slug, metadata.org)
        if other is not None:
            raise duplicate(self.kind, other)


def _metadata(message: Any) -> ApiResourceMetadata:
    return cast(ApiResourceMetadata, message.metadata)
