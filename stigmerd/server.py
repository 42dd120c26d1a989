"""A backend: store, engine and services behind gRPC."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from stigmer_api.devloop_pb2 import DescribeReply
from stigmer_api.version import PROTOCOL, VERSION
from stigmerd.agents.late import LateAgents, remove_left_processes
from stigmerd.children.strays import LOCK, no_strays
from stigmerd.engine.engine import Engine
from stigmerd.engine.interfaces import AgentRunner, ExecutionEngine
from stigmerd.executions.housekeeping import Housekeeping
from stigmerd.executions.limits import RecordLimits
from stigmerd.executions.log import Executions
from stigmerd.executions.pruning import Pruning
from stigmerd.resources.contexts import ContextCollection
from stigmerd.resources.launch import ExecutionLauncher
from stigmerd.resources.lookup import Lookup
from stigmerd.resources.repository import Repository
from stigmerd.resources.starter import Starter
from stigmerd.services.activity import ClientActivity
from stigmerd.services.limits import MemoryBudgets
from stigmerd.services.registry import Services
from stigmerd.services.rpc import Router
from stigmerd.services.standard import standard_handlers
from stigmerd.services.transport import Listeners
from stigmerd.store.clock import now
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault

logger = logging.getLogger(__name__)

DATABASE = "stigmerd.db"
CLOSE_GRACE_SECONDS = 0.5
SHORTEST_NAP_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where it keeps its data and where it listens."""

    data_dir: Path | None = None  # None: in memory, gone at the end
    scratch_dir: Path | None = None  # with data in memory: for what has to be a file, gone at the end as well
    addresses: tuple[str, ...]  # `unix:/path` or `host:port`; port 0: any
    token: str | None = None  # asked for on TCP
    idle_stop_seconds: float = 0  # 0: never
    log_file: Path | None = None
    records: RecordLimits = field(default_factory=RecordLimits)


AgentsOf = Callable[[Executions, Lookup, Path | None], AgentRunner]


class Server:
    """A running backend."""

    def __init__(self, settings: ServerSettings, activity: ClientActivity, engine: ExecutionEngine) -> None:
        self.addresses: tuple[str, ...] = ()
        self.missing = ""  # of what was stored, in a sentence
        self._settings = settings
        self._activity = activity
        self._engine = engine
        self._started_at = now()
        self._stopping = anyio.Event()

    @property
    def live_executions(self) -> int:
        return self._engine.live

    def shut_down(self) -> None:
        self._stopping.set()

    def shut_down_if_idle(self) -> None:
        """For a client that wants to replace it: a call in progress or an execution keeps it."""
        if not self._engine.live and not self._activity.calls:
            self.shut_down()

    async def wait_idle_or_shutdown(self) -> None:
        """Returns when it was told to stop, or has had neither executions nor calls for long enough."""
        while not self._stopping.is_set():
            with anyio.move_on_after(self._nap_seconds()):
                await self._stopping.wait()
            if self._idle():
                logger.info("idle for %g seconds", self._settings.idle_stop_seconds)
                return

    def describe(self) -> DescribeReply:
        settings = self._settings
        return DescribeReply(
            version=VERSION,
            protocol=PROTOCOL,
            pid=os.getpid(),
            started_at=self._started_at,
            data_dir=str(settings.data_dir or ""),
            addresses=self.addresses,
            live_executions=self._engine.live,
            idle_stop_seconds=settings.idle_stop_seconds,
            log_file=str(settings.log_file or ""),
        )

    def _nap_seconds(self) -> float:
        limit = self._settings.idle_stop_seconds
        if limit <= 0:
            return float("inf")
        busy = self._engine.live or self._activity.calls
        return limit if busy else max(limit - self._quiet_seconds, SHORTEST_NAP_SECONDS)

    def _idle(self) -> bool:
        limit = self._settings.idle_stop_seconds
        return limit > 0 and self._quiet_seconds >= limit

    @property
    def _quiet_seconds(self) -> float:
        """Since the last call or execution ended; 0 while there is one."""
        return min(self._activity.quiet_seconds, self._engine.quiet_seconds)


@asynccontextmanager
async def open_server(settings: ServerSettings, *, agents: AgentsOf = LateAgents) -> AsyncIterator[Server]:
    """Raises StoreError, VaultError or AddressError. Unfinished executions go on at the next open."""
    began = time.perf_counter()
    if settings.data_dir is not None:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    failure: Exception | None = None
    store = Store.open(settings.data_dir and settings.data_dir / DATABASE)
    try:
        if store.missing:
            logger.error("%s", store.missing)
        vault = Vault.open(settings.data_dir)
        async with _opened(settings, store, vault, agents) as server:
            server.missing = store.missing
            milliseconds = (time.perf_counter() - began) * 1000
            logger.info("ready in %.0f ms on %s", milliseconds, ", ".join(server.addresses))
            try:
                yield server
            except Exception as error:  # the caller's own: our task groups would wrap it
                failure = error
    finally:
        store.close()
    if failure is not None:
        raise failure


@asynccontextmanager
async def _opened(
    settings: ServerSettings, store: Store, vault: Vault, agents: AgentsOf
) -> AsyncIterator[Server]:
    executions = Executions(store, vault, settings.records)
    repository = Repository(store, vault)
    starter = Starter(repository, executions)
    lookup = Lookup(repository, executions)
    engine = Engine(
        executions=executions,
        starter=starter,
        workflows=lookup.workflow_of,
        launcher=ExecutionLauncher(repository, executions, starter),
        agents=agents(executions, lookup, settings.data_dir or settings.scratch_dir),
        helpers=settings.data_dir and settings.data_dir / LOCK,
    )
    pruning = Pruning(store)
    activity = ClientActivity()
    server = Server(settings, activity, engine)
    budgets = MemoryBudgets(locked=settings.token is not None)
    router = Router(activity, budgets, store.disk.flushed)
    names = Services(repository, executions, engine, pruning).register(router, server)
    listeners = Listeners((router, *standard_handlers(names, budgets)), settings.token)
    server.addresses = listeners.bind(settings.addresses)
    async with anyio.create_task_group() as background:
        async with engine:
            try:
                if settings.data_dir is not None:
                    # What an earlier one had begun would be done twice at the same time.
                    await no_strays(settings.data_dir / LOCK)
                    await remove_left_processes(settings.data_dir)
                ContextCollection(repository).sweep()
                engine.recover()
                await listeners.open()
                if settings.data_dir is not None:
                    background.start_soon(Housekeeping(store, pruning).work)
                yield server
            finally:
                with anyio.CancelScope(shield=True):
                    await listeners.close(CLOSE_GRACE_SECONDS)
        executions.notes.write_all()
        background.cancel_scope.cancel()
