"""Which conversations are there?"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.backend.refusals import NotFoundError, UnsupportedError
from runcmd.backend.session_calls import (
    delete_session,
    executions_in,
    executions_page,
    get_agent_instance,
    list_sessions,
)
from runcmd.events import TargetKind
from runcmd.frozen import Frozen
from runcmd.turns import history_of
from stigmer_api.facts import PARENT_ANNOTATION

if TYPE_CHECKING:
    from stigmer_api.session_pb2 import Session

MADE_BY_SERVER = "Auto-created session"  # what a plain server calls each


class PastSession(Frozen):
    """One line of the list."""

    session: str
    agent: str  # its name; its id where the name is not known; empty: it is gone
    turns: int
    at: str  # RFC 3339: when something was last said; empty: never
    message: str  # the first line of the first message, as far as it is known
    forked_from: str  # the id of another session; empty: it was not forked


class AgentNames:
    """The names of agents, by the ids of their instances."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._agents: dict[str, str] | None = None
        self._known: dict[str, str] = {}

    async def of(self, instance: str) -> str:
        if instance not in self._known:
            self._known[instance] = await self._find(instance)
        return self._known[instance]

    async def _find(self, instance: str) -> str:
        try:
            agent = (await get_agent_instance(self._backend, instance)).spec.agent_id
        except NotFoundError:
            return ""
        if self._agents is None:
            try:
                self._agents = {each.id: each.name for each in await self._backend.resources("")}
            except UnsupportedError:
                self._agents = {}
        if agent not in self._agents:
            with suppress(NotFoundError):
                self._agents[agent] = (await self._backend.get(TargetKind.AGENT, agent)).metadata.name
        return self._agents.get(agent, agent)


async def newest_sessions(backend: Backend, count: int, *, every: bool = False) -> list[PastSession]:
    """At most so many, the newest first.

    Args:
        every: also those in which only workflows talk to agents.
    """
    names = AgentNames(backend)
    found: list[PastSession] = []
    for each in await list_sessions(backend):
        if len(found) == count:
            break
        if every or not await _is_of_workflow(each, backend):
            found.append(await past_session(each, backend, names))
    return found


async def past_session(session: Session, backend: Backend, names: AgentNames) -> PastSession:
    """One, as a line of the list."""
    history = await history_of(backend, session.metadata.id, 1)
    subject = session.spec.subject
    if subject in ("", MADE_BY_SERVER):
        subject = history.turns[0].message if history.total == 1 and history.turns else ""
    return PastSession(
        session=session.metadata.id,
        agent=await names.of(session.spec.agent_instance_id),
        turns=history.total,
        at=history.turns[-1].at if history.turns else "",
        message=subject.strip().partition("\n")[0],
        forked_from=history.forked_from,
    )


async def forget(backend: Backend, session: str) -> int:
    """Deletes it with its executions, those that run are stopped. How many those were."""
    executions = await executions_in(backend, session)
    for each in executions:
        with suppress(NotFoundError):  # somebody else deleted it
            await backend.delete(TargetKind.AGENT, each.metadata.id)
    await delete_session(backend, session)
    return len(executions)


async def _is_of_workflow(session: Session, backend: Backend) -> bool:
    page = await executions_page(backend, session.metadata.id, 1)
    return any(PARENT_ANNOTATION in each.metadata.annotations for each in page.entries)
