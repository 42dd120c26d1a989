"""A backend describes itself to whoever asks: also its health, before anybody has asked for that."""

from __future__ import annotations

import json

from tests.support.world import World

CHECK = """
from stigmer import Workflow

check = Workflow("check")
check.grpc_call("ask", "{address}/grpc.health.v1.Health", "Check", {{"service": ""}})
"""


def test_a_workflow_asks_its_own_backend_how_it_is(world: World) -> None:
    started = world.run("server", "start", "--listen", "127.0.0.1:0", "--no-auth")
    assert started.code == 0, started.text
    addresses = json.loads((world.data / "daemon.json").read_text())["addresses"]
    [address] = [each for each in addresses if not each.startswith("unix:")]
    done = world.run("run", "-o", "quiet", cwd=world.project(CHECK.format(address=address)))
    assert done.code == 0, done.text
    assert json.loads(done.out) == {"status": "SERVING"}
