"""Commands: what they see, what they may do, and that nothing of them is left."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from stigmerd.agents.builtins.confining import confined_by
from stigmerd.agents.builtins.declared import declared
from stigmerd.agents.builtins.offered import BuiltIns, NotConfined
from stigmerd.agents.builtins.shell.output import CommandOutput
from stigmerd.agents.builtins.shell.run import CommandEnded, Surroundings, run
from stigmerd.agents.frames import Message
from stigmerd.agents.reporter import AgentReporter
from tests.stigmerd.agents.builtins.asking import asking, calling, calls, facts
from tests.stigmerd.agents.stage import Stage
from tests.support.poll import until

confined = pytest.mark.skipif(
    not confined_by(), reason="the kernel has no Landlock, or the library is missing"
)


def around(directory: Path, *, seconds: float = 60, network: bool = True, **environ: str) -> Surroundings:
    return Surroundings(
        directory=directory,
        scratch=directory.parent / "scratch",
        environ={"PATH": os.environ["PATH"], **environ},
        seconds=seconds,
        network=network,
    )


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


async def test_a_command_runs_in_the_workspace(work: Path) -> None:
    (work / "a.txt").write_text("x")
    assert await run("ls; pwd; echo oops >&2; exit 3", around(work)) == CommandEnded(
        output=f"a.txt\n{work}\noops\n", status=3
    )


async def test_it_has_no_input_and_no_variables_but_those_that_are_declared(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    done = await run("cat; env", around(work, TEAM="core"))
    assert "TEAM=core" in done.output
    assert "sk-secret" not in done.output
    names = {line.partition("=")[0] for line in done.output.splitlines()}
    assert names <= {"PATH", "TEAM", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD", "LC_CTYPE"}


async def test_what_takes_too_long_ends_with_all_that_it_started(work: Path) -> None:
    command = "setsid sleep 3600 & echo $! > pid; echo begun; sleep 3600"
    for seconds in (1, 5, 30):  # until a slow machine has come so far
        done = await run(command, around(work, seconds=seconds))
        if done.output:
            break
    assert (done.output, done.status) == ("begun\n", None)
    assert not _is_there(int((work / "pid").read_text()))


async def test_what_stays_in_the_background_ends_with_the_command(work: Path) -> None:
    done = await run("setsid sleep 3600 & echo $! > pid", around(work))
    assert done.status == 0
    assert not _is_there(int((work / "pid").read_text()))


async def test_a_cancelled_one_ends_at_once(work: Path) -> None:
    task = asyncio.create_task(run("echo $$ > pid; exec sleep 3600", around(work)))
    await until(lambda: (work / "pid").exists() and (work / "pid").read_text().endswith("\n"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not _is_there(int((work / "pid").read_text()))


async def test_beginning_and_end_of_a_flood_are_kept(work: Path) -> None:
    done = await run("echo first; yes | head -c 1000000; echo last", around(work))
    assert done.output.startswith("first\n")
    assert done.output.endswith("last\n")
    assert "bytes are left out" in done.output
    assert len(done.output) < 31_000


def test_what_fits_is_whole() -> None:
    output = CommandOutput(9)
    for block in (b"abc", b"def", b"ghi"):
        output.add(block)
    assert output.text == "abcdefghi"
    output.add(b"j")
    assert output.text == "abc\n[… 1 bytes are left out …]\nefghij"


@confined
async def test_it_reads_and_writes_nothing_of_others(work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cr3t")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    (work / "link").symlink_to("../secret")
    done = await run(
        "cat ../secret link; echo x > ../new; echo x > /tmp/stigmer-new; echo y > mine; echo z > $TMPDIR/t;"
        f"cat /proc/{os.getpid()}/environ; ln ../secret here; kill -9 {os.getpid()}; cat mine $TMPDIR/t",
        around(work),
    )
    assert done.output.endswith("y\nz\n")
    assert "s3cr3t" not in done.output
    assert not (tmp_path / "new").exists()
    assert not Path("/tmp/stigmer-new").exists()
    assert not (work / "here").exists()


@confined
async def test_without_the_network_no_connection_is_made(work: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    command = f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected"
    try:
        assert "connected" in (await run(command, around(work))).output
        assert "connected" not in (await run(command, around(work, network=False))).output
    finally:
        server.close()


async def test_the_model_reads_output_and_status(stage: Stage, tmp_path: Path) -> None:
    agent = asking(
        tmp_path,
        calling("run_command", command="echo hello; exit 3"),
        calling("run_command", command="true"),
        calling("run_command", command=" "),
        {"say": "done"},
        shell={},
    )
    failed, well, nothing = calls(await stage.run(agent))
    assert failed.result == "hello\n(exit status 3)"
    assert facts(failed) == {"exit_status": 3, "sandbox": confined_by() or "none"}
    assert (well.result, facts(well)["exit_status"]) == ("(exit status 0)", 0)
    assert "a command has words" in nothing.error


async def test_it_gets_the_variables_that_are_declared(stage: Stage, tmp_path: Path) -> None:
    agent = asking(
        tmp_path,
        calling("run_command", command="echo $TEAM $OTHER end"),
        {"say": "done"},
        shell={"env": ["TEAM"]},
    )
    execution = await stage.run(agent, env={"TEAM": "core", "OTHER": "no"})
    assert calls(execution)[0].result == "core end\n(exit status 0)"


def _is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_what_cannot_be_confined_is_said_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "landlockpy", None)
    sent: list[Message] = []
    shell = {
        **declared({"builtins": {"shell": {}}}, "x")["shell"],
        "directory": "/",
        "scratch": "/",
        "environ": {},
    }
    built_ins = BuiltIns(AgentReporter("aex-1", sent.append))
    assert [tool.name for tool in built_ins.tools({"built_ins": {"shell": shell}})] == ["run_command"]
    assert "commands are not confined" in str(sent)
    with pytest.raises(NotConfined, match="needs Linux"):
        built_ins.tools({"built_ins": {"shell": {**shell, "network": False}}})
