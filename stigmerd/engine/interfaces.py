"""The edges of the engine: what it offers, and what it needs from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from stigmerd.engine.effect_journal import EffectJournal
from stigmerd.engine.limits import Retries
from stigmerd.engine.reporter import TaskReporter
from stigmerd.executions.client_env import ClientEnv
from stigmerd.executions.log import Executions
from stigmerd.executions.notes import Notes
from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.resources.kinds import M
from stigmerd.resources.launch import ExecutionLauncher
from stigmerd.resources.plans import ExecutionPlan
from stigmerd.store.json import Json


class ExecutionEngine(Protocol):
    """Owns what runs. This is all that the services, and the calls that start other executions, see of it."""

    @property
    def live(self) -> int:
        """How many executions are at work."""

    @property
    def quiet_seconds(self) -> float:
        """Since the last one ended; 0 while one is at work."""

    async def execute(
        self,
        plan: ExecutionPlan[M],
        client_env: ClientEnv,
        *,
        watched: bool = False,
        carried: frozenset[str] = frozenset(),
        seed: Callable[[str], None] | None = None,
    ) -> M:
        """Stores a new execution and starts it. Returns it as accepted. Raises RpcError.

        `carried`: see `Starter.store`. `seed`: adds to it, by its id, before it starts.
        """

    def start(self, execution_id: str, *, watched: bool = False) -> None:
        """Starts one that is stored. Returns at once. One that runs or has ended is left alone.

        One that is about to be `watched` gives the subscriber a moment to come before it works:
        otherwise its first tasks would delay the first snapshot.
        """

    def warm(self) -> None:
        """An agent is likely to be executed soon. Returns at once."""

    def signal(self, execution_id: str, signal_id: str, payload: Json) -> bool:
        """Whether a task waits for it; it is kept otherwise. Raises KeyError, TooMuch."""

    def pause(self, execution_id: str, reason: str) -> None:
        """Tasks that have not begun wait until `resume`, also over a restart. Raises KeyError."""

    def resume(self, execution_id: str) -> None:
        """One that was not paused goes on as it does."""

    async def cancel(self, execution_id: str, reason: str, wait_seconds: float) -> bool:
        """Whether it had ended, or ended within the time. Raises KeyError."""

    async def stop_child(self, execution_id: str, reason: str) -> None:
        """For a workflow whose task is cancelled; not when the server stops: the child goes on too."""


class AgentRunner(Protocol):
    """Drives agent executions."""

    async def run(self, execution_id: str) -> None:
        """Until it has recorded Ended. Cancelled: stops all of it, then lets the cancellation through."""

    async def warm(self) -> None:
        """Soon there will be an agent to run: start what takes long. Raises nothing of its own."""

    async def aclose(self) -> None: ...


class CallContext(NamedTuple):
    """The execution that calls."""

    execution_id: str
    org: str
    annotations: Mapping[str, str]  # of the workflow
    tokens: SecretTokens
    reporter: TaskReporter
    journal: EffectJournal
    notes: Notes


class Call(Protocol):
    """Performs one kind of call."""

    async def __call__(self, key: str, arguments: Mapping[str, Json], context: CallContext) -> Json:
        """The result, or TaskFailed. `arguments` may hold tokens of secrets: reveal them late."""

    async def aclose(self) -> None:
        """The backend stops."""


class CallTools(NamedTuple):
    """What a kind of call may need, once for all executions."""

    executions: Executions
    launcher: ExecutionLauncher
    engine: ExecutionEngine
    retries: Retries
    helpers: Path | None  # the lock that started processes hold, see stigmerd/children/strays.py
