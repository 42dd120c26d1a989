"""An execution that another client has paused: it says so, and stays so when the backend is killed."""

from __future__ import annotations

import json

import grpc

from stigmer_api.workflowrunner_pb2 import PauseExecutionRequest, ResumeExecutionRequest
from stigmer_api.workflowrunner_pb2_grpc import WorkflowRunnerServiceControllerStub
from tests.support.poll import wait_until
from tests.support.world import World

PROGRAM = """
from stigmer import Workflow

steps = Workflow("steps")
steps.listen("approval", "approve")
steps.set("after", done=True)
"""


def runner(world: World) -> WorkflowRunnerServiceControllerStub:
    addresses = json.loads((world.data / "daemon.json").read_text())["addresses"]
    [socket] = [each for each in addresses if each.startswith("unix:")]
    return WorkflowRunnerServiceControllerStub(grpc.insecure_channel(socket))


def test_it_waits_over_a_kill_until_it_is_resumed(world: World) -> None:
    project = world.project(PROGRAM)
    running = world.start("run", "-o", "json", cwd=project)
    execution = running.event("execution_created")["execution"]
    running.until('"on": "signal approve"')
    runner(world).pauseExecution(PauseExecutionRequest(execution_id=execution, reason="lunch"))
    world.kill_daemon()
    signalled = world.run("executions", "signal", execution, "approve")
    assert signalled.code == 0, signalled.text
    wait_until(
        lambda: "paused: lunch" in world.run("executions", "show", execution).out, "it says that it is paused"
    )
    runner(world).resumeExecution(ResumeExecutionRequest(execution_id=execution))
    done = running.end()
    assert done.code == 0, done.text
