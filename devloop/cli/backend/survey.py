"""Does this backend answer, who is it, and what can it do beyond the contract?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import anyio

from runcmd.backend.address import Address
from runcmd.backend.calls import Backend, open_backend
from runcmd.backend.refusals import NotFoundError, RefusedError, UnsupportedError
from runcmd.errors import BackendError
from runcmd.events import TargetKind
from runcmd.frozen import Frozen

if TYPE_CHECKING:
    from stigmer_api.devloop_pb2 import DescribeReply

SECONDS: Final = 5.0
NOBODY: Final = "wex-00000000000000000000000000"  # an execution that no backend has
PACKAGE: Final = "/stigmer.devloop.v1."


class Survey(Frozen):
    """What a backend said about itself."""

    version: str = ""  # empty: a Stigmer server that does not say
    pid: int = 0
    started_at: str = ""
    data_dir: str = ""
    running: int = 0  # executions
    abilities: Mapping[str, bool]  # in words


async def survey(address: Address) -> Survey:
    """Within a few seconds. Raises BackendError, for one that does not answer or is no Stigmer server."""
    async with open_backend(address) as backend:
        described = await _described(backend)
        if described is None:
            await _speaks_the_contract(backend)
        abilities = dict.fromkeys(ABILITIES, True)

        async def find_out(ability: str) -> None:
            try:
                await ABILITIES[ability](backend)
            except UnsupportedError:
                abilities[ability] = False
            except BackendError:
                pass  # it knows the call, and not this execution

        async with anyio.create_task_group() as group:
            for ability in abilities:
                group.start_soon(find_out, ability)
    if described is None:
        return Survey(abilities=abilities)
    return Survey(
        version=described.version,
        pid=described.pid,
        started_at=described.started_at,
        data_dir=described.data_dir,
        running=described.live_executions,
        abilities=abilities,
    )


async def _described(backend: Backend) -> DescribeReply | None:
    """None: it is a Stigmer server, or something else, without our extensions."""
    from stigmer_api.devloop_pb2 import DescribeReply, DescribeRequest

    try:
        return await backend.transport.call(
            f"{PACKAGE}Daemon/describe", DescribeRequest(), DescribeReply, SECONDS, patient=False
        )
    except UnsupportedError:
        return None


async def _speaks_the_contract(backend: Backend) -> None:
    """Raises BackendError if it does not know an agent's service."""
    try:
        await backend.by_reference(TargetKind.AGENT, "no-such-agent", "")
    except (NotFoundError, RefusedError):
        pass
    except UnsupportedError as error:
        raise BackendError(
            f"what answers at {backend.address.target} is no Stigmer server: it knows no agents",
            code="E0505",
            hint="check the address",
        ) from error


async def _listed(backend: Backend) -> None:
    from stigmer_api.devloop_pb2 import ListResourcesReply, ListResourcesRequest

    request = ListResourcesRequest(page_size=1)
    await backend.transport.call(
        f"{PACKAGE}Resources/list", request, ListResourcesReply, SECONDS, patient=False
    )


async def _watched(backend: Backend) -> None:
    from stigmer_api.devloop_pb2 import WatchReply, WatchRequest

    stream = backend.transport.stream(
        f"{PACKAGE}ExecutionQuery/watch", WatchRequest(execution_id=NOBODY), WatchReply
    )
    with anyio.move_on_after(SECONDS):
        async with aclosing(stream) as replies:
            await anext(replies, None)


async def _cancelled(backend: Backend) -> None:
    from stigmer_api.devloop_pb2 import CancelReply, CancelRequest

    request = CancelRequest(execution_id=NOBODY)
    await backend.transport.call(
        f"{PACKAGE}ExecutionControl/cancel", request, CancelReply, SECONDS, patient=False
    )


async def _remembered(backend: Backend) -> None:
    from stigmer_api.sessioncontrol_pb2 import SessionHistoryReply, SessionHistoryRequest

    request = SessionHistoryRequest(session_id="ses-00000000000000000000000000")
    await backend.transport.call(
        f"{PACKAGE}SessionControl/history", request, SessionHistoryReply, SECONDS, patient=False
    )


async def _resumed(backend: Backend) -> None:
    from stigmer_api.resumption_pb2 import ResumeReply, ResumeRequest

    request = ResumeRequest(execution_id=NOBODY)
    await backend.transport.call(
        f"{PACKAGE}ExecutionResumption/resume", request, ResumeReply, SECONDS, patient=False
    )


# What it can, in words, and a call that shows it and changes nothing.
ABILITIES: Final[Mapping[str, Callable[[Backend], Awaitable[None]]]] = {
    "list what is deployed": _listed,
    "tell what models and servers are asked": _watched,
    "cancel, signal and prune executions": _cancelled,
    "undo and fork turns of a conversation": _remembered,
    "go on where an execution has ended": _resumed,
}
