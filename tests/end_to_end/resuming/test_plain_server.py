"""A Stigmer server without anything of ours says that it cannot, in plain words."""

from __future__ import annotations

from tests.support.original.server import original_server
from tests.support.world import World

PROGRAM = """
from stigmer import Workflow

fetch = Workflow("fetch")
fetch.http_get("one", "http://localhost/a")
fetch.http_get("two", "http://localhost/b")
"""


def test_it_can_neither_go_on_nor_run_one_task(world: World) -> None:
    demo = world.project(PROGRAM)
    with original_server() as server:
        at = ("--server", server.address)
        server.runners.failing["two"] = "no such host"
        assert world.run("run", "fetch", *at, cwd=demo).code == 1
        [failed] = server.created
        resumed = world.run("run", "--resume", failed.metadata.id, *at, cwd=demo)
        assert resumed.code == 4, resumed.text
        assert "cannot go on with an execution that has ended" in resumed.err
        alone = world.run("run", "fetch", "--task", "one", *at, cwd=demo)
        assert alone.code == 4, alone.text
        assert "cannot run one task alone" in alone.err
        server.runners.failing.clear()
        assert world.run("run", "fetch", *at, cwd=demo).code == 0
        done = server.created[-1]
        shown = world.run("run", "--resume", done.metadata.id, *at, cwd=demo)
        assert shown.code == 0, shown.text
        assert f"the same as: stigmer executions follow {done.metadata.id} --server" in shown.err
