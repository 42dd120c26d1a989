"""Which turn of a conversation is asked next, and in which session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runcmd.backend.calls import open_backend
from runcmd.backend.patience import Connect
from runcmd.deploy import Deployed
from runcmd.events import Event, TargetKind
from runcmd.execute import execute
from runcmd.hot_turns import ChatTurns, Comparison
from runcmd.request import RunRequest
from runcmd.sessions import session_history, undo_turns
from runcmd.talk import Talk
from tests.support.api import agent

REQUEST = RunRequest(project=None, selector="reviewer")


class Asked:
    """A conversation with an agent that says how often it was asked in this session."""

    def __init__(self, turns: ChatTurns, talk: Talk, deployed: Deployed) -> None:
        self.turns, self.talk, self.deployed = turns, talk, deployed

    async def ask(self, message: str | None = None) -> Comparison | None:
        """A new message; None: the last one again."""
        if message is not None:
            self.turns.say(message)
        target = await self.turns.find(REQUEST, self.deployed, None, _nothing)
        await self.turns.next(REQUEST, self.deployed)
        compared = None
        async with execute(target, self.turns.asks(REQUEST), self.deployed) as run:
            async for event in run:
                compared = self.turns.heard(event)
        return compared

    async def remembered(self) -> list[str]:
        history = await session_history(self.deployed.backend, self.talk.session)
        return [turn.message for turn in history.turns if not turn.undone]


async def _nothing(_: Event) -> None: ...


@asynccontextmanager
async def conversation(connect: Connect) -> AsyncIterator[Asked]:
    async with open_backend(await connect()) as backend:
        made = agent()
        made.metadata.org = "local"
        made.metadata.annotations["devloop.stigmer.ai/script"] = "- say: '{{ count }} {{ message }}'"
        await backend.apply(TargetKind.AGENT, made)
        talk = Talk(REQUEST, connect)
        yield Asked(
            ChatTurns(talk), talk, Deployed(candidates=(), backend=backend, org="local", connect=connect)
        )


async def test_a_message_is_asked_again_in_a_fork_that_ends_before_it(connect: Connect) -> None:
    async with conversation(connect) as chat:
        assert not chat.turns.waiting
        await chat.ask("one")
        await chat.ask("two")
        before = chat.talk.session
        compared = await chat.ask()
        assert compared is not None
        assert (compared.before, compared.after) == ("2 two", "2 two")
        assert chat.talk.session != before
        assert await chat.remembered() == ["one", "two"]
        await chat.ask("three")
        assert chat.turns.comparison is None, "of the last message alone"
        assert await chat.remembered() == ["one", "two", "three"]


async def test_the_first_message_is_asked_again_in_a_new_session(connect: Connect) -> None:
    async with conversation(connect) as chat:
        await chat.ask("one")
        before = chat.talk.session
        await chat.ask()
        assert chat.talk.session != before
        assert (await session_history(chat.deployed.backend, chat.talk.session)).forked_from == ""
        assert await chat.remembered() == ["one"]


async def test_after_an_undo_the_turn_before_is_the_last(connect: Connect) -> None:
    async with conversation(connect) as chat:
        await chat.ask("one")
        await chat.ask("two")
        await undo_turns(chat.deployed.backend, chat.talk.session)
        await chat.turns.look_back(chat.deployed.backend)
        await chat.ask()
        assert await chat.remembered() == ["one"]
        await undo_turns(chat.deployed.backend, chat.talk.session)
        await chat.turns.look_back(chat.deployed.backend)
        assert not chat.turns.waiting


async def test_a_new_conversation_has_no_last_message(connect: Connect) -> None:
    async with conversation(connect) as chat:
        await chat.ask("one")
        chat.talk.session = ""
        await chat.turns.look_back(chat.deployed.backend)
        assert not chat.turns.waiting
