"""The one child process in which agents work: started, spoken to, watched, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pwd
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex

import stigmerd
from stigmer_api.signals import signal_name
from stigmerd.agents import frames
from stigmerd.agents.frames import Message
from stigmerd.agents.leftovers import end_noted, remove_leftovers
from stigmerd.children.guarded import Guarded
from stigmerd.store.secret_files import open_log

logger = logging.getLogger(__name__)

START_SECONDS = 90  # importing takes 1.5 to 4 s, more on a machine that has much else to do
SILENCE_SECONDS = 30  # the child says that it is alive once a second
CANCEL_SECONDS = 3
CLOSE_SECONDS = 3
LOG_TAIL_BYTES = 2000

# What a program needs to find its way, and nothing that is secret.
PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
        *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
        *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"),
    }
)
PASSED_ON_PREFIXES = ("LC_", "XDG_")

# -I: neither the working directory nor PYTHONPATH can put another module in front of ours. Our place comes
# behind the standard library and before installed packages: the child is of the same version as the daemon.
CHILD = """
import sys
installed = [place.endswith(("site-packages", "dist-packages")) for place in sys.path] + [True]
sys.path.insert(installed.index(True), sys.argv[1])
from stigmerd.agents.worker import main
main(int(sys.argv[2]))
"""


class ProcessDied(Exception):  # noqa: N818
    """The child is gone, and with it all that ran in it."""

    code = "E0832"


class ProcessWasDead(ProcessDied):
    """It had been up, and died before it said anything about this execution."""


class ProcessGivenUp(ProcessDied):
    """It stood still, and was ended because of another execution in it."""


class AgentProcess:
    """A child that is up. `listen` for an execution, then `send` what it has to do."""

    def __init__(self, child: Guarded, connection: socket.socket, directory: Path, silence: float) -> None:
        self._child = child
        self._pid = child.process.pid
        self._connection = connection
        self._directory = directory
        self._silence = silence
        self._inboxes: dict[str, asyncio.Queue[Message | None]] = {}
        self.heard_at = asyncio.get_running_loop().time()  # when it said something last
        self._ready = asyncio.Event()
        self._up = False
        self._died = False
        self.given_up = False  # it stood still, see silence.py
        self._reason = ""
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def start(
        cls,
        directory: Path,
        environ: Mapping[str, str],
        *,
        silence: float = SILENCE_SECONDS,
        lock: Path | None = None,
    ) -> AgentProcess:
        """Returns as soon as the child exists; `ready` waits until it can work. Raises OSError."""
        await asyncio.to_thread(remove_leftovers, directory)
        directory = directory / f"process-{token_hex(4)}"
        directory.mkdir(parents=True, mode=0o700)
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            # Its output is our evidence when it dies.
            with open_log(directory / "agents.log") as log:
                child = await Guarded.start(
                    (sys.executable, "-I"),
                    CHILD,
                    (str(Path(stigmerd.__file__).parent.parent), str(theirs.fileno())),
                    cwd=directory,
                    env=with_home(scrubbed(environ), directory),
                    streams=(asyncio.subprocess.DEVNULL, log.fileno(), log.fileno()),
                    lock=lock,
                    pass_fds=(theirs.fileno(),),
                )
        process = cls(child, ours, directory, silence)
        await process._connect()
        return process

    async def _connect(self) -> None:
        self._connection.setblocking(False)
        reader, self._writer = await asyncio.open_connection(sock=self._connection)
        self._tasks = [
            asyncio.create_task(self._read(reader), name="agents: read"),
            asyncio.create_task(self._watch(), name="agents: watch"),
        ]

    @property
    def pid(self) -> int:
        """Until it is ready, that of its guard."""
        return self._pid

    @property
    def alive(self) -> bool:
        return not self._reason

    @property
    def was_up(self) -> bool:
        return self._up

    @property
    def died(self) -> bool:
        """It was up and ended by itself or by somebody else; it did not hang."""
        return self._died

    @property
    def busy(self) -> int:
        return len(self._inboxes)

    async def ready(self) -> None:
        """Raises ProcessDied when it never gets there, ProcessWasDead when it is gone again."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            self._fail(f"the agent process did not start within {START_SECONDS} s")
        if self._reason:
            raise (ProcessWasDead if self._died else ProcessDied)(self._reason)

    @asynccontextmanager
    async def listen(self, execution_id: str) -> AsyncIterator[asyncio.Queue[Message | None]]:
        """What the child says about one execution; None once the child is gone."""
        inbox: asyncio.Queue[Message | None] = asyncio.Queue()
        if self._reason:
            inbox.put_nowait(None)
        self._inboxes[execution_id] = inbox
        try:
            yield inbox
        finally:
            del self._inboxes[execution_id]

    @property
    def reason(self) -> str:
        """Why it is gone."""
        return self._reason

    def send(self, message: Message) -> None:
        """Raises FrameError for a message that is too large. To a dead child: nothing; the inbox says it."""
        data = frames.encode(message)
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(data)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while (message := await frames.read(reader)) is not None:
                self.heard_at = asyncio.get_running_loop().time()
                if message["type"] == "ready":
                    self._pid = int(message["pid"])
                    self._up = True
                    self._ready.set()
                elif inbox := self._inboxes.get(message.get("id", "")):
                    inbox.put_nowait(message)
        except (frames.FrameError, ValueError, KeyError) as error:
            self._fail(f"the agent process sent something unintelligible: {error}")
            return
        await self._child.wait()
        self._died = self._up
        self._fail(self._exit_reason())

    async def _watch(self) -> None:
        """A child whose event loop stands still is as good as dead."""
        loop = asyncio.get_running_loop()
        while self.alive:
            before = loop.time()
            await asyncio.sleep(self._silence / 5)
            # When this process itself was stopped (a laptop that slept), the child's silence means nothing.
            if loop.time() - before > self._silence:
                self.heard_at = loop.time()
            elif self._ready.is_set() and loop.time() - self.heard_at > self._silence:
                self._fail(f"the agent process hung: no sign of life for {self._silence:g} s")

    def _exit_reason(self) -> str:
        code = self._child.process.returncode or 0
        how = f"was killed by {signal_name(-code)}" if code < 0 else f"ended with status {code}"
        return f"the agent process {how}{self._log_tail()}"

    def _log_tail(self) -> str:
        try:
            with (self._directory / "agents.log").open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
                lines = log.read().decode(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return f": {lines[-1]}" if lines else ""

    def _fail(self, reason: str) -> None:
        if self._reason:
            return
        self._reason = reason
        if self._inboxes:
            logger.warning("%s (%d executions in it)", reason, len(self._inboxes))
        self.kill()
        self._ready.set()
        for inbox in self._inboxes.values():
            inbox.put_nowait(None)

    async def give_up(self, reason: str) -> None:
        """Ends one that stands still. Returns when nothing of it does anything any more."""
        self.given_up = self.given_up or not self._reason
        self._fail(reason)
        await self._child.wait()

    def kill(self) -> None:
        """The child, and the MCP servers that it noted down: each is a process group of its own."""
        self._child.end()
        end_noted(self._directory)

    async def stop(self) -> None:
        """Ask it to go, wait a moment, then kill all that is left."""
        if self.alive:
            self.send({"type": "close"})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._child.wait()
        self._fail("the backend stopped")
        self.kill()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        await self._child.wait()
        shutil.rmtree(self._directory, ignore_errors=True)


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }


def with_home(environ: dict[str, str], directory: Path) -> dict[str, str]:
    """A library wants one as soon as it is imported, and a user may have none: then it is `directory`."""
    if Path(environ.get("HOME", "")).is_absolute():
        return environ
    try:
        home = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        home = ""
    return environ | {"HOME": home if Path(home).is_absolute() else str(directory)}
