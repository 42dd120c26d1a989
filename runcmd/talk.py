"""A conversation with one agent: deployed once, then a run for each message, all in one session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from runcmd.backend.patience import Connect
from runcmd.continued import find_in_session, not_an_agent
from runcmd.create import warn_of_empty_values
from runcmd.deploy import Deployed, deploy, known_of
from runcmd.errors import EXIT_OK, TargetError
from runcmd.events import Event, ExecutionCreated, Outcome, RunFinished, TargetKind
from runcmd.execute import execute
from runcmd.request import RunRequest
from runcmd.resolve import Candidate, no_project, resolve
from runcmd.resource import KnownResource
from runcmd.stream import Run, open_stream
from runcmd.target import Choose

if TYPE_CHECKING:
    from runcmd.synthesis.interfaces import Synthesizer
    from runcmd.synthesis.manifest import Manifest


class Talk:
    """Knows the agent, and the session once there is one."""

    def __init__(
        self,
        request: RunRequest,
        connect: Connect,
        choose: Choose | None = None,
        synthesizer: Synthesizer | None = None,
    ) -> None:
        self.request = request
        self.files = request.attachments  # that go with the next message
        self.session = ""  # its id; empty: the next message begins one
        self.executions: list[str] = []  # that were asked for in this session
        self.target: Candidate | None = None
        self._connect = connect
        self._choose = choose
        self._synthesizer = synthesizer
        self._manifest: Manifest | None = None
        self._known: tuple[KnownResource, ...] = ()

    def open_deployment(self) -> AbstractAsyncContextManager[Run]:
        """Deploys and finds the agent, and the session that is to go on, as a stream of events."""
        return open_stream(self._deploy)

    async def _deploy(self, run: Run) -> RunFinished:
        if self.request.project is None and self.request.selector is None and not self.request.session:
            raise no_project()
        await warn_of_empty_values(self.request, run.emit)
        if self.request.project is not None:
            from runcmd.synthesis.discover import discover

            self._manifest = await discover(self.request.project, run.emit, synthesizer=self._synthesizer)
        async with deploy(self.request, self._connect, run.emit, manifest=self._manifest) as deployed:
            self._known = known_of(self._manifest, deployed)
            request, deployed = among_agents(self.request, deployed)
            self.request, target = await find_in_session(request, deployed, self._choose, run.emit)
            if target.kind is not TargetKind.AGENT:
                raise not_an_agent(target)
        self.target, self.session = target, self.request.session
        return RunFinished(outcome=Outcome.SUCCEEDED, exit_code=EXIT_OK)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Deployed]:
        """The backend, which has been brought up to date. Raises RunError."""
        async with deploy(
            self.request, self._connect, _said_before, manifest=self._manifest, known=self._known
        ) as deployed:
            yield deployed

    def ask(self, message: str, deployed: Deployed) -> AbstractAsyncContextManager[Run]:
        """One turn, as a stream of events, all of which `heard` must get."""
        assert self.target is not None, "it was deployed"
        files, self.files = self.files, ()
        request = replace(self.request, message=message, attachments=files, session=self.session, follow=True)
        return execute(self.target, request, deployed, timeout=request.timeout)

    def heard(self, event: Event) -> None:
        """The first message has begun the session."""
        if isinstance(event, ExecutionCreated):
            self.session = event.session or self.session
            self.executions.append(event.execution)

    def go_on_in(self, session: str) -> None:
        """Another session, which is there already; empty: the next message begins one."""
        self.session = session
        self.executions.clear()


def among_agents(request: RunRequest, deployed: Deployed) -> tuple[RunRequest, Deployed]:
    """Only they talk: nobody is asked to choose a workflow, nor is one the default."""
    agents = tuple(each for each in deployed.candidates if each.kind is TargetKind.AGENT)
    if request.project is None or request.session:
        return request, deployed
    if request.selector is not None:
        meant = resolve(request.selector, agents) is not None
        return request, replace(deployed, candidates=agents) if meant else deployed
    if not agents:
        raise TargetError(
            "there is nobody to talk with: the project declares no agent",
            code="E0604",
            hint="name one that is deployed: stigmer run -i NAME",
        )
    default = request.default if request.default and resolve(request.default, agents) else None
    return replace(request, default=default), replace(deployed, candidates=agents)


async def _said_before(event: Event) -> None:
    """The deployment is on the screen already."""
