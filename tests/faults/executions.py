"""Many executions of one workflow, as the backend itself tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

import grpc

from stigmer_api import workflowexecution_pb2 as wire
from stigmer_api import workflowexecution_pb2_grpc as services
from tests.support.poll import PATIENCE_SECONDS, becomes
from tests.support.snapshots import TASK_COMPLETED, address
from tests.support.world import World

ORGANIZATION = 2  # of the kinds of owners
NOT_NOW = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
ENDED = 3  # this phase and all above
STEPS = 25

PROGRAM = """
from stigmer import Workflow

steps = Workflow("steps")
for number in range({steps}):
    steps.http_get(f"step{{number}}", f"{url}/{{steps.input.number}}/step{{number}}")
"""


class Executions:
    """Started once each, whatever happens to the backend."""

    def __init__(self, world: World, project: Path) -> None:
        self._world = world
        deployed = world.run("apply", "-o", "json", cwd=project)
        assert deployed.code == 0, deployed.text
        self.workflow = next(
            event["id"] for event in deployed.events if event.get("kind") == "workflow" and event.get("id")
        )
        self.numbers: dict[str, int] = {}  # those that were promised, and what tells their effects apart
        self._fresh = count()

    @property
    def ids(self) -> list[str]:
        return list(self.numbers)

    def start(self) -> bool:
        """False: the backend was not there; nothing was promised."""
        number = next(self._fresh)
        execution = wire.WorkflowExecution(
            api_version="agentic.stigmer.ai/v1",
            kind="WorkflowExecution",
            metadata={"name": f"faults-{number}", "org": "local", "owner_scope": ORGANIZATION},
            spec={"workflow_id": self.workflow, "trigger_message": f'{{"number": {number}}}'},
        )
        try:
            with grpc.insecure_channel(address(self._world)) as channel:
                stub = services.WorkflowExecutionCommandControllerStub(channel)
                self.numbers[stub.create(execution, timeout=PATIENCE_SECONDS).metadata.id] = number
        except FileNotFoundError:
            return False
        except grpc.RpcError as error:
            if error.code() not in NOT_NOW:
                raise
            return False
        return True

    def recorded(self) -> dict[str, set[str]]:
        """The tasks of each that are on record as done."""
        return {
            execution: {task.task_name for task in found.status.tasks if task.status == TASK_COMPLETED}
            for execution, found in self._snapshots(self.ids).items()
        }

    def unfinished(self) -> int:
        return sum(found.status.phase < ENDED for found in self._snapshots(self.ids).values())

    def stuck_and_lost(self, seconds: float) -> tuple[list[str], list[str]]:
        becomes(lambda: not self.unfinished(), seconds)
        found = self._snapshots(self.ids)
        lost = [each for each in self.ids if each not in found]
        stuck = [each for each, snapshot in found.items() if snapshot.status.phase < ENDED]
        return stuck, lost

    def _snapshots(self, ids: Sequence[str]) -> dict[str, wire.WorkflowExecution]:
        found = {}
        with grpc.insecure_channel(address(self._world)) as channel:
            query = services.WorkflowExecutionQueryControllerStub(channel)
            for execution in ids:
                with suppress(grpc.RpcError):
                    found[execution] = query.get(
                        wire.WorkflowExecutionId(value=execution), timeout=PATIENCE_SECONDS
                    )
        return found
