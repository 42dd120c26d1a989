"""Drives agent executions: hands each to the agent process, and writes down what it says."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from stigmer_api.config_file import config_file
from stigmerd.agents import process as agent_process
from stigmerd.agents.asking.desk import Desk
from stigmerd.agents.frames import FrameError, Message
from stigmerd.agents.interfaces import Resources
from stigmerd.agents.job import Job, gather
from stigmerd.agents.limits.allowed import AgentLimits
from stigmerd.agents.models import last_used
from stigmerd.agents.past import (
    UNMASKED_CONVERSATION,
    Past,
    in_flight,
    interrupted,
    remember,
)
from stigmerd.agents.problems import AgentProblem, sentence
from stigmerd.agents.process import (
    CANCEL_SECONDS,
    AgentProcess,
    ProcessDied,
    ProcessGivenUp,
    ProcessWasDead,
)
from stigmerd.agents.reports import masked_report, told_note
from stigmerd.agents.silence import patiently, replace_if_silent
from stigmerd.agents.skills.gathering import PLACE as SKILLS
from stigmerd.executions.attached import said_files
from stigmerd.executions.limits import TooMuch
from stigmerd.executions.log import Executions
from stigmerd.executions.records import Began, Ended, MessageSet, Record
from stigmerd.executions.waiting import waiting
from stigmerd.process.offload import aside, size_of
from stigmerd.store.clock import now
from stigmerd.store.json import Written
from stigmerd.store.pruning import CONVERSATION
from stigmerd.store.vault import VaultError

FOLDERS = "executions"  # one for each at work
STARTING = "agent_process", "starting the agent process"
NOTICED_SECONDS = 0.5

logger = logging.getLogger(__name__)

EXPECTED = (
    AgentProblem,
    VaultError,
    LookupError,
    ProcessDied,
    FrameError,
    OSError,
    TooMuch,
)


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """Where agents work, and what they may use."""

    directory: Path | None = None  # for skills and logs; None: a temporary one
    helpers: Path | None = None  # the lock that the agent process holds, see children/strays.py
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    config_file: Path = field(default_factory=config_file)
    limits: AgentLimits = field(default_factory=AgentLimits)
    silence_seconds: float = agent_process.SILENCE_SECONDS


class AgentHost:
    """Starts the agent process with the first execution, keeps it warm, replaces it when it dies."""

    def __init__(self, executions: Executions, resources: Resources, settings: AgentSettings) -> None:
        self._executions = executions
        self._resources = resources
        self._settings = settings
        self._process: AgentProcess | None = None
        self._directory: Path | None = None
        self._starting = asyncio.Lock()
        self._attempts = count()
        self._desk = Desk(executions)

    @property
    def pid(self) -> int | None:
        """Of the agent process, if one is up."""
        return self._process.pid if self._process is not None and self._process.alive else None

    async def warm(self) -> None:
        """Start the agent process before the first agent needs it. Raises ProcessDied or OSError."""
        await (await self._running()).ready()

    async def run(self, execution_id: str) -> None:
        """Until Ended is recorded. When cancelled, it stops all of this execution first."""
        past = remember(self._executions.records(execution_id))
        self._open(execution_id, past)
        folder: Path | None = None
        try:
            folder = self._folder()
            process = await self._running()
            job = await self._gather(execution_id, past, folder)
            try:
                await self._drive(process, execution_id, job)
            except (ProcessWasDead, ProcessGivenUp) as dead:
                if isinstance(dead, ProcessGivenUp):
                    job = await self._go_on(execution_id, folder, dead)
                logger.warning("%s; another one takes over", dead)
                await self._drive(await self._running(), execution_id, job)
        except EXPECTED as problem:
            # It may have been deleted while it ran.
            with contextlib.suppress(KeyError):
                self._end(execution_id, "FAILED", sentence(problem))
        finally:
            self._executions.questions.forget(execution_id)
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)

    async def _go_on(self, execution_id: str, folder: Path, dead: ProcessGivenUp) -> Job:
        """Its process stood still. Raises that if a call was being made, which may have had its effect."""
        past = remember(self._executions.records(execution_id))
        if in_flight(past):
            raise dead
        return await self._gather(execution_id, past, folder)

    async def aclose(self) -> None:
        async with self._starting:
            if self._process is not None:
                await self._process.stop()
                self._process = None
            if self._directory is not None and self._settings.directory is None:
                shutil.rmtree(self._directory, ignore_errors=True)
                self._directory = None

    def _open(self, execution_id: str, past: Past) -> None:
        at = now()
        records: list[Record] = [] if past.began else [Began(at=at)]
        if 0 not in past.messages:
            execution = self._executions.get(execution_id)
            records.append(
                MessageSet(
                    index=0,
                    role="HUMAN",
                    content=execution.spec.message,  # type: ignore[union-attr]
                    complete=True,
                    at=at,
                    metadata=said_files(execution.metadata.annotations),
                )
            )
        self._executions.record(execution_id, *records, *interrupted(past, at))
        self._executions.questions.remember(execution_id, past.questions)

    def _folder(self) -> Path:
        """By a name of our own: an id is what a client made of it."""
        folders = self._root() / FOLDERS
        folders.mkdir(mode=0o700, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=folders))

    def _root(self) -> Path:
        if self._directory is None:
            root = self._settings.directory or Path(tempfile.mkdtemp(prefix="stigmer-agents-"))
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            for each in (FOLDERS, SKILLS):  # of the backend before
                shutil.rmtree(root / each, ignore_errors=True)
            self._directory = root
        return self._directory

    async def _running(self) -> AgentProcess:
        async with self._starting:
            if self._process is not None and not self._process.alive:
                await self._process.stop()
                self._process = None
            if self._process is None:
                self._process = await AgentProcess.start(
                    self._root(),
                    self._settings.environ,
                    silence=self._settings.silence_seconds,
                    lock=self._settings.helpers,
                )
                self._process.send({"type": "warm", "providers": last_used.noted(self._root())})
            return self._process

    async def _gather(self, execution_id: str, past: Past, folder: Path) -> Job:
        return await gather(
            execution_id,
            executions=self._executions,
            resources=self._resources,
            environ=self._settings.environ,
            config_file=self._settings.config_file,
            limits=self._settings.limits,
            past=past,
            folder=folder,
            workspace=self._root() / "workspace",
        )

    async def _drive(self, process: AgentProcess, execution_id: str, job: Job) -> None:
        # Each attempt has a name of its own: a late message about the one before must not end this one.
        attempt = f"{execution_id}#{next(self._attempts)}"
        async with process.listen(attempt) as inbox:
            over, heard = True, not process.was_up
            try:
                with waiting(self._executions.notes, execution_id, "", *STARTING, patience=NOTICED_SECONDS):
                    await process.ready()
                over = False
                process.send({"type": "run", "id": attempt, "job": job.body})
                last_used.note(self._root(), job.body)
                while not over:
                    message = await inbox.get()
                    if message is None and process.died and not heard:
                        raise ProcessWasDead(process.reason)
                    heard = True
                    over = await self._take(process, execution_id, job, message)
            finally:
                if not over:
                    process.send({"type": "cancel", "id": attempt})
                    await self._until_stopped(process, execution_id, job, inbox)

    async def _take(
        self, process: AgentProcess, execution_id: str, job: Job, message: Message | None
    ) -> bool:
        """True once the execution is over."""
        if message is None:
            raise (ProcessGivenUp if process.given_up else ProcessDied)(
                f"{process.reason}; the execution was in it"
            )
        match message["type"]:
            case "report":
                await self._write(execution_id, job, message)
                if message["receipt"]:  # it waits with what follows until this cannot be lost
                    await self._executions.on_disk()
                    process.send({"type": "stored", "id": message["id"], "receipt": message["receipt"]})
            case "told":
                self._tell(execution_id, job, message)
            case "ask":
                await self._desk.take(execution_id, message, job.masker, process.send)
            case "unask":
                self._desk.withdraw(execution_id, message)
            case "ended":
                self._end(
                    execution_id,
                    "FAILED" if message["error"] else "COMPLETED",
                    job.masker.text(message["error"]),
                )
                return True
            case "stopped":
                return True
        return False

    async def _write(self, execution_id: str, job: Job, message: Message) -> None:
        size = size_of([message["records"], message["conversation"]])
        report = await aside(size, masked_report, message, job)
        if report.conversation is not None:
            self._save(execution_id, report.conversation, report.unmasked)
        if report.records:
            self._executions.record_masked(execution_id, *report.records)

    def _save(self, execution_id: str, conversation: Written, unmasked: Written | None) -> None:
        """Masked for the session's later executions; as it was, encrypted, to go on with after a crash."""
        journal = self._executions.journal(execution_id)
        with self._executions.transaction():
            journal.put(CONVERSATION, conversation)
            if unmasked is not None:
                journal.put_encrypted(UNMASKED_CONVERSATION, unmasked)

    def _tell(self, execution_id: str, job: Job, message: Message) -> None:
        if (note := told_note(message)) is not None:
            self._executions.notes.tell(execution_id, note, job.masker)

    def _end(self, execution_id: str, phase: str, error: str) -> None:
        self._executions.record(execution_id, Ended(phase=phase, output=None, error=error, at=now()))

    async def _until_stopped(
        self, process: AgentProcess, execution_id: str, job: Job, inbox: asyncio.Queue[Message | None]
    ) -> None:
        """Waits until the child's work on it has ended, and writes down its last words."""
        if not process.alive:
            return
        draining = asyncio.ensure_future(self._drain(process, execution_id, job, inbox))
        watching = asyncio.ensure_future(replace_if_silent(process))
        await patiently(draining)
        if process.given_up:
            await patiently(watching)
        watching.cancel()
        if not draining.result() and process.busy == 1:
            await process.stop()

    async def _drain(
        self, process: AgentProcess, execution_id: str, job: Job, inbox: asyncio.Queue[Message | None]
    ) -> bool:
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                while (message := await inbox.get()) is not None:
                    if message["type"] in {"stopped", "ended"}:
                        return True
                    if message["type"] == "report":
                        await self._write(execution_id, job, message)
                    elif message["type"] == "told":
                        self._tell(execution_id, job, message)
        except TimeoutError:
            return False
        return True
