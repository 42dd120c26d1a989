"""The agent process's side of a question: it waits for the daemon's answer, and no time runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from itertools import count

from stigmerd.agents.frames import Message
from stigmerd.executions.questions import Decided
from stigmerd.store.json import Json

Pausing = Callable[[], AbstractContextManager[None]]  # inside, no time runs

_call: ContextVar[str] = ContextVar("call", default="")


class Asker:
    """The questions of one execution."""

    def __init__(self, execution_id: str, send: Callable[[Message], None]) -> None:
        self._id = execution_id
        self._send = send
        self._asked: dict[str, asyncio.Future[Decided]] = {}
        self._numbers = count(1)
        self._pausing: dict[str, Pausing] = {}  # of calls
        self.pausing: Pausing = nullcontext  # of the execution
        self.unapproved: set[str] = set()  # calls that wait for an approval

    async def ask(
        self,
        kind: str,
        call: str,
        about: Mapping[str, Json],
        *,
        question: str = "",
        args: Json = None,
        timeout: float | None = None,
    ) -> Decided:
        """Waits for the answer, however long it takes. Cancelled: the question is withdrawn.

        Args:
            kind: `form`, `link`, `sampling`; for an approval see `approve`.
            call: the id of the tool call that waits, as it is reported.
            about: what a person sees: `tool`, `server`, `text`, and what the kind needs.
            question: its id; empty: a new one.
            args: what makes it this question, beside what it is about; not stored.
            timeout: seconds until it counts as declined.
        """
        question = question or f"{call}#{next(self._numbers)}"
        known = {**about, **({"timeout": timeout} if timeout else {})}
        answered: asyncio.Future[Decided] = asyncio.get_running_loop().create_future()
        self._asked[question] = answered
        self._send(
            {
                "type": "ask",
                "id": self._id,
                "question": {"id": question, "call": call, "kind": kind, "input": known},
                "args": args,
            }
        )
        try:
            with self._pausing.get(call, self.pausing)():
                return await answered
        except asyncio.CancelledError:
            self._send({"type": "unask", "id": self._id, "question": question})
            raise
        finally:
            self._asked.pop(question, None)

    async def approve(
        self, call: str, about: Mapping[str, Json], args: Json, timeout: float | None = None
    ) -> Decided:
        """May this call be made?"""
        self.unapproved.add(call)
        answer = await self.ask("approval", call, about, question=call, args=args, timeout=timeout)
        self.unapproved.discard(call)  # a call that was cancelled meanwhile still waits, in the record
        return answer

    def answered(self, question: str, answer: Mapping[str, Json]) -> None:
        """The daemon knows it."""
        future = self._asked.get(question)
        if future is not None and not future.done():
            future.set_result(Decided(**answer))

    @contextmanager
    def counted_by(self, call: str, pausing: Pausing) -> Iterator[None]:
        """While a call is made, questions of it stop this clock: that of the helper which makes it."""
        self._pausing[call] = pausing
        token = _call.set(call)
        try:
            yield
        finally:
            _call.reset(token)
            del self._pausing[call]


def current_call() -> str:
    """The id of the call that this task makes, as it is reported; empty: none."""
    return _call.get()
