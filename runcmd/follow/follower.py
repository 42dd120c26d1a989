"""Watch an execution until it ends, whatever the connection does."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import anyio

from runcmd.backend.calls import Backend
from runcmd.backend.messages import Execution
from runcmd.backend.refusals import UnavailableError, UnsupportedError
from runcmd.backend.sight import Sight
from runcmd.errors import BackendError
from runcmd.events import Detail, Emit, Event, Phase, Reconnected, Reconnecting, Warned
from runcmd.follow.news import news
from runcmd.follow.pace import Pace
from runcmd.follow.requested_events import requests_of
from runcmd.follow.told_events import events_of, usage_of
from runcmd.follow.view import View, merge
from runcmd.follow.weave import woven

NO_REQUESTS = "this backend does not record what goes to models and servers: there is no more to show with -v"
STILL_PENDING = "it is still pending: this server has accepted it, and perhaps has no runner that takes it up"
LAST_WORDS_SECONDS = 10.0  # for what an execution told that has ended meanwhile


class Follower:
    """Emits what is new until the execution has ended. `view` is the newest that is known."""

    def __init__(
        self,
        backend: Backend,
        view: View,
        emit: Emit,
        pace: Pace,
        connect: Callable[[], Awaitable[object]],
        detail: Detail = Detail.NONE,
    ) -> None:
        self.view = view
        self._backend = backend
        self._id = view.execution
        self._emit = emit
        self._pace = pace
        self._connect = connect
        self._lock = anyio.Lock()
        self._pending_said = False  # that nothing takes it up
        self._attempt = 0  # reconnecting, and nothing received since
        self._received_at = 0.0  # the last snapshot
        self._progressed = False  # something was new since this was set
        self._told = 0  # the number of the newest note
        self._detail = detail
        self._requested = 0  # as `_told`, of requests
        self._pending: deque[Event] = deque()  # not emitted yet

    async def run(self) -> None:
        """Raises BackendError when the backend is lost for good."""
        failures = 0
        while True:
            opened = anyio.current_time()
            self._progressed = False
            reason = await self._listen()
            if not self.view.ended:
                reason = await self.poll() or reason
            if self.view.ended:
                return
            lived = anyio.current_time() - opened
            failures = self._pace.failures(failures, progressed=self._progressed, lived_seconds=lived)
            if failures > self._pace.attempts:
                raise self._lost(reason)
            await self._pause(failures, reason)

    async def accept(self, snapshot: Execution) -> None:
        """Takes in a snapshot and emits what is new in it; of one that has ended, also what it told."""
        if merge(self.view, snapshot).ended and not self.view.ended and self._backend.tells:
            with anyio.move_on_after(LAST_WORDS_SECONDS), suppress(BackendError):
                await self._watch(self._see)
        await self._see(Sight(execution=snapshot))

    async def _watch(self, received: Callable[[Sight], Awaitable[None]]) -> None:
        after = self._requested if self._detail else None
        await self._backend.watch(self.view.kind, self._id, self._told, received, after)

    async def _see(self, sight: Sight) -> None:
        async with self._lock:
            self._received_at = anyio.current_time()
            if self._attempt:
                await self._emit(Reconnected(attempt=self._attempt))
                self._attempt = 0
            await self._take_in(sight)
            await self._emit_pending()

    async def flush(self) -> None:
        """Returns when all that was taken in has been emitted."""
        async with self._lock:
            await self._emit_pending()

    async def _take_in(self, sight: Sight) -> None:
        before = self.view
        if sight.usage is not None and not before.ended:
            self.view = replace(self.view, usage=usage_of(sight.usage), tells=True)
        if sight.execution is not None:
            self.view = merge(self.view, sight.execution)
        notes = [note for note in sight.notes if note.number > self._told or note.HasField("gone")]
        requests = [note for note in sight.requests if note.number > self._requested or note.HasField("gone")]
        told = [*events_of(notes), *requests_of(requests, self._detail)]
        self._pending += woven(news(before, self.view), told, self.view)
        self._told = max((self._told, *(note.number for note in notes)))
        self._requested = max((self._requested, *(note.number for note in requests)))

    async def _emit_pending(self) -> None:
        # A cancel may come between two events: the next call emits what is left.
        while self._pending:
            self._progressed = True
            await self._before(self._pending[0])
            await self._emit(self._pending[0])
            self._pending.popleft()

    async def _before(self, event: Event) -> None:
        """What must be said before this."""

    async def _listen(self) -> str:
        """Until the stream breaks or the execution has ended; then why."""
        reason = "the stream ended before the execution did"
        fatal: BackendError | None = None

        async def guarded(listen: Callable[[], Awaitable[None]]) -> None:
            nonlocal reason, fatal
            try:
                await listen()
            except UnavailableError as error:
                reason = error.message
            except BackendError as error:
                fatal = error
            group.cancel_scope.cancel()

        async def received(sight: Sight) -> None:
            await self._see(sight)
            if self.view.ended:
                group.cancel_scope.cancel()

        async def subscribe() -> None:
            if self._backend.tells:
                try:
                    return await self._watch(received)
                except UnsupportedError:
                    if self._detail:
                        await self._emit(Warned(text=NO_REQUESTS))
            await self._backend.subscribe(
                self.view.kind, self._id, lambda snapshot: received(Sight(execution=snapshot))
            )

        self._received_at = anyio.current_time()
        async with anyio.create_task_group() as group:
            group.start_soon(guarded, subscribe)
            group.start_soon(guarded, self._poll_when_quiet)
        if fatal is not None:
            raise fatal
        return reason

    async def _poll_when_quiet(self) -> None:
        """An update may be lost on the server's side, the terminal one too: then nothing would ever come."""
        quiet = self._pace.quiet_seconds
        began = anyio.current_time()
        while not self.view.ended:
            quiet_for = anyio.current_time() - self._received_at
            if quiet_for < quiet:
                await anyio.sleep(quiet - quiet_for)
                continue
            self._progressed = False
            await self.accept(await self._backend.execution(self.view.kind, self._id, patient=False))
            quiet = self._pace.quiet(quiet, progressed=self._progressed)
            if anyio.current_time() - began >= self._pace.pending_seconds:
                await self._warn_of_pending()

    async def _warn_of_pending(self) -> None:
        """Servers of others accept an execution also where no runner is at work, and it waits for ever."""
        if self._backend.plain and self.view.phase is Phase.PENDING and not self._pending_said:
            self._pending_said = True
            await self._emit(Warned(text=STILL_PENDING))

    async def poll(self) -> str:
        """Asks for one snapshot; returns why there is none, or nothing."""
        try:
            await self.accept(await self._newest())
        except UnavailableError as error:
            return error.message
        return ""

    async def _newest(self) -> Execution:
        return await self._backend.execution(self.view.kind, self._id, patient=False)

    async def _pause(self, failures: int, reason: str) -> None:
        delay = self._pace.delay(failures)
        self._attempt = failures
        await self._emit(Reconnecting(attempt=failures, delay=delay, reason=reason))
        await anyio.sleep(delay)
        if failures > 1:
            # The backend of this machine is started again where it died; it goes on with what it did.
            with suppress(BackendError):
                await self._connect()

    def _lost(self, reason: str) -> BackendError:
        phase = self.view.phase.value if self.view.phase else "unknown"
        return BackendError(
            f"lost sight of {self._id} (last seen: {phase}): {reason}",
            code="E0606",
            hint=f"it may still be running; look again with: {self._again()}",
            facts={"execution": self._id},
        )

    def _again(self) -> str:
        return self._backend.address.command("executions follow", self._id)
