"""Which conversation does this run go on with, and with which agent?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.backend.refusals import NotFoundError
from runcmd.backend.session_calls import (
    get_agent_instance,
    get_session,
    list_sessions,
    newest_agent_executions,
)
from runcmd.deploy import Deployed
from runcmd.errors import TargetError, UsageError
from runcmd.events import Event, TargetKind
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.target import Choose, find_target
from stigmer_api.facts import ID_PREFIXES, PARENT_ANNOTATION, ResourceKind

if TYPE_CHECKING:
    from stigmer_api.session_pb2 import Session

LAST = "last"
PREFIX = f"{ID_PREFIXES[ResourceKind.SESSION]}-"
ID_CHARACTERS = 26
NEWEST = 200  # executions, among which the last conversation is looked for
SEE = "see: stigmer session list"


async def find_in_session(
    request: RunRequest,
    deployed: Deployed,
    choose: Choose | None,
    emit: Callable[[Event], Awaitable[None]],
) -> tuple[RunRequest, Candidate]:
    """The target, and the request with the session's whole id. Without a session, only the target.

    Raises RunError: there is no such session, or it is a conversation with another agent.
    """
    if request.session == "":
        return request, await find_target(request, deployed, choose, emit)
    if request.session == LAST and request.selector is not None:
        target = await find_target(request, deployed, choose, emit)
        _require_agent(target)
        session = await session_named(LAST, deployed.backend, agent=target.id)
        return replace(request, session=session.metadata.id), target
    session = await session_named(request.session, deployed.backend)
    agent = await _agent_of(session, deployed.backend)
    target = await find_target(replace(request, selector=request.selector or agent), deployed, choose, emit)
    _require_agent(target)
    if target.id != agent:
        raise UsageError(
            f"{session.metadata.id} is a conversation with another agent than {target.name}",
            code="E0632",
            hint=f"leave the name out: stigmer run --session {session.metadata.id}",
        )
    return replace(request, session=session.metadata.id), target


async def session_named(text: str, backend: Backend, *, agent: str = "") -> Session:
    """By its id, by a unique beginning of it, or `last`.

    Args:
        agent: the id of the agent whose last conversation is meant; empty: of any.

    Raises:
        TargetError: there is none, or several.
    """
    if text == LAST:
        return await _last(backend, agent)
    wanted = text.strip().lower().replace("_", "-")
    wanted = wanted if wanted.startswith(PREFIX) else f"{PREFIX}{wanted}"
    if len(wanted) >= len(PREFIX) + ID_CHARACTERS:
        with suppress(NotFoundError):
            return await get_session(backend, wanted)
        raise _unknown(text)
    found = [each for each in await list_sessions(backend) if each.metadata.id.startswith(wanted)]
    if not found:
        raise await _no_list(backend) or _unknown(text)
    if len(found) > 1:
        raise _ambiguous(text, [each.metadata.id for each in found])
    return found[0]


async def _last(backend: Backend, agent: str) -> Session:
    """The one that somebody talked in last; not what a workflow had to say to an agent."""
    for each in await newest_agent_executions(backend, NEWEST):
        started_by_another = PARENT_ANNOTATION in each.metadata.annotations
        if started_by_another or not each.spec.session_id or agent not in ("", each.spec.agent_id):
            continue
        with suppress(NotFoundError):
            return await get_session(backend, each.spec.session_id)
    with_it = " with this agent" if agent else ""
    raise await _no_list(backend) or TargetError(
        f"there is no conversation{with_it} yet", code="E0630", hint="begin one: stigmer run -i"
    )


async def _no_list(backend: Backend) -> TargetError | None:
    """Of a server that lists nothing, although it may have what is meant."""
    if await backend.can_cancel():  # it is a backend of ours, which lists what it has
        return None
    return TargetError(
        "this server does not list conversations", code="E0630", hint="give the whole ID of one: --session ID"
    )


async def _agent_of(session: Session, backend: Backend) -> str:
    try:
        return (await get_agent_instance(backend, session.spec.agent_instance_id)).spec.agent_id
    except NotFoundError as error:
        raise TargetError(
            f"the agent of {session.metadata.id} was deleted",
            code="E0630",
            hint=f"its conversation can still be read: stigmer session show {session.metadata.id}",
        ) from error


def _require_agent(target: Candidate) -> None:
    if target.kind is not TargetKind.AGENT:
        raise not_an_agent(target)


def not_an_agent(target: Candidate) -> UsageError:
    """It was to be talked with."""
    return UsageError(
        f"{target.name} is a workflow, and only agents talk: it takes one message and has no conversation",
        code="E0633",
        hint=f"run it: stigmer run {target.slug}",
    )


def _unknown(text: str) -> TargetError:
    return TargetError(f"no session with the id {text}", code="E0630", hint=SEE)


def _ambiguous(text: str, found: Sequence[str]) -> TargetError:
    return TargetError(
        f"{len(found)} sessions begin with {text}",
        code="E0631",
        hint="give more of the id",
        details=[f"  • {each}" for each in found[:10]],
    )
