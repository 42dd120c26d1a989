"""A backend elsewhere is asked, and has a second to answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import anyio

from devloop.cli.completing.answer import NOTHING, Completion, values
from devloop.cli.connect import BackendChoice
from devloop.render.history import age
from devloop.render.words import state_word
from runcmd.backend.address import Address
from runcmd.backend.calls import Backend, open_backend
from runcmd.backend.messages import KIND_NUMBERS
from runcmd.history.ask import newest
from runcmd.history.past import Wanted

PATIENCE_SECONDS = 1.0


def ask(choice: BackendChoice, what: str, most: int, now: datetime) -> Completion:
    """Its targets, executions or sessions. Raises RunError."""
    return anyio.run(_ask, choice, what, most, now)


async def _ask(choice: BackendChoice, what: str, most: int, now: datetime) -> Completion:
    address = Address(target=choice.target, token=choice.token, tls=choice.tls)

    async def found() -> Address:
        return address

    with anyio.move_on_after(PATIENCE_SECONDS):
        async with open_backend(address, found) as backend:
            return await QUESTIONS[what](backend, choice.org, most, now)
    return NOTHING


async def _targets(backend: Backend, org: str, _most: int, _now: datetime) -> Completion:
    kinds = {number: kind.title for kind, number in KIND_NUMBERS.items()}
    return values((each.slug, kinds.get(each.kind, "")) for each in await backend.resources(org))


async def _executions(backend: Backend, _org: str, most: int, now: datetime) -> Completion:
    found, _ = await newest(backend, Wanted(), most)
    return values(
        (each.execution, f"{each.target} · {state_word(each.phase.value)} · {age(each.started_at, now)}")
        for each in found
    )


async def _sessions(backend: Backend, _org: str, most: int, now: datetime) -> Completion:
    found, _ = await newest(backend, Wanted(), most)
    pairs = {
        each.session: f"{each.target} · {age(each.started_at, now)}"
        for each in reversed(found)
        if each.session
    }
    return values(reversed(pairs.items()))


Question = Callable[[Backend, str, int, datetime], Awaitable[Completion]]
QUESTIONS: dict[str, Question] = {"targets": _targets, "executions": _executions, "sessions": _sessions}
