"""What every kind of resource can do: create, update, apply, delete, get."""

from __future__ import annotations

from typing import Any, Generic, cast

from stigmer_api.apiresource_pb2 import ApiResourceMetadata, ApiResourceReference
from stigmer_api.facts import LOCAL_ORGANIZATION
from stigmer_api.ids import new_id
from stigmer_api.slugs import server_slug
from stigmerd.resources.audit import stamp_created, stamp_updated
from stigmerd.resources.descriptions import hide_secrets
from stigmerd.resources.identity import (
    MAX_ID_CHARACTERS,
    MAX_SLUG_CHARACTERS,
    is_id,
    is_slug,
    now,
)
from stigmerd.resources.kinds import Kind, M
from stigmerd.resources.repository import Repository, copied, duplicate
from stigmerd.resources.rpc_error import already_exists, invalid, not_found
from stigmerd.services.rpc import Context
from stigmerd.store.vault import restore_redacted

ALLOWED = "use letters of the ASCII alphabet, digits, `.`, `_` and `-`"


class ResourceService(Generic[M]):
    """The pipeline; a kind of resource adds its own by `check`, `completed` and `emptied`."""

    def __init__(self, kind: Kind[M], repository: Repository) -> None:
        self.kind = kind
        self.repository = repository

    async def create(self, request: M, context: Context) -> M:
        checked = await self.prepared(request)
        return self.repository.shown(self.add(request, checked=checked))

    async def update(self, request: M, context: Context) -> M:
        checked = await self.prepared(request)
        metadata = _metadata(request)
        if metadata.id:
            stored = self.repository.get(self.kind, metadata.id)
        else:
            slug = metadata.slug or server_slug(metadata.name)
            found = self.repository.by_slug(self.kind, slug, metadata.org)
            if found is None:
                raise not_found(f"{self.kind.title} not found: {slug}")
            stored = found
        return self.repository.shown(self.change(stored, request, checked=checked))

    async def apply(self, request: M, context: Context) -> M:
        checked = await self.prepared(request)
        return self.repository.shown(self.put(request, checked=checked))

    async def delete(self, request: Any, context: Context) -> M:
        stored = self.repository.get(self.kind, wanted_id(request))
        with self.repository.transaction():
            self.emptied(stored)
            self.repository.delete(self.kind, _metadata(stored).id)
        return self.repository.shown(stored)

    async def get(self, request: Any, context: Context) -> M:
        return self.repository.shown(self.repository.get(self.kind, wanted_id(request)))

    async def get_by_reference(self, request: ApiResourceReference, context: Context) -> M:
        return self.repository.shown(self.repository.by_reference(self.kind, request))

    async def prepared(self, request: M) -> bool:
        """Whether `check` has been done already: what takes long, and needs no look at what is stored."""
        return False

    # From here on nothing waits: what was looked up is still so when it is changed.

    def add(self, request: M, *, checked: bool = False) -> M:
        """Store a new one, or refuse."""
        return self._add(copied(request), checked=checked)

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
        stamp_created(resource, now())
        self.announced(resource)
        with self.repository.transaction():
            self.repository.insert(self.kind, resource)
            return self.completed(resource)

    def put(self, request: M, *, checked: bool = False) -> M:
        """Create it or update the one of that slug; an unchanged one is left as it is."""
        metadata = ApiResourceMetadata()
        metadata.CopyFrom(_metadata(request))
        prepare_metadata(metadata, self.kind.title)
        stored = self.repository.by_slug(self.kind, metadata.slug, metadata.org)
        if stored is not None:
            return self.change(stored, request, checked=checked)
        fresh = copied(request)
        _metadata(fresh).id = ""  # the one in the request names something else, or nothing
        return self._add(fresh, checked=checked)

    def change(self, stored: M, request: M, *, checked: bool = False) -> M:
        """Replace all but id, slug, organization and status."""
        before, after = self.repository.opened(stored), copied(request)
        kept, metadata = _metadata(before), _metadata(after)
        metadata.id, metadata.slug, metadata.org = kept.id, kept.slug, kept.org
        cast(Any, after).status.CopyFrom(cast(Any, before).status)
        restore_redacted(after, before)
        hide_secrets(after, self.repository)
        with self.repository.transaction():
            if before != after:
                if not checked:
                    self.check(after)
                stamp_updated(after, now())
                self.repository.replace(self.kind, after)
            return self.completed(after)

    def check(self, resource: M) -> None:
        """Refuse what the rules of the fields cannot say."""

    def announced(self, resource: M) -> None:
        """Write into a new one what will belong to it."""

    def completed(self, resource: M) -> M:
        """Add what belongs to a stored one; also mends what went missing."""
        return resource

    def emptied(self, stored: M) -> None:
        """Delete what belongs to it."""

    def _refuse_taken_slug(self, metadata: ApiResourceMetadata) -> None:
        other = self.repository.by_slug(self.kind, metadata.slug, metadata.org)
        if other is not None:
            raise duplicate(self.kind, other)


def prepare_metadata(metadata: ApiResourceMetadata, title: str) -> None:
    """Fill slug and organization; refuse what can be neither name nor id."""
    metadata.org = metadata.org or LOCAL_ORGANIZATION
    metadata.slug = metadata.slug or server_slug(metadata.name)
    if not metadata.slug:
        raise invalid(
            f"{title}: metadata.name {metadata.name!r} gives no slug; use at least one letter or digit"
        )
    refuse_names(metadata, title)


def refuse_names(metadata: ApiResourceMetadata, title: str) -> None:
    """Of whatever kind: what a client chose as id or slug."""
    if len(metadata.slug) > MAX_SLUG_CHARACTERS:
        raise invalid(f"{title}: metadata.slug is longer than {MAX_SLUG_CHARACTERS} characters")
    if not is_slug(metadata.slug):
        raise invalid(f"{title}: metadata.slug {metadata.slug!r} is no slug; {ALLOWED}")
    if metadata.id != "":
        refuse_id(metadata.id, f"{title}: metadata.id")


def refuse_id(text: str, where: str) -> None:
    if not is_id(text):
        shown = repr(text[:MAX_ID_CHARACTERS])
        raise invalid(f"{where} {shown} is no id; {ALLOWED}, at most {MAX_ID_CHARACTERS}; or leave it empty")


def wanted_id(request: Any) -> str:
    """Of a get or delete; the contract has two shapes of it."""
    return cast(str, request.resource_id if hasattr(request, "resource_id") else request.value)


def _metadata(message: Any) -> ApiResourceMetadata:
    return cast(ApiResourceMetadata, message.metadata)
