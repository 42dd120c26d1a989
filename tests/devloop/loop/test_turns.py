"""In a conversation, each run is a turn: asked, asked again, or only deployed."""

from __future__ import annotations

from typing import Any

from devloop.loop import events
from devloop.loop.events import Cause
from runcmd.deploy import Deployed
from runcmd.events import Event, RunFinished
from runcmd.hot_turns import Comparison, Repetition
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.target import find_target
from tests.devloop.loop.edits import editing, ends, goes_on
from tests.support.weak_server import WeakServer


class Said:
    """Messages that somebody says; each run is one of them."""

    def __init__(self, *messages: str) -> None:
        self.waiting_messages = list(messages)
        self.asked: list[str] = []  # in their order
        self.last = ""

    @property
    def pending(self) -> bool:
        return bool(self.waiting_messages)

    @property
    def waiting(self) -> bool:
        return self.pending or bool(self.last)

    async def find(self, request: RunRequest, deployed: Deployed, choose: Any, emit: Any) -> Candidate:
        return await find_target(request, deployed, choose, emit)

    async def next(self, request: RunRequest, deployed: Deployed) -> Repetition | None:
        if self.pending:
            self.last = self.waiting_messages.pop(0)
            return None
        return Repetition(message=self.last, answer="old", execution="aex-1", session="ses-1")

    def asks(self, request: RunRequest) -> RunRequest:
        self.asked.append(self.last)
        return request

    def heard(self, event: Event) -> Comparison | None:
        if isinstance(event, RunFinished):
            return Comparison(before="old", after="new", executions=("aex-1", "aex-2"))
        return None


async def test_while_nothing_was_asked_a_change_is_only_deployed(server: WeakServer) -> None:
    turns = Said()
    async with editing(server, turns=turns) as loop:
        taken = await loop.screen.find(events.CodeTaken)
        assert (taken.cause, taken.name) == (Cause.START, "main")
        loop.edit(main="two")
        taken = await loop.screen.find(events.CodeTaken, 2)
        assert (taken.cause, taken.changed, taken.applied) == (Cause.CHANGE, ("main",), 1)
        assert turns.asked == []
        assert not server.created


async def test_a_change_asks_the_last_message_again(server: WeakServer) -> None:
    ends(server)
    turns = Said("hello")
    async with editing(server, turns=turns) as loop:
        await loop.screen.find(events.WatchReady)
        loop.edit(main="two")
        repeated = await loop.screen.find(events.TurnRepeated)
        assert (repeated.message, repeated.answer, repeated.session) == ("hello", "old", "ses-1")
        compared = await loop.screen.find(events.AnswersCompared, 2)
        assert (compared.before, compared.after) == ("old", "new")
        assert turns.asked == ["hello", "hello"]
        loop.edit(other="another")
        await loop.screen.find(events.NotAffected)
        assert len(server.created) == 2


async def test_a_change_during_an_answer_cancels_it_first(server: WeakServer) -> None:
    goes_on(server)
    async with editing(server, turns=Said("hello")) as loop:
        await loop.screen.find(events.RunStarted)
        loop.edit(main="two")
        await loop.screen.find(events.TurnRepeated)
        kinds = [type(event) for event in loop.screen.all(events.LoopEvent)]  # type: ignore[arg-type]
        assert kinds.index(events.RunSuperseded) < kinds.index(events.TurnRepeated)
        assert len(server.cancelled) == 1


async def test_what_was_deployed_last_answers_while_the_code_is_broken(server: WeakServer) -> None:
    ends(server)
    turns = Said("one")
    async with editing(server, turns=turns) as loop:
        await loop.screen.find(events.WatchReady)
        loop.edit(main="broken")
        await loop.screen.find(events.EditBroken)
        turns.waiting_messages.append("two")
        loop.press("r")
        started = await loop.screen.find(events.RunStarted, 2)
        assert (started.earlier, started.cause) == (True, Cause.REQUEST)
        assert turns.asked == ["one", "two"]
        assert not loop.screen.all(events.EditMended)
        loop.edit(main="three")
        await loop.screen.find(events.EditMended)
        assert (await loop.screen.find(events.RunStarted, 3)).earlier is False
        assert turns.asked == ["one", "two", "two"]


async def test_nothing_answers_if_nothing_was_ever_deployed(server: WeakServer) -> None:
    turns = Said("one")
    async with editing(server, turns=turns, texts={"main": "broken"}) as loop:
        await loop.screen.find(events.EditBroken)
        loop.press("r")
        await loop.screen.find(events.EditBroken, 2)
        assert turns.pending
        loop.edit(main="one")
        await loop.screen.find(events.RunStarted)
        assert turns.asked == ["one"]
