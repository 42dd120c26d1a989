"""Who lets others in is told what that means; and single users can be let in instead of all."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pexpect
import pytest

from stigmerd.daemon import client
from stigmerd.daemon.client import DaemonError
from stigmerd.daemon.neighbours import MOST_OF_ONE_USER
from stigmerd.daemon.place import DaemonPlace
from tests.attacks.others import NEIGHBOUR, STRANGER, US, as_others, as_user
from tests.support.api import Api, agent
from tests.support.command import Done
from tests.support.poll import PATIENCE_SECONDS, wait_until
from tests.support.world import STIGMER, World

RED = "\x1b[31m"


@pytest.fixture
def other_home(world: World) -> Iterator[Path]:
    """A home of another user, and the way there."""
    world.dir.chmod(0o711)
    home = world.dir / "other"
    home.mkdir(mode=0o700)
    yield home
    shutil.rmtree(home)


def run_as(user: int, home: Path, *args: str, cwd: Path | None = None) -> Done:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home)}
    for path in (home, *home.rglob("*")):
        os.chown(path, user, user)
    done = subprocess.run(
        as_user(user, str(STIGMER), *args),
        cwd=cwd or home,
        env=environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE_SECONDS,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def shared(world: World) -> str:
    return f"unix:{DaemonPlace.of(world.data).shared_socket}"


@as_others
def test_a_user_who_is_named_gets_in_and_another_one_does_not(world: World, other_home: Path) -> None:
    started = world.run("server", "start", "--allow-user", str(NEIGHBOUR))
    assert started.code == 0, started.text
    assert "can run code as root (0)" in started.err
    assert shared(world) in started.text
    project = world.project(
        "from stigmer import Workflow\nwf = Workflow('hello')\nwf.set('greet', text='Hello, neighbour')\n"
    )
    assert world.run("apply", cwd=project).code == 0
    ran = run_as(NEIGHBOUR, other_home, "run", "hello", "--server", shared(world))
    assert ran.code == 0, ran.text
    assert f"The backend at {shared(world)} belongs to root (0)" in ran.err
    listed = run_as(NEIGHBOUR, other_home, "executions", "list", "--server", shared(world))
    assert (listed.code, "hello" in listed.out) == (0, True), listed.text
    for _ in range(3):
        refused = run_as(STRANGER, other_home, "executions", "list", "--server", shared(world))
        assert refused.code == 4, refused.text
    log = world.run("server", "logs").out
    assert log.count(f"user {STRANGER} tried to connect and was refused") == 1
    assert f"user {NEIGHBOUR} " not in log
    assert run_as(
        NEIGHBOUR, other_home, "executions", "list", "--server", f"unix:{world.data}/stigmerd.sock"
    ).code


@as_others
def test_a_shared_directory_that_another_user_made_first(world: World, other_home: Path) -> None:
    directory = Path(f"/tmp/stigmerd-shared-{NEIGHBOUR}")
    directory.mkdir()  # root's
    try:
        refused = run_as(NEIGHBOUR, other_home, "server", "start", "--allow-user", "root", "--foreground")
        assert refused.code == 4, refused.text
        log = (other_home / ".stigmer" / "stigmerd" / "logs" / "stigmerd.log").read_text()
        assert f"cannot use {directory}/" in log
        assert "it is not a directory of ours but of user 0" in log
    finally:
        directory.rmdir()


def test_one_s_own_backend_is_not_warned_of(world: World) -> None:
    world.run("server", "start", "--allow-user", str(US))
    for address in (shared(world), f"unix:{world.data}/stigmerd.sock"):
        done = world.run("executions", "list", "--server", address)
        assert (done.code, done.err) == (0, ""), done.text


async def test_whatever_is_sent_arrives_whole(place: DaemonPlace) -> None:
    running = client.start(place, allow=(US,))
    assert running.addresses == (f"unix:{place.socket}", f"unix:{place.shared_socket}")
    big = agent("Big")
    big.spec.instructions = "".join(chr(97 + number % 26) for number in range(9_000_000))
    options = [("grpc.max_receive_message_length", 20_000_000)]
    async with grpc.aio.insecure_channel(running.addresses[1], options=options) as channel:
        api = Api(channel)
        assert (await api.agent.apply(big)).spec.instructions == big.spec.instructions
        for number in range(20):
            await api.agent.apply(agent(f"Agent {number}"))
    client.stop(place)
    assert not place.shared_socket.exists()


def knock(place: DaemonPlace) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(place.shared_socket))
    return connection


def is_closed(connection: socket.socket) -> bool:
    """HTTP/2 servers speak first, so something comes, or the end does."""
    connection.settimeout(30)
    return connection.recv(1) == b""


def test_who_is_not_named_gets_nothing(place: DaemonPlace) -> None:
    client.start(place, allow=(STRANGER,))
    with knock(place) as connection:
        assert is_closed(connection)
    with knock(place) as connection:
        assert is_closed(connection)
    assert place.log_file.read_text().count(f"user {US} tried to connect and was refused") == 1


def test_nobody_takes_all_the_room(place: DaemonPlace) -> None:
    client.start(place, allow=(US,))
    with ExitStack() as stack:
        inside = [stack.enter_context(knock(place)) for _ in range(MOST_OF_ONE_USER)]
        assert not any(is_closed(each) for each in inside)
        assert is_closed(stack.enter_context(knock(place)))
        assert client.status(place) is not None
        inside[0].close()

        def is_let_in() -> bool:
            with knock(place) as connection:
                return not is_closed(connection)

        wait_until(is_let_in)


def test_a_stale_socket_is_replaced(place: DaemonPlace) -> None:
    running = client.start(place, allow=(US,))
    os.kill(running.pid, signal.SIGKILL)
    wait_until(lambda: client.status(place) is None)
    assert place.shared_socket.exists()
    client.start(place, allow=(US,))
    with knock(place) as connection:
        assert not is_closed(connection)


def test_a_running_one_that_lets_fewer_in_is_told_of(place: DaemonPlace) -> None:
    client.start(place, ("127.0.0.1:0",), allow=(US,))
    assert client.start(place, allow=(US,)).allowed == (US,)
    with pytest.raises(DaemonError, match=f"does not let in user {STRANGER}"):
        client.start(place, allow=(STRANGER,))


def test_a_running_one_without_a_token_is_told_of(world: World) -> None:
    port = re.compile(r"127\.0\.0\.1:(\d+)")
    first = world.run("server", "start", "--listen", "127.0.0.1:0", "--no-auth")
    address = port.search(first.out)
    assert address, first.text
    again = world.run("server", "start", "--listen", address[0])
    assert again.code == 4, again.text
    assert "asks for no token" in again.text
    assert "Token: in" not in first.text + again.text


def test_no_user_of_that_name(world: World) -> None:
    done = world.run("server", "start", "--allow-user", "no-such-user")
    assert done.code == 2, done.text
    assert "there is no user no-such-user on this machine" in done.text
    assert not world.data.exists()


@pytest.mark.parametrize("foreground", [True, False])
def test_no_auth_says_what_it_means_in_red(world: World, foreground: bool) -> None:
    more = ("--foreground",) if foreground else ()
    terminal = world.terminal("server", "start", "--listen", "127.0.0.1:0", "--no-auth", *more, columns=400)
    terminal.expect_exact(RED)
    terminal.expect("every user and every program on this machine can run code as ")
    if foreground:
        wait_until(lambda: world.daemon_pid() is not None, "it runs")
        world.run("server", "stop")
    terminal.expect(pexpect.EOF)
    terminal.close()


def test_without_colours_it_says_so_all_the_same(world: World) -> None:
    started = world.run("server", "start", "--listen", "127.0.0.1:0", "--no-auth")
    asked = world.run("server", "status")
    world.extra["NO_COLOR"] = "1"
    terminal = world.terminal("server", "status", columns=400)
    terminal.expect("every user and every program on this machine can run code as ")
    assert "\x1b[31m" not in str(terminal.before)
    terminal.close(force=True)
    for done in (started, asked):
        assert done.code == 0
        assert "every user and every program on this machine can run code as " in done.err
        assert "\x1b" not in done.text


def test_a_port_with_a_token_is_no_reason_to_warn(world: World) -> None:
    started = world.run("server", "start", "--listen", "127.0.0.1:0")
    assert "run code as" not in started.text
