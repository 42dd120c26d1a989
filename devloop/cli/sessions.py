"""`stigmer session`: list, show and delete conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from devloop.cli.connect import BackendChoice
from devloop.cli.opened import asking, opened
from devloop.render.conversation import ToldConversation
from devloop.render.output import Output
from devloop.render.renderer import Renderer
from devloop.terminal.standard import narrate
from devloop.terminal.stream import standard_terminals
from runcmd.backend.calls import Backend
from runcmd.continued import session_named
from runcmd.errors import EXIT_OK
from runcmd.session_list import AgentNames, PastSession, forget, newest_sessions, past_session
from runcmd.turns import whole_turns

Perform = Callable[[Backend], Awaitable[None]]


def show_list(count: int, every: bool, server: str, output: Output) -> int:
    """The exit status."""

    async def perform(backend: Backend) -> None:
        from devloop.render.sessions import show_sessions

        out, _ = standard_terminals()
        found = await newest_sessions(backend, count, every=every)
        lists = bool(found) or await backend.can_cancel()  # as the backend can that comes with this command
        show_sessions(out, output, found, datetime.now(UTC), lists=lists)

    return _run(server, output, perform)


def show(session: str, server: str, output: Output) -> int:
    """The exit status."""

    async def perform(backend: Backend) -> None:
        _write(output, await told(session, backend))

    return _run(server, output, perform)


def delete(sessions: Sequence[str], *, yes: bool, server: str) -> int:
    """The exit status."""
    narrate()

    async def perform(backend: Backend) -> None:
        out, _ = standard_terminals()
        found = [await session_named(each, backend) for each in sessions]
        names = AgentNames(backend)
        doomed = {each.metadata.id: await past_session(each, backend, names) for each in found}
        if not yes:
            _confirm(list(doomed.values()))
        for each in doomed:
            out.line(f"deleted {each} with {_counted(await forget(backend, each), 'execution')}")
            out.flush()

    return _run(server, Output.PLAIN, perform)


async def told(session: str, backend: Backend, also: Sequence[str] = ()) -> ToldConversation:
    """All of a conversation; `also`: see `whole_turns`. Raises RunError."""
    found = await session_named(session, backend)
    past = await past_session(found, backend, AgentNames(backend))
    turns = await whole_turns(backend, past.session, also)
    return ToldConversation(session=past.session, agent=past.agent, forked_from=past.forked_from, turns=turns)


def _write(output: Output, conversation: ToldConversation) -> None:
    from devloop.render.conversation import answers, json_record, show_conversation

    out, err = standard_terminals()
    match output:
        case Output.JSON:
            out.record(json_record(conversation))
        case Output.QUIET:
            for each in answers(conversation):
                out.text(each.removesuffix("\n"))
        case Output.AUTO | Output.LIVE | Output.PLAIN:
            show_conversation(out, err, conversation, pretty=output.may_draw and out.cursor)


def _confirm(doomed: Sequence[PastSession]) -> None:
    """Raises RunError: it was a no, or there is nobody to ask."""
    from devloop.cli.confirm import confirm

    _, err = standard_terminals()
    if err.interactive:
        for each in doomed:
            said = f": {each.message}" if each.message else ""
            whom = each.agent or "a deleted agent"
            err.line(f"{each.session} with {whom}, {_counted(each.turns, 'turn')}{said}")
    what = "this conversation" if len(doomed) == 1 else f"these {len(doomed)} conversations"
    confirm(f"Delete {what} with all executions in {'it' if len(doomed) == 1 else 'them'}?", yes=False)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _run(server: str, output: Output, perform: Perform) -> int:
    async def connected(choice: BackendChoice, _renderer: Renderer) -> int:
        async with opened(choice) as backend:
            await perform(backend)
        standard_terminals()[0].flush()
        return EXIT_OK

    return asking(server, output, connected)
