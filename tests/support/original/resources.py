"""What the original keeps: resources by kind and id, with its own ids, its own texts and no extension."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import grpc

from stigmer_api.facts import ID_PREFIXES, ResourceKind
from stigmer_api.slugs import server_slug

SLUGLESS = ("AgentExecution", "WorkflowExecution")
PREFIXES = {
    "Agent": ID_PREFIXES[ResourceKind.AGENT],
    "AgentInstance": ID_PREFIXES[ResourceKind.AGENT_INSTANCE],
    "AgentExecution": ID_PREFIXES[ResourceKind.AGENT_EXECUTION],
    "Session": ID_PREFIXES[ResourceKind.SESSION],
    "Skill": ID_PREFIXES[ResourceKind.SKILL],
    "Workflow": ID_PREFIXES[ResourceKind.WORKFLOW],
    "WorkflowInstance": ID_PREFIXES[ResourceKind.WORKFLOW_INSTANCE],
    "WorkflowExecution": ID_PREFIXES[ResourceKind.WORKFLOW_EXECUTION],
    "Environment": ID_PREFIXES[ResourceKind.ENVIRONMENT],
    "ExecutionContext": ID_PREFIXES[ResourceKind.EXECUTION_CONTEXT],
}


class StepFailed(Exception):  # noqa: N818
    """A step of a pipeline failed; the status keeps its code, and the text says which step it was."""

    def __init__(self, step: str, code: grpc.StatusCode, text: str) -> None:
        name = "".join(part.capitalize() for part in code.name.split("_"))
        super().__init__(f"pipeline step {step} failed: rpc error: code = {name} desc = {text}")
        self.code = code


class Resources:
    """All kinds in one table, as in the original."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._rows: dict[tuple[str, str], Any] = {}
        self._numbers = itertools.count(1)

    def of(self, kind: str) -> list[Any]:
        with self.lock:
            return [row for (name, _), row in self._rows.items() if name == kind]

    def get(self, kind: str, resource_id: str, step: str = "LoadTarget") -> Any:
        with self.lock:
            found = self._rows.get((kind, resource_id))
        if found is None:
            raise StepFailed(step, grpc.StatusCode.NOT_FOUND, f"{kind} not found: {resource_id}")
        return found

    def by_reference(self, kind: str, reference: Any) -> Any:
        """The scope is not looked at."""
        for row in self.of(kind):
            if row.metadata.slug == reference.slug and reference.org in ("", row.metadata.org):
                return row
        raise StepFailed(
            "LoadByReference", grpc.StatusCode.NOT_FOUND, f"{kind} not found with slug: {reference.slug}"
        )

    def create(self, kind: str, request: Any) -> Any:
        row = _copied(request)
        slug = row.metadata.slug or server_slug(row.metadata.name)
        if kind not in SLUGLESS and self._with_slug(kind, slug) is not None:
            raise StepFailed(
                "CheckDuplicate", grpc.StatusCode.UNKNOWN, f"{kind} with slug '{slug}' already exists"
            )
        row.ClearField("status")
        row.metadata.slug = slug
        row.metadata.id = row.metadata.id or f"{PREFIXES[kind]}-{next(self._numbers):026}"
        self._audit(row, "created")
        self.put(kind, row)
        return row

    def update(self, kind: str, request: Any) -> Any:
        slug = request.metadata.slug or server_slug(request.metadata.name)
        stored = self._with_slug(kind, slug)
        if request.metadata.id:
            stored = self.get(kind, request.metadata.id, "LoadExisting")
        if stored is None:
            raise StepFailed("LoadExisting", grpc.StatusCode.NOT_FOUND, f"{kind} not found: {slug}")
        row = _copied(request)
        for name in ("id", "slug", "org"):
            setattr(row.metadata, name, getattr(stored.metadata, name))
        row.ClearField("status")
        row.status.CopyFrom(stored.status)
        self._audit(row, "updated")
        self.put(kind, row)
        return row

    def apply(self, kind: str, request: Any, created: Callable[[Any], Any]) -> Any:
        slug = request.metadata.slug or server_slug(request.metadata.name)
        request = _copied(request)
        request.metadata.id = ""
        if self._with_slug(kind, slug) is None:
            return created(self.create(kind, request))
        return self.update(kind, request)

    def delete(self, kind: str, resource_id: str) -> Any:
        """Whatever it is doing goes on."""
        row = self.get(kind, resource_id, "LoadExistingForDelete")
        with self.lock:
            del self._rows[kind, resource_id]
        return row

    def put(self, kind: str, row: Any) -> None:
        with self.lock:
            self._rows[kind, row.metadata.id] = row

    def _with_slug(self, kind: str, slug: str) -> Any:
        return next((row for row in self.of(kind) if row.metadata.slug == slug), None)

    @staticmethod
    def _audit(row: Any, event: str) -> None:
        row.status.audit.spec_audit.event = event
        row.status.audit.spec_audit.created_by.id = "system"
        row.status.audit.spec_audit.created_at.GetCurrentTime()
        row.status.audit.spec_audit.updated_at.GetCurrentTime()


def _copied(message: Any) -> Any:
    twin = type(message)()
    twin.CopyFrom(message)
    return twin
