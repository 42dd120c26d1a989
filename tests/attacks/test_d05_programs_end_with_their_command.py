"""D5, of a kind: what a command has started ends with it, even when it is killed."""

from __future__ import annotations

import shutil
import signal
from textwrap import dedent

import pytest

from tests.support.poll import wait_until
from tests.support.world import World

BUSY = """
    import os, re, signal, subprocess
    from pathlib import Path
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(["sleep", "1000"])
    Path(r"{mark}").write_text("x")
    re.match(r"(a+)+$", "a" * 60 + "b")
"""


@pytest.mark.parametrize("arguments", [("run", "x"), ("apply",), ("run", "x", "--watch", "--no-keys")])
def test_a_program_that_never_ends_ends_with_its_command(world: World, arguments: tuple[str, ...]) -> None:
    mark = world.dir / "mark"
    project = world.project(dedent(BUSY).format(mark=mark))
    assert world.run("server", "start").code == 0
    running = world.start(*arguments, cwd=project)
    wait_until(mark.exists, "the program runs")
    running.signal(signal.SIGKILL)
    running.end()
    world.nothing_is_left()


@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go here")
def test_a_go_program_as_well(world: World) -> None:
    project = world.project("", yaml="name: go\nruntime: go\nmain: main.go\n")
    mark = world.dir / "mark"
    (project / "go.mod").write_text("module x\n")
    (project / "main.go").write_text(
        f'package main\nimport ("os"; "time")\n'
        f'func main() {{ os.WriteFile("{mark}", []byte("x"), 0600); time.Sleep(time.Hour) }}\n'
    )
    running = world.start(
        "run", "x", cwd=project, env={"GOFLAGS": "-mod=mod", "GOCACHE": "/tmp/go-cache-test"}
    )
    wait_until(mark.exists, "the program runs", lambda: str(running.lines))
    running.signal(signal.SIGKILL)
    running.end()
    world.nothing_is_left()
