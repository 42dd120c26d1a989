"""The few calls that a run makes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import anyio

from runcmd.backend.address import Address
from runcmd.backend.channel import open_channel
from runcmd.backend.client_env import client_env
from runcmd.backend.extensions import FIRST, service_of
from runcmd.backend.messages import (
    KIND_NUMBERS,
    Execution,
    execution_messages,
    execution_service,
    id_message,
    list_messages,
    resource_service,
    subscribe_messages,
)
from runcmd.backend.patience import Connect
from runcmd.backend.refusals import (
    ExistsError,
    NotFoundError,
    RefusedError,
    UnsupportedError,
)
from runcmd.backend.sight import Sight
from runcmd.backend.transport import Attempts, Transport
from runcmd.errors import BackendError
from runcmd.events import CancelOutcome, TargetKind
from runcmd.pruning import PruneResult
from runcmd.resource import KnownResource, Resource, empty, key
from stigmer_api.client_env import METADATA_KEY
from stigmer_api.facts import (
    HASH_ANNOTATION,
    ORGANIZATION_SCOPE,
    PLATFORM_SCOPE,
    ResourceKind,
)

if TYPE_CHECKING:
    from stigmer_api.devloop_pb2 import Note, ResourceSummary

LOOKUP_SECONDS = 10.0
APPLY_SECONDS = 30.0
CREATE_SECONDS = 30.0
DELETE_SECONDS = 15.0
SIGNAL_SECONDS = 15.0
PRUNE_SECONDS = 900.0  # bit by bit, beside what runs
CANCEL_SLACK_SECONDS = 0.5  # on top of what the server is asked to wait
PAGE_SIZE = 1000
ANSWER_SECONDS = 0.5
CANCEL = "/stigmer.devloop.v1.ExecutionControl/cancel"
WATCH = "/stigmer.devloop.v1.ExecutionQuery/watch"


NEEDED_FOR_CALLS = (
    "stigmer_api.workflow_pb2",
    "stigmer_api.agent_pb2",
    "grpc.aio",
    "stigmer_api.devloop_pb2",
    "stigmer_api.workflowexecution_pb2",
    "stigmer_api.agentexecution_pb2",
)


def import_what_calls_need() -> None:
    """Takes a tenth of a second, for which a loop has a better moment than its first call."""
    for name in NEEDED_FOR_CALLS:
        import_module(name)


async def import_while_waiting() -> None:
    """The same, bit by bit, beside something that others work on."""
    for name in NEEDED_FOR_CALLS:
        import_module(name)
        await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def open_backend(address: Address, reconnect: Connect | None = None) -> AsyncIterator[Backend]:
    """Connects when first used. `reconnect` finds a backend that was lost meanwhile, or starts it anew."""
    async with open_channel(address) as channel:
        yield Backend(Transport(channel, address, reconnect), address)


class Backend:
    """Anything that speaks the API, remote or embedded. Raises BackendError only."""

    def __init__(self, transport: Transport, address: Address) -> None:
        self.address = address
        self.transport = transport

    @property
    def plain(self) -> bool:
        """It has none of our extensions, as far as it was asked: only what the contract says."""
        return not self.transport.lacks.isdisjoint(FIRST)

    @property
    def tells(self) -> bool:
        """More than the status, by the extension; until it says that it has none."""
        return not self.plain

    async def apply(self, kind: TargetKind, resource: Resource) -> Resource:
        method = f"{resource_service(kind)}CommandController/apply"
        return await self.transport.call(method, resource, type(resource), APPLY_SECONDS)

    async def get(self, kind: TargetKind, resource_id: str) -> Resource:
        method = f"{resource_service(kind)}QueryController/get"
        return await self.transport.call(
            method, id_message(kind, resource_id), type(empty(kind)), LOOKUP_SECONDS
        )

    async def by_reference(
        self, kind: TargetKind, slug: str, org: str, scope: int = ORGANIZATION_SCOPE
    ) -> Resource:
        from stigmer_api.apiresource_pb2 import ApiResourceReference

        reference = ApiResourceReference(
            scope=scope,  # type: ignore[arg-type]  # an enum's number
            org=org,
            kind=KIND_NUMBERS[kind],  # type: ignore[arg-type]
            slug=slug,
        )
        method = f"{resource_service(kind)}QueryController/getByReference"
        return await self.transport.call(method, reference, type(empty(kind)), LOOKUP_SECONDS)

    async def of_platform(self, kind: TargetKind, slug: str, org: str) -> Resource:
        """One that every organization may use. Raises NotFoundError, also for one of another organization."""
        found = await self.by_reference(kind, slug, "", PLATFORM_SCOPE)
        if found.metadata.owner_scope != PLATFORM_SCOPE and found.metadata.org != org:
            raise NotFoundError(f"{kind.title} not found: {slug}", code="E0512")
        return found

    async def resources(self, org: str) -> list[ResourceSummary]:
        """All agents and workflows. Raises UnsupportedError on a server without the extension."""
        from stigmer_api.devloop_pb2 import ListResourcesReply, ListResourcesRequest

        items: list[ResourceSummary] = []
        token = ""
        while True:
            request = ListResourcesRequest(org=org, page_size=PAGE_SIZE, page_token=token)
            request.kinds.extend(KIND_NUMBERS.values())  # type: ignore[arg-type]
            reply = await self.transport.call(
                "/stigmer.devloop.v1.Resources/list", request, ListResourcesReply, LOOKUP_SECONDS
            )
            items += reply.items
            token = reply.next_page_token
            if token == "":
                return items

    async def all_known(self, org: str) -> list[KnownResource]:
        """What the backend has. Raises UnsupportedError on a server without the extension."""
        return [_known_summary(item) for item in await self.resources(org)]

    async def known(self, org: str, keys: Sequence[tuple[TargetKind, str]]) -> list[KnownResource]:
        """What the backend has of these (kind, slug)."""
        try:
            return await self.all_known(org)
        except UnsupportedError:
            return [known for kind, slug in keys if (known := await _known_one(self, kind, slug, org))]

    async def create(self, execution: Execution) -> Execution:
        """One that has an id of its own is created once, however often a backend is lost meanwhile."""
        kind = TargetKind.AGENT if execution.kind == "AgentExecution" else TargetKind.WORKFLOW
        method = f"{execution_service(kind)}CommandController/create"
        # Keys may go through a socket that only its owner can open, and nowhere else.
        local = self.address.target.startswith("unix:") and not self.address.tls
        more = ((METADATA_KEY, client_env(os.environ)),) if local else ()
        named = bool(execution.metadata.id)
        attempts = Attempts()
        try:
            return await self.transport.call(
                method, execution, type(execution), CREATE_SECONDS, more, repeatable=named, attempts=attempts
            )
        except ExistsError:
            if attempts.number < 2:
                raise
            return await self.execution(kind, execution.metadata.id)  # the first attempt had got through

    async def execution(self, kind: TargetKind, execution_id: str, *, patient: bool = True) -> Execution:
        request, reply = execution_messages(kind)
        method = f"{execution_service(kind)}QueryController/get"
        return await self.transport.call(
            method, request(value=execution_id), reply, LOOKUP_SECONDS, patient=patient
        )

    async def executions(self, kind: TargetKind, count: int) -> list[Execution]:
        """The newest, at most so many."""
        request, reply = list_messages(kind)
        method = f"{execution_service(kind)}QueryController/list"
        return list(
            (await self.transport.call(method, request(page_size=count), reply, LOOKUP_SECONDS)).entries
        )

    async def subscribe(
        self, kind: TargetKind, execution_id: str, received: Callable[[Execution], Awaitable[None]]
    ) -> None:
        """Awaits `received(snapshot)` for each snapshot until the stream ends."""
        request, reply = subscribe_messages(kind, execution_id)
        method = f"{execution_service(kind)}QueryController/subscribe"
        async with aclosing(self.transport.stream(method, request, reply)) as snapshots:
            async for snapshot in snapshots:
                await received(snapshot)

    async def watch(
        self,
        kind: TargetKind,
        execution_id: str,
        after: int,
        received: Callable[[Sight], Awaitable[None]],
        after_request: int | None = None,
    ) -> None:
        """As `subscribe`, with what the execution tells. Raises UnsupportedError, and `tells` is False then.

        Args:
            after: the number of the newest note that is known; 0 for all that are kept.
            after_request: the same of requests; None: they are not wanted.
        """
        from stigmer_api.devloop_pb2 import WatchReply, WatchRequest

        message = execution_messages(kind)[1]
        request = WatchRequest(
            execution_id=execution_id,
            after=after,
            requests=after_request is not None,
            after_request=after_request or 0,
        )
        notes: list[Note] = []
        requests: list[Note] = []
        async with aclosing(self.transport.stream(WATCH, request, WatchReply)) as replies:
            async for reply in replies:
                notes += reply.notes
                requests += reply.requests
                if not reply.more:
                    execution = message.FromString(reply.execution) if reply.execution else None
                    await received(
                        Sight(
                            execution=execution,
                            notes=tuple(notes),
                            requests=tuple(requests),
                            usage=reply.usage,
                        )
                    )
                    notes.clear()
                    requests.clear()

    async def cancel(self, execution_id: str, reason: str, wait_seconds: float) -> CancelOutcome:
        from stigmer_api.devloop_pb2 import CancelReply, CancelRequest

        request = CancelRequest(execution_id=execution_id, reason=reason, wait_seconds=wait_seconds)
        try:
            reply = await self.transport.call(
                CANCEL,
                request,
                CancelReply,
                wait_seconds + CANCEL_SLACK_SECONDS,
                patient=self.address.ours,
            )
        except UnsupportedError:
            return CancelOutcome.UNSUPPORTED
        except BackendError:
            return CancelOutcome.UNREACHABLE
        return {
            CancelReply.CANCELLED: CancelOutcome.CONFIRMED,
            CancelReply.ALREADY_FINISHED: CancelOutcome.ALREADY_FINISHED,
        }.get(reply.outcome, CancelOutcome.STILL_RUNNING)

    async def can_cancel(self) -> bool:
        """Asked without an execution, which a server that can refuses. No answer means that it may: True."""
        from stigmer_api.devloop_pb2 import CancelReply, CancelRequest

        if not self.plain:
            with suppress(BackendError):
                await self.transport.call(CANCEL, CancelRequest(), CancelReply, ANSWER_SECONDS, patient=False)
        return not self.plain and service_of(CANCEL) not in self.transport.lacks

    async def signal(self, execution_id: str, name: str, payload: Any) -> bool:
        """False: nothing waits for it yet, so it is kept. Raises UnsupportedError."""
        from google.protobuf.json_format import ParseDict

        from stigmer_api.devloop_pb2 import SignalReply, SignalRequest

        request = SignalRequest(execution_id=execution_id, signal_id=name)
        ParseDict(payload, request.payload)
        method = "/stigmer.devloop.v1.ExecutionControl/signal"
        # A second one would be one too many, if the first arrived and its answer did not.
        reply = await self.transport.call(method, request, SignalReply, SIGNAL_SECONDS, repeatable=False)
        return reply.delivered

    async def delete(self, kind: TargetKind, execution_id: str) -> None:
        """One that runs is stopped first."""
        from stigmer_api.apiresource_pb2 import ApiResourceId

        _, reply = execution_messages(kind)
        method = f"{execution_service(kind)}CommandController/delete"
        await self.transport.call(method, ApiResourceId(value=execution_id), reply, DELETE_SECONDS)

    async def prune(
        self, *, keep: int | None, older_than_seconds: float | None, dry_run: bool
    ) -> PruneResult:
        """Nothing set: by the backend's own rule. Raises UnsupportedError."""
        from stigmer_api.devloop_pb2 import PruneReply, PruneRequest

        request = PruneRequest(keep=keep, older_than_seconds=older_than_seconds, dry_run=dry_run)
        method = "/stigmer.devloop.v1.ExecutionControl/prune"
        reply = await self.transport.call(method, request, PruneReply, PRUNE_SECONDS)
        return PruneResult(
            executions=reply.executions,
            sessions=reply.sessions,
            bytes_before=reply.bytes_before,
            bytes_after=reply.bytes_after,
        )


async def _known_one(backend: Backend, kind: TargetKind, slug: str, org: str) -> KnownResource | None:
    try:
        metadata = (await backend.by_reference(kind, slug, org)).metadata
    except NotFoundError:
        return None
    return KnownResource(
        key=key(kind, metadata.slug), id=metadata.id, hash=metadata.annotations.get(HASH_ANNOTATION, "")
    )


async def has_skill(backend: Backend, slug: str, org: str, version: str) -> bool:
    """Whether an agent will find it. True where the server does not say."""
    from stigmer_api.apiresource_pb2 import ApiResourceReference
    from stigmer_api.skill_pb2 import Skill

    reference = ApiResourceReference(
        scope=ORGANIZATION_SCOPE if org else PLATFORM_SCOPE,  # type: ignore[arg-type]  # an enum's number
        org=org,
        kind=ResourceKind.SKILL,  # type: ignore[arg-type]
        slug=slug,
        version=version,
    )
    method = "/ai.stigmer.agentic.skill.v1.SkillQueryController/getByReference"
    try:
        await backend.transport.call(method, reference, Skill, LOOKUP_SECONDS)
    except NotFoundError:
        return False
    except (RefusedError, UnsupportedError):
        return True
    return True


def _known_summary(item: ResourceSummary) -> KnownResource:
    kind = TargetKind.AGENT if item.kind == KIND_NUMBERS[TargetKind.AGENT] else TargetKind.WORKFLOW
    return KnownResource(key=key(kind, item.slug), id=item.id, hash=item.annotations.get(HASH_ANNOTATION, ""))
