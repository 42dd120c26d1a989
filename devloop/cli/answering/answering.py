"""The questions of the runs on a screen: shown one after the other, each answered with a key."""

from __future__ import annotations

import asyncio
import termios
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any, Final, NamedTuple

from devloop.cli.answering.form import FormField, fields_of, problem_in
from devloop.cli.answering.line import typed_line
from devloop.terminal.keys import Keyboard
from devloop.terminal.stream import Terminal
from devloop.terminal.visible import visible
from runcmd.backend.calls import open_backend
from runcmd.backend.patience import Connect
from runcmd.backend.question_calls import answer_question
from runcmd.backend.refusals import NotFoundError, RefusedError
from runcmd.errors import BackendError
from runcmd.events import Event, Nested, QuestionAnswered, QuestionAsked, RunFinished, Warned

Show = Callable[[Event], None]

APPROVE_KEYS = "[y]es / [n]o / [a]lways in this run / [d]eny with a reason"
OTHER_KEYS = "[y]es / [n]o"
FORM_KEYS = "[y] fill it in / [n]o / [c] put it away"
BY_KEY = frozenset({"approval", "form", "link", "sampling"})
HERE = "stigmer run"
GONE: Final = object()
AGAIN = "the answer did not get through; press the key again"


class _Asked(NamedTuple):
    source: Hashable  # the run
    question: QuestionAsked
    event: Event  # the question, perhaps of a nested execution
    show: Show


class Answering:
    """Where somebody sits at the terminal of a run."""

    def __init__(
        self,
        keyboard: Keyboard,
        descriptor: int,
        out: Terminal,
        connect: Connect,
        *,
        shared: bool = False,
        lent: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """
        Args:
            descriptor: of the terminal.
            shared: somebody else listens to the keyboard, and hands keys to `press`.
            lent: while it is open, nobody else draws on the screen.
        """
        self._keyboard = keyboard
        self._descriptor = descriptor
        self._out = out
        self._connect = connect
        self._shared = shared
        self._lent = lent
        self._waiting: list[_Asked] = []  # the first one is on the screen
        self._sending: asyncio.Task[None] | None = None
        self._typing: asyncio.Future[str] | None = None

    def take(self, event: Event, show: Show, source: Hashable = "") -> None:
        """Shows an event of a run, a question when its turn has come. Raises OSError."""
        inner = event.event if isinstance(event, Nested) else event
        if isinstance(inner, QuestionAsked) and inner.kind in BY_KEY:
            self._waiting.append(_Asked(source, inner, event, show))
            if len(self._waiting) == 1:
                self._ask()
            return
        show(event)
        if isinstance(inner, QuestionAnswered):
            self._drop(lambda each: _same(each.question, inner))
        elif isinstance(event, RunFinished):
            self.over(source)

    def over(self, source: Hashable) -> None:
        """A run asks nothing more. Raises OSError."""
        self._drop(lambda each: each.source == source)

    def press(self, key: str) -> bool:
        """Whether it was meant for a question."""
        if not self._waiting or self._sending is not None:
            return bool(self._waiting) and key.lower() in "ynadc"  # pressed twice
        kind = self._waiting[0].question.kind
        approval = kind == "approval"
        match key.lower():
            case "y" if kind == "form":
                self._sending = asyncio.create_task(self._fill_in())
            case "c" if kind == "form":
                self._send("CANCEL")
            case "y":
                self._send("ACCEPT")
            case "n":
                self._send("DECLINE")
            case "a" if approval:
                self._send("ACCEPT", always=True)
            case "d" if approval:
                self._sending = asyncio.create_task(self._deny())
            case _:
                return False
        return True

    def resume(self) -> None:
        """After a stop."""
        if not self._shared and self._waiting:
            self._keyboard.resume()

    def _ask(self) -> None:
        first = self._waiting[0]
        with suppress(termios.error):
            # What was typed before it could be read is no answer.
            termios.tcflush(self._descriptor, termios.TCIFLUSH)
        if not self._shared:
            self._keyboard.listen()
        asked = replace(first.question, hint=_keys(first.question))
        event = first.event
        first.show(replace(event, event=asked) if isinstance(event, Nested) else asked)

    def _drop(self, gone: Callable[[_Asked], bool]) -> None:
        """Those are not asked any more; the next one is."""
        before = self._waiting[:1]
        self._waiting = [each for each in self._waiting if not gone(each)]
        if self._waiting[:1] == before:
            return
        if self._typing is not None:
            self._typing.cancel()  # the reason is not wanted any more
        self._sending = self._typing = None
        if self._waiting:
            self._ask()
        elif not self._shared:
            self._keyboard.release()

    def _send(self, action: str, *, reason: str = "", always: bool = False) -> None:
        self._sending = asyncio.create_task(self._sent(action, reason, always))

    async def _sent(
        self, action: str, reason: str, always: bool, content: Mapping[str, Any] | None = None
    ) -> None:
        first = self._waiting[0]
        question = first.question
        try:
            async with open_backend(await self._connect(), self._connect) as backend:
                await answer_question(
                    backend,
                    question.execution,
                    question.question,
                    action,
                    by=HERE,
                    reason=reason,
                    always=always,
                    fingerprint=question.fingerprint,
                    content=content,
                )
        except (NotFoundError, RefusedError):
            pass  # somebody was quicker, which the execution says itself
        except BackendError as error:
            with suppress(OSError):  # said to who shows the next event
                first.show(Warned(text=f"{error.message}: {AGAIN}"))
            if self._waiting[:1] == [first]:
                self._sending = None

    async def _deny(self) -> None:
        """Asks for the reason, on a line that is typed as in a shell."""
        first = self._waiting[0]
        with self._lent(), self._resting():
            reason = await self._typed(f"   Why not {first.question.tool}? ")
        if reason is not None:
            await self._sent("DECLINE", reason, always=False)

    async def _fill_in(self) -> None:
        """Each field on a line; what does not fit is asked for again."""
        details = self._waiting[0].question.details
        content: dict[str, Any] = {}
        with self._lent(), self._resting():
            if problem := problem_in(details):
                self._out.line(f"   {visible(problem)}")
            for field in fields_of(details):
                value = await self._filled(field)
                if value is GONE:
                    return
                if value is not None:
                    content[field.name] = value
        await self._sent("ACCEPT", "", always=False, content=content)

    async def _filled(self, field: FormField) -> Any:
        """GONE: it is not asked any more."""
        while (text := await self._typed(f"   {visible(field.prompt)}")) is not None:
            try:
                return field.parsed(text)
            except ValueError as error:
                self._out.line(f"   {visible(str(error))}")
        return GONE

    async def _typed(self, prompt: str) -> str | None:
        """None: it is not asked any more."""
        self._out.write(prompt)
        self._out.flush()
        self._typing = asyncio.ensure_future(typed_line(self._descriptor))
        try:
            return await self._typing
        except asyncio.CancelledError:
            self._out.line()
            return None
        finally:
            self._typing = None

    @contextmanager
    def _resting(self) -> Iterator[None]:
        """No keys are read."""
        if self._shared:
            with self._keyboard.released():
                yield
            return
        self._keyboard.release()
        yield
        if self._waiting:
            self._keyboard.listen()


def _keys(question: QuestionAsked) -> str:
    match question.kind:
        case "approval":
            return f"Approve? {APPROVE_KEYS}"
        case "form":
            return FORM_KEYS
    return OTHER_KEYS


def _same(asked: QuestionAsked, answered: QuestionAnswered) -> bool:
    return (asked.execution, asked.question) == (answered.execution, answered.question)
