"""The commands, typed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from tests.support.poll import PATIENCE_SECONDS
from tests.support.project import write_project

Done = subprocess.CompletedProcess[str]
ENTRY = [sys.executable, "-P", "-c", "from stigmer_start import main; main()"]
MAIN = """
from stigmer import Workflow, runtime

echo = Workflow("echo", description="says what it was told")
echo.set("said", message=echo.input.message)

later = Workflow("later")
later.set("key", region=runtime.env("REGION", default="eu"))

refuse = Workflow("refuse")
refuse.raise_("no", error="NotToday", message="not today")

nap = Workflow("nap")
nap.wait("long", seconds=3600)
"""


@dataclass(frozen=True)
class Shop:
    """A project and a home."""

    directory: Path

    def run(
        self, *arguments: str, stdin: str = "", cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*ENTRY, *arguments],
            cwd=cwd or self.directory,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    @contextmanager
    def start(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [*ENTRY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def on_terminal(self, *arguments: str) -> pexpect.spawn:
        command, *rest = [*ENTRY, *arguments]
        return pexpect.spawn(
            command,
            rest,
            cwd=str(self.directory),
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
            dimensions=(40, 100),
        )


@pytest.fixture
def shop(short_dir: Path) -> Shop:
    return Shop(write_project(short_dir / "shop", MAIN, yaml="name: shop\nruntime: python\n"))


@pytest.fixture
def daemon(shop: Shop) -> Iterator[Shop]:
    yield shop
    assert shop.run("server", "stop").returncode == 0


def test_the_message_comes_from_standard_input(shop: Shop) -> None:
    done = shop.run("run", "echo", "--ephemeral", "-o", "quiet", "-m", "-", stdin="two\nlines\n")
    assert (json.loads(done.stdout), done.stderr, done.returncode) == ({"message": "two\nlines"}, "", 0)


def test_a_failed_execution_is_a_failure(shop: Shop) -> None:
    done = shop.run("run", "refuse", "--ephemeral")
    assert done.returncode == 1
    assert "✗ Task: no [Failed]" in done.stdout
    assert "not today" in done.stderr


@pytest.mark.parametrize("output", ["plain", "json", "quiet"])
def test_a_secret_is_in_no_output(shop: Shop, output: str) -> None:
    (shop.directory / ".env").write_text("secret:API_KEY=hunter2-hunter2\nREGION=file\n")
    said = ["-m", "flag: hunter2-hunter2"]
    done = shop.run("run", "echo", "--ephemeral", "-o", output, "--env-file", ".env", *said)
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert "flag: ***" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("-e INVALID", "Invalid runtime environment format: INVALID (expected key=value)"),
        ("--env-file missing.env", "missing.env"),
        ("--timeout 0", '--timeout: "0" is not a time above 0'),
        ("--timeout nan", '--timeout: "nan" is not a duration'),
        ("--timeout 5x", "write 30s, 5m or 1h30m; a number alone is seconds"),
        ("--timeout 30m1h", "write each once, the longest first: 1h30m"),
        ("--follow=maybe", "'maybe' is neither true nor false"),
        ("-m -", "the message is empty"),
        ("--server nowhere", "--server"),
        ("--server a:1 --ephemeral", "cannot be used together"),
        ("-C missing", "no directory missing"),
        ("-o tree", "tree"),
        ("--watch --no-follow", "--watch and --no-follow cannot be used together"),
        ("--watch --runs 0", "--runs"),
        ("--settle 5", "--settle works only with --watch"),
        ("--on-change queue", "--on-change works only with --watch"),
        ("--watcher auto", "--watcher works only with --watch"),
        ("--no-keys --clear", "--clear and --no-keys work only with --watch"),
        ("--runs 1 --until-success --explain", "--until-success, --runs and --explain work only with"),
    ],
)
def test_a_wrong_flag_is_said_before_anything_happens(shop: Shop, arguments: str, said: str) -> None:
    (shop.directory / "main.py").write_text("open('ran', 'w')")
    done = shop.run("run", "echo", *arguments.split())
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert not (shop.directory / "ran").exists()
    assert not (Path.home() / ".stigmer").exists()


def test_a_wrong_flag_is_an_object_where_objects_are_wanted(shop: Shop) -> None:
    done = shop.run("run", "echo", "-o", "json", "-e", "INVALID")
    assert json.loads(done.stdout)["exit_code"] == done.returncode == 2


def test_a_secret_is_asked_for_and_not_echoed(shop: Shop) -> None:
    child = shop.on_terminal(
        "run", "echo", "--ephemeral", "-e", "secret:API_KEY", "-m", "flag: hunter2-hunter2"
    )
    child.expect_exact("API_KEY: ")
    child.sendline("hunter2-hunter2")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "hunter2" not in child.before
    assert "flag: ***" in child.before


def test_the_last_choice_is_the_next_default(shop: Shop) -> None:
    for keys in ("\x1b[B\r", "\r"):
        child = shop.on_terminal("run", "--ephemeral")
        child.expect_exact("Select resource to run:")
        child.expect_exact("nap")
        child.send(keys)
        child.expect_exact("Workflow execution started: later")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0


def test_ctrl_c_leaves_the_choice(shop: Shop) -> None:
    child = shop.on_terminal("run", "--ephemeral")
    child.expect_exact("nap")
    child.send("\x03")
    child.expect_exact("Selection cancelled")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def test_an_execution_goes_on_and_can_be_followed_and_cancelled(daemon: Shop) -> None:
    started = daemon.run("run", "nap", "--no-follow")
    assert started.returncode == 0
    found = re.search(r"^Execution ID: (wex-\w+)$", started.stdout, re.MULTILINE)
    assert found
    assert f"stigmer executions follow {found[1]}" in started.stdout
    with daemon.start("executions", "follow", found[1]) as follower:
        assert follower.stdout
        assert any("Task: long [Running]" in line for line in follower.stdout)
        assert daemon.run("executions", "cancel", found[1]).stdout == f"cancelled {found[1]}\n"
        out, _ = follower.communicate(timeout=PATIENCE_SECONDS)
    assert follower.returncode == 1
    assert "Execution cancelled" in out
    assert daemon.run("executions", "cancel", found[1]).stdout == f"{found[1]} had already finished\n"
    assert re.search(
        rf"^{found[1]} +Workflow +nap +Cancelled", daemon.run("executions", "list").stdout, re.MULTILINE
    )
    assert json.loads(daemon.run("executions", "list", "-o", "json").stdout)["execution"] == found[1]
    assert daemon.run("executions", "follow", found[1], "-o", "quiet").returncode == 1


def test_an_unknown_execution(daemon: Shop) -> None:
    for verb in ("cancel", "follow"):
        done = daemon.run("executions", verb, "wex-00000000000000000000000000")
        assert done.returncode == 1
        assert "no execution with the id wex-00000000000000000000000000" in done.stderr


def test_apply_shows_what_changed(daemon: Shop) -> None:
    planned = daemon.run("apply", "--dry-run").stdout
    assert re.search(r"^Workflow +echo +Create$", planned, re.MULTILINE)
    first = daemon.run("apply").stdout
    assert re.search(r"^Workflow +echo +✓ Created +wfl-\w+$", first, re.MULTILINE)
    again = daemon.run("apply", "--config", "shop", cwd=daemon.directory.parent).stdout
    assert len(re.findall(r"✓ Unchanged", again)) == 4
    lines = [json.loads(line) for line in daemon.run("apply", "-o", "json").stdout.splitlines()]
    assert [each["change"] for each in lines if each["event"] == "resource_applied"] == ["unchanged"] * 4


def test_a_server_starts_and_stops(shop: Shop) -> None:
    assert shop.run("server", "status").returncode == 1
    assert "✓ Backend started" in shop.run("server", "start", "--listen", "127.0.0.1:0").stdout
    status = shop.run("server", "status")
    assert status.returncode == 0
    address = re.search(r"^Address: (127\.0\.0\.1:\d+)$", status.stdout, re.MULTILINE)
    assert address
    there = shop.run("run", "echo", "-o", "quiet", "--server", address[1])
    assert (there.returncode, there.stderr) == (0, "")
    assert "ready in" in shop.run("server", "logs", "-n", "5").stdout
    assert "✓ Backend stopped" in shop.run("server", "stop").stdout
    assert shop.run("server", "stop").stdout == "No backend is running\n"


def test_a_server_in_the_foreground_shows_its_log(shop: Shop) -> None:
    with shop.start("server", "start", "--foreground") as process:
        assert process.stdout
        assert any("ready in" in line for line in process.stdout)
        assert shop.run("run", "echo").returncode == 0
        process.terminate()
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, err) == (0, "")


def test_a_home_that_cannot_be_written_to(shop: Shop) -> None:
    home = Path(os.environ["HOME"])
    (home / ".stigmer").write_text("a file where a directory should be")
    for command in ("status", "start"):
        done = shop.run("server", command)
        assert done.returncode in (1, 4)
        assert "Traceback" not in done.stderr
