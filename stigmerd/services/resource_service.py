"""What every kind of resource can do: create, update, apply, delete, get."""

from __future__ import annotations

from typing import Any, Generic, cast

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmerd.resources.collection import ResourceCollection
from stigmerd.resources.kinds import M
from stigmerd.services.rpc import Context


class ResourceService(Generic[M]):
    """One collection behind its calls; what leaves has its secrets redacted."""

    def __init__(self, collection: ResourceCollection[M]) -> None:
        self.collection = collection
        self.kind = collection.kind
        self.repository = collection.repository

    async def create(self, request: M, context: Context) -> M:
        checked = await self.collection.check_aside(request)
        return self.deployed(self.collection.add(request, checked=checked))

    async def update(self, request: M, context: Context) -> M:
        checked = await self.collection.check_aside(request)
        return self.deployed(self.collection.update(request, checked=checked))

    async def apply(self, request: M, context: Context) -> M:
        checked = await self.collection.check_aside(request)
        return self.deployed(self.collection.put(request, checked=checked))

    async def delete(self, request: Any, context: Context) -> M:
        return self.redacted(self.collection.remove(wanted_id(request)))

    async def get(self, request: Any, context: Context) -> M:
        return self.redacted(self.repository.get(self.kind, wanted_id(request)))

    async def get_by_reference(self, request: ApiResourceReference, context: Context) -> M:
        return self.redacted(self.repository.by_reference(self.kind, request))

    def deployed(self, resource: M) -> M:
        """The answer to who stored it."""
        return self.redacted(resource)

    def redacted(self, resource: M) -> M:
        """A copy that may leave the backend."""
        return self.repository.redacted(resource)


def wanted_id(request: Any) -> str:
    """Of a get or delete; the contract has two shapes of it."""
    return cast(str, request.resource_id if hasattr(request, "resource_id") else request.value)
