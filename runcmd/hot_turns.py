"""The turns of a conversation whose code changes: what is asked next, and what is asked again, where."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcmd.answer_text import AnswerText
from runcmd.backend.calls import Backend
from runcmd.backend.refusals import NotFoundError, RefusedError, UnsupportedError
from runcmd.continued import find_in_session, not_an_agent
from runcmd.deploy import Deployed
from runcmd.errors import TargetError
from runcmd.events import Emit, Event, ExecutionCreated, Outcome, RunFinished, TargetKind
from runcmd.frozen import Frozen
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.sessions import fork_session, session_history
from runcmd.talk import Talk, among_agents
from runcmd.target import Choose, find_target

if TYPE_CHECKING:
    from stigmer_api.attachments import Attachment


class Repetition(Frozen):
    """A message that is asked again."""

    message: str
    answer: str  # before, as far as it got
    execution: str  # of that answer
    session: str  # where it is asked now; empty: in a new one


class Comparison(Frozen):
    """A message was asked again: what was answered before, and now."""

    before: str
    after: str
    executions: tuple[str, str]


@dataclass(kw_only=True)
class _Turn:
    """A message, and where it was asked."""

    message: str
    base: str  # the session before it, as it was asked last; empty: there was none
    files: tuple[Attachment, ...] = ()  # that were given with it
    execution: str = ""  # of its newest answer; empty: there is none
    said: AnswerText = field(default_factory=AnswerText)  # the newest answer, as far as it got
    before: Comparison | None = None  # an older answer, with which the next one is compared


class ChatTurns:
    """Asks each message in the session of `talk`, and the last one again in a fork of it."""

    def __init__(self, talk: Talk) -> None:
        self.comparison: Comparison | None = None  # of the last message
        self.finished: RunFinished | None = None  # how the newest turn ended
        self._talk = talk
        self._message: str | None = None
        self._turn: _Turn | None = None
        self._asked: dict[str, _Turn] = {}  # all of this conversation, by execution
        self._found: RunRequest | None = None
        self._forks = True  # the backend can

    @property
    def pending(self) -> bool:
        """Somebody said something that was not asked yet."""
        return self._message is not None

    @property
    def waiting(self) -> bool:
        """There is something to ask, or to ask again."""
        return self.pending or (self._turn is not None and (self._forks or not self._turn.base))

    def say(self, message: str) -> None:
        """It is to be asked next."""
        self._message, self.finished = message, None

    def unsay(self) -> None:
        """It is not, after all."""
        self._message = None

    async def find(
        self, request: RunRequest, deployed: Deployed, choose: Choose | None, emit: Emit
    ) -> Candidate:
        """Who is asked; the first time, also in which session. Raises RunError."""
        request, among = among_agents(request, deployed)
        if self._found is None:
            request, target = await find_in_session(request, among, choose, emit)
            if target.kind is not TargetKind.AGENT:
                raise not_an_agent(target)
            of_session = request.session and request.selector is None
            self._found = replace(request, selector=target.slug) if of_session else request
            self._talk.session = request.session
        else:
            selector = request.selector or (self._found.selector if self._found.session else None)
            target = await find_target(replace(request, selector=selector, session=""), among, choose, emit)
        self._talk.target = target
        return target

    async def next(self, request: RunRequest, deployed: Deployed) -> Repetition | None:
        """Decides what is asked now. None: it is asked for the first time.

        Raises TargetError: the session cannot be forked. If that is because the backend cannot do it, nothing
        is asked again from now on. Raises BackendError.
        """
        if self._message is not None:
            files, self._talk.files = self._talk.files, ()
            self._turn = _Turn(message=self._message, base=self._talk.session, files=files)
            self._message, self.comparison = None, None
            return None
        turn = self._turn
        assert turn is not None, "nobody asks unless something waits"
        old = turn.execution
        if old:
            if turn.base:
                turn.base = await self._fork(deployed.backend, old)
            if turn.before is None or turn.said.complete:
                turn.before = Comparison(before=turn.said.text, after="", executions=(old, ""))
        turn.execution, turn.said = "", AnswerText()
        if turn.before is None:
            return None  # it never got to the backend
        before = turn.before
        return Repetition(
            message=turn.message, answer=before.before, execution=before.executions[0], session=turn.base
        )

    async def _fork(self, backend: Backend, execution: str) -> str:
        try:
            return await fork_session(backend, self._talk.session, before=execution)
        except (UnsupportedError, RefusedError, NotFoundError) as error:
            self._forks = self._forks and not isinstance(error, UnsupportedError)
            # Not one of the backend, which would be tried again and again.
            raise TargetError(
                error.message, code=error.code, hint="the new code answers from the next message on"
            ) from error

    def asks(self, request: RunRequest) -> RunRequest:
        """With the message and the session of the turn that `next` has decided for."""
        assert self._turn is not None, "`next` comes first"
        return replace(
            request,
            message=self._turn.message,
            attachments=self._turn.files,
            session=self._turn.base,
            models=self._talk.request.models,  # somebody may have chosen another one meanwhile
            follow=True,
        )

    def heard(self, event: Event) -> Comparison | None:
        """An event of the turn; after the last one, how its answer compares with the one before."""
        turn = self._turn
        assert turn is not None, "it was asked"
        self._talk.heard(event)
        turn.said.hear(event)
        if isinstance(event, ExecutionCreated):
            turn.execution = event.execution
            self._asked[event.execution] = turn
        if not isinstance(event, RunFinished):
            return None
        self.finished = event
        if turn.before is None or event.outcome is not Outcome.SUCCEEDED:
            return None
        before = turn.before
        self.comparison = replace(
            before, after=turn.said.text, executions=(before.executions[0], turn.execution)
        )
        return self.comparison

    async def look_back(self, backend: Backend) -> None:
        """Somebody may have undone or forked something: which turn is the last one now?"""
        if self._turn is None or not self._forks:
            if self._talk.session == "":
                self._forget(None)
            return
        last = ""
        if self._talk.session:
            try:
                turns = (await session_history(backend, self._talk.session)).turns
            except UnsupportedError:
                self._forks = False
                return
            last = next((each.execution for each in reversed(turns) if not each.undone), "")
        if last != self._turn.execution:
            self._forget(self._asked.get(last))

    def _forget(self, last: _Turn | None) -> None:
        self._turn, self.comparison = last, None
