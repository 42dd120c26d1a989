"""Stored rows as messages, with their secrets encrypted on the way in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, cast

from google.protobuf.message import Message

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.facts import PLATFORM_SCOPE
from stigmer_api.messages import copied
from stigmerd.resources.kinds import KINDS, Kind, M
from stigmerd.resources.rpc_error import already_exists, invalid, not_found
from stigmerd.store.clock import text_of
from stigmerd.store.errors import DuplicateId, DuplicateSlug
from stigmerd.store.rows import Row
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault, redact


class Repository:
    """Every resource but the executions, which have a write path of their own."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self.store = store
        self._vault = vault

    def transaction(self) -> AbstractContextManager[None]:
        return self.store.transaction()

    def find(self, kind: Kind[M], resource_id: str) -> M | None:
        """As stored: secrets are encrypted."""
        row = self.store.get(kind.number, resource_id)
        return None if row is None else kind.message.FromString(row.data)

    def get(self, kind: Kind[M], resource_id: str) -> M:
        found = self.find(kind, resource_id)
        if found is None:
            raise not_found(f"{kind.title} not found: {resource_id}")
        return found

    def by_slug(self, kind: Kind[M], slug: str, org: str = "") -> M | None:
        row = self.store.by_slug(kind.number, slug, org)
        return None if row is None else kind.message.FromString(row.data)

    def of_platform(self, kind: Kind[M], slug: str) -> M | None:
        found = [kind.message.FromString(row.data) for row in self.store.all_by_slug(kind.number, slug)]
        return next((each for each in found if cast(Any, each).metadata.owner_scope == PLATFORM_SCOPE), None)

    def by_reference(self, kind: Kind[M], reference: ApiResourceReference, org: str = "") -> M:
        """In the organization that is given; else the platform's if that is wanted, then `org`, then any."""
        if not reference.slug:
            raise invalid(f"a reference to {kind.title} needs a slug")
        if reference.kind not in (0, kind.number):
            wanted = KINDS[reference.kind].title if reference.kind in KINDS else str(reference.kind)
            raise invalid(f"the reference is to {wanted}, but this service has {kind.title}")
        of_platform = reference.scope == PLATFORM_SCOPE and not reference.org
        found = self.of_platform(kind, reference.slug) if of_platform else None
        found = found or self.by_slug(kind, reference.slug, reference.org or org)
        if found is None and not reference.org:
            found = self.by_slug(kind, reference.slug)
        if found is None:
            where = f' in organization "{reference.org}"' if reference.org else ""
            raise not_found(f"{kind.title} not found: {reference.slug}{where}")
        return found

    def children(self, kind: Kind[M], parent: str) -> list[M]:
        return [kind.message.FromString(row.data) for row in self.store.children(kind.number, parent)]

    def page(
        self,
        kind: Kind[M],
        *,
        size: int,
        number: int = 1,
        parents: Sequence[str] | None = None,
        phase: int = 0,
        tags: Sequence[str] = (),
        data: bool = True,
    ) -> tuple[list[Row], int]:
        """The `number`th page (from 1), newest first, and how many rows there are in all."""
        page = self.store.page(
            [kind.number],
            parents=parents,
            phase=phase,
            tags=tags,
            size=size,
            skip=(number - 1) * size,
            data=data,
        )
        return list(page.rows), page.total

    def insert(self, kind: Kind[M], message: M) -> None:
        """Raises a refusal when another one of that kind and organization has the slug."""
        try:
            self.store.insert(self._row(kind, message))
        except DuplicateSlug:
            other = self.by_slug(kind, cast(Any, message).metadata.slug, cast(Any, message).metadata.org)
            raise duplicate(kind, other) from None
        except DuplicateId as error:
            raise already_exists(f"{kind.title}: {error}; leave metadata.id empty to get one") from error

    def replace(self, kind: Kind[M], message: M) -> None:
        self.store.replace(self._row(kind, message))

    def delete(self, kind: Kind[Any], resource_id: str) -> None:
        self.store.delete(kind.number, resource_id)

    def decrypted(self, message: M) -> M:
        """A copy with its secrets in clear: for use inside the backend only."""
        copy = copied(message)
        self._vault.decrypt_message(copy)
        return copy

    def redacted(self, message: M) -> M:
        """A copy that may leave the backend."""
        copy = copied(message)
        redact(copy)
        return copy

    def _row(self, kind: Kind[M], message: M) -> Row:
        resource = cast(Any, message)
        audit = resource.status.audit.spec_audit
        encrypted = copied(message)
        self._vault.encrypt_message(encrypted)
        return Row(
            kind=kind.number,
            id=resource.metadata.id,
            org=resource.metadata.org,
            slug=resource.metadata.slug,
            name=resource.metadata.name,
            parent=kind.parent(message),
            phase=0,
            tags=tuple(resource.metadata.tags),
            data=encrypted.SerializeToString(),
            created_at=text_of(audit.created_at),
            updated_at=text_of(audit.updated_at),
        )


def duplicate(kind: Kind[Any], other: Message | None) -> Exception:
    metadata = cast(Any, other).metadata
    return already_exists(
        f"{kind.title} with slug '{metadata.slug}' already exists (id: {metadata.id}); apply it to update it"
    )
