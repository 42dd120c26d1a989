"""What was checked and parsed once is remembered by its content, and nothing else."""

from __future__ import annotations

from stigmer_api.workflow_pb2 import Workflow
from stigmerd.resources.programs import MOST_BYTES, program_of
from tests.stigmerd.services.served import Refused
from tests.support.api import Api, workflow, workflow_execution
from tests.support.tasks import set_task, task


async def test_an_edit_of_one_task_is_seen_and_its_undoing_too(api: Api) -> None:
    for text in ("one", "two", "one"):
        applied = await api.workflow.apply(workflow("Edited", set_task("first"), set_task("say", text=text)))
        execution = await api.workflow_execution.create(workflow_execution(applied.metadata.id))
        assert (await api.follow(execution.metadata.id)).status.output["text"] == text


async def test_a_mistake_is_refused_each_time(api: Api, refused: Refused) -> None:
    for _ in range(2):
        with refused("INVALID_ARGUMENT", "spec.tasks[0]", "no configuration of a WAIT task"):
            await api.workflow.apply(workflow("Mistaken", task("rest", "WAIT", {"secnds": 1})))
        await api.workflow.apply(workflow("Mistaken", task("rest", "WAIT", {"seconds": 1})))


def test_variables_are_not_remembered() -> None:
    first, second = (workflow("Same", set_task("a")) for _ in range(2))
    second.spec.env_spec.data["TOKEN"].value = "another"
    assert program_of(first) is program_of(second)


def test_a_big_one_is_not_kept() -> None:
    big = workflow("Big", set_task("a", text="x" * (MOST_BYTES + 1)))
    assert program_of(big) == program_of(big)
    assert program_of(big) is not program_of(big)


def test_where_it_is_does_not_matter() -> None:
    def placed(name: str) -> Workflow:
        made = workflow("Placed", set_task("a"))
        made.metadata.annotations["devloop.stigmer.ai/project-dir"] = name
        return made

    assert program_of(placed("here")) is program_of(placed("there"))
