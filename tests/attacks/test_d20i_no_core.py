"""No crash leaves a core file with secrets in it, and no log file can be read by others."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from stigmer_api.agentexecution_pb2 import AgentExecutionId
from stigmerd.daemon import client
from stigmerd.daemon.place import DaemonPlace
from stigmerd.store.secret_files import open_log
from tests.attacks.others import NEIGHBOUR, as_others, as_user
from tests.support.api import Api, agent, agent_execution
from tests.support.files import mode
from tests.support.paths import ENVIRONMENT, MCP_SERVER
from tests.support.poll import wait_until
from tests.support.processes import alive, descendants
from tests.support.world import STIGMER, World

SCRIPT = "- call: {tool: echo, args: {text: hi}}\n- say: done"


@pytest.fixture
def cores_allowed() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if before[1] == 0:
        pytest.skip("this machine allows no core files at all")
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, before)


async def worked(place: DaemonPlace) -> int:
    """A daemon in which an agent called its server, which is kept warm. Its process id."""
    running = client.ensure(place)
    async with grpc.aio.insecure_channel(running.address) as channel:
        api = Api(channel)
        helper = agent("Helper", annotations={"devloop.stigmer.ai/script": SCRIPT})
        server = helper.spec.mcp_servers.add(name="tools")
        server.stdio.command = sys.executable
        server.stdio.args.append(str(MCP_SERVER))
        made = await api.agent.apply(helper)
        execution = await api.agent_execution.create(agent_execution(made.metadata.id))
        call = api.agent_execution.subscribe(AgentExecutionId(value=execution.metadata.id))
        last = [snapshot async for snapshot in call][-1]
        assert last.status.phase == 3, last.status.error
    return running.pid


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limits of another process")
async def test_the_daemon_and_all_that_it_starts_leave_no_core(
    cores_allowed: None, place: DaemonPlace
) -> None:
    daemon = await worked(place)
    family = {pid for pid in descendants(daemon) if alive(pid)}
    assert len(family) >= 3  # the daemon, the agent process, the server
    soft = {pid: resource.prlimit(pid, resource.RLIMIT_CORE)[0] for pid in family}
    assert set(soft.values()) == {0}, soft


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limits of another process")
@pytest.mark.parametrize("how", [(), ("--ephemeral",), ("--watch",)])
def test_a_command_that_was_given_a_secret_leaves_no_core(
    cores_allowed: None, world: World, how: tuple[str, ...]
) -> None:
    project = world.project("from stigmer import Workflow\nwf = Workflow('waits')\nwf.wait('long', 3600)\n")
    running = world.start("run", "-e", "secret:S=hunter2222", *how, "-o", "json", cwd=project)
    running.event("task_started")
    assert resource.prlimit(running.process.pid, resource.RLIMIT_CORE)[0] == 0
    running.signal(signal.SIGINT)
    running.end()


def test_a_crash_leaves_no_file(cores_allowed: None, short_dir: Path) -> None:
    """In the foreground, with a working directory that one can look at afterwards."""
    place = DaemonPlace.of(short_dir / "data")
    program = (
        "import sys, os; from pathlib import Path; import stigmerd.daemon.main as daemon;"
        f"os.chdir = lambda path: None; daemon.main(['--data-dir', {str(place.data_dir)!r}])"
    )
    with subprocess.Popen([sys.executable, "-c", program], env=ENVIRONMENT, cwd=short_dir) as process:
        wait_until(lambda: client.status(place) is not None, "it answers")
        process.send_signal(signal.SIGSEGV)
        assert process.wait() == -signal.SIGSEGV
    assert not [path for path in short_dir.rglob("core*") if path.is_file()]


@as_others
def test_only_root_can_look_into_its_memory(world: World) -> None:
    world.dir.chmod(0o711)
    home = world.dir / "other"
    home.mkdir()
    os.chown(home, NEIGHBOUR, NEIGHBOUR)
    environ = {"PATH": os.environ["PATH"], "HOME": str(home)}
    command = as_user(NEIGHBOUR, str(STIGMER), "server", "start", "--foreground")
    with subprocess.Popen(command, env=environ, cwd=home, stdout=subprocess.PIPE) as process:
        try:
            environment = Path(f"/proc/{process.pid}/environ")
            wait_until(lambda: environment.stat().st_uid == 0, "its memory is closed to its own user")
        finally:
            process.terminate()
            process.wait()


@pytest.mark.parametrize("umask", [0o000, 0o022])
async def test_no_log_can_be_read_by_others(place: DaemonPlace, umask: int) -> None:
    before = os.umask(umask)
    try:
        await worked(place)
    finally:
        os.umask(before)
    logs = [path for path in place.data_dir.rglob("*") if path.is_file() and "log" in path.name]
    assert len(logs) >= 2, logs  # of the daemon, of the agent process
    assert {path.name: mode(path) for path in logs} == {path.name: 0o600 for path in logs}
    top = {path.name: mode(path) for path in place.data_dir.iterdir() if not path.is_dir()}
    assert {name for name, bits in top.items() if bits & 0o077} == set()


def test_a_rotated_log_and_an_earlier_one_are_closed(tmp_path: Path) -> None:
    program = (
        "import logging, os, sys; from pathlib import Path; import stigmerd.daemon.logs as logs;"
        "os.umask(0); logs.MAX_BYTES = 2000; logs.write_logs_to(Path(sys.argv[1]));"
        "[logging.info('line %d', number) for number in range(100)]"
    )
    path = tmp_path / "stigmerd.log"
    for name in ("stigmerd.log", "stigmerd.log.3"):
        (tmp_path / name).write_text("of an earlier version\n")
        (tmp_path / name).chmod(0o644)
    subprocess.run([sys.executable, "-c", program, str(path)], env=ENVIRONMENT, check=True)
    found = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert len(found) == 4
    assert set(found.values()) == {0o600}, found


def test_a_log_is_never_open_not_even_for_a_moment(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with open_log(tmp_path / "log") as log:
            assert mode(tmp_path / "log") == 0o600
            log.write("x")
    finally:
        os.umask(before)
