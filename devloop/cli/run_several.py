"""`stigmer run A B` and `stigmer run --all`: several runs side by side, and one exit status."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import anyio

from devloop.cli.connect import BackendChoice, open_connection
from devloop.cli.show import gave_up, show_failure, show_run
from devloop.cli.warm import WarmPlace
from devloop.render.several import SeveralScreen
from devloop.terminal.signals import cancelling
from runcmd.backend.patience import Connect
from runcmd.deploy import Deployed
from runcmd.errors import EXIT_FAILED, EXIT_OK, RunError
from runcmd.events import CancelReason, Event, Outcome, RunFinished
from runcmd.execute import execute
from runcmd.request import RunRequest
from runcmd.stream import EXIT_CODES, Run
from runcmd.together import FoundTarget, Together

Answers = Callable[[SeveralScreen, Connect], AbstractAsyncContextManager[None]]


async def run_several(
    request: RunRequest,
    backend: BackendChoice,
    screen: SeveralScreen,
    jobs: int | None,
    warm: WarmPlace,
    answering: Answers,
) -> int:
    """The exit status. `jobs`: at most so many at a time; None: all."""
    began = time.monotonic()
    async with open_connection(backend) as connect, answering(screen, connect):
        together = Together(request, connect, warm.open())
        async with together.open_deployment() as deployment:
            status = await show_run(deployment, _Failures(screen), leaving=screen.borrowed.release)
        if status != EXIT_OK or not together.targets:
            return status
        runs = SideBySide(screen, jobs or len(together.targets), began)
        try:
            with (
                cancelling(runs.cancel, leaving=screen.borrowed.release),
                screen.borrowed.while_running(),
            ):
                async with together.connected() as deployed:
                    await runs.perform(together.targets, deployed)
                if runs.unwritable is None:
                    screen.finish(runs.results)
        except RunError as error:
            return show_failure(screen.common, error)
        except OSError as error:
            return gave_up(error)
    warm.keep()
    return gave_up(runs.unwritable) if runs.unwritable is not None else status_of(runs.results)


def status_of(results: Mapping[str, RunFinished]) -> int:
    """Of all: 0 if all succeeded; that of those that failed if it is the same; else 1."""
    codes = {each.exit_code for each in results.values()} - {EXIT_OK}
    return EXIT_OK if not codes else codes.pop() if len(codes) == 1 else EXIT_FAILED


class SideBySide:
    """Runs that go on at the same time, with one way to end them sooner."""

    def __init__(self, screen: SeveralScreen, jobs: int, began: float) -> None:
        self.unwritable: OSError | None = None
        self.results: dict[str, RunFinished] = {}
        self._screen = screen
        self._jobs = anyio.CapacityLimiter(jobs)
        self._began = began
        self._runs: list[Run] = []
        self._reason: CancelReason | None = None

    def cancel(self, reason: CancelReason) -> None:
        """Those that have not begun do not begin any more."""
        self._reason = reason
        for each in self._runs:
            each.cancel(reason)

    async def perform(self, targets: list[FoundTarget], deployed: Deployed) -> None:
        """Returns when all are over."""
        async with anyio.create_task_group() as tasks:
            for each in targets:
                tasks.start_soon(self._perform, each, deployed)
        self.results = {each.name: self.results[each.name] for each in targets}

    async def _perform(self, each: FoundTarget, deployed: Deployed) -> None:
        async with self._jobs:
            if self._reason is not None:
                self.results[each.name] = RunFinished(
                    outcome=Outcome.CANCELLED, exit_code=EXIT_CODES[self._reason], name=each.target.name
                )
                return
            timeout = each.request.timeout
            left = None if timeout is None else self._began + timeout - time.monotonic()
            async with execute(each.target, each.request, deployed, timeout=left) as run:
                self._runs.append(run)
                async for event in run:
                    self._show(each.name, event)
                self._runs.remove(run)

    def _show(self, name: str, event: Event) -> None:
        if isinstance(event, RunFinished):
            self.results[name] = event
        if self.unwritable is None:
            try:
                self._screen.show(name, event)
            except OSError as error:
                self.unwritable = error
                self.cancel(CancelReason.TERMINATED)


class _Failures:
    """The screen of the deployment: its end is worth a word only if it failed."""

    def __init__(self, screen: SeveralScreen) -> None:
        self._inner = screen.common

    def show(self, event: Event) -> None:
        if not isinstance(event, RunFinished) or event.exit_code != EXIT_OK:
            self._inner.show(event)

    def close(self) -> None:
        self._inner.close()
