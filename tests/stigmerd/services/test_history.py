"""The list of what was executed."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from stigmer_api.agentexecution_pb2 import AgentExecutionId
from stigmer_api.devloop_pb2 import CancelRequest
from stigmer_api.history_pb2 import ListHistoryReply, ListHistoryRequest
from stigmer_api.history_pb2_grpc import HistoryQueryStub
from stigmer_api.workflow_pb2 import WorkflowId
from tests.stigmerd.services.served import OpenWorld, Refused
from tests.support.api import Api, agent, agent_execution, workflow, workflow_execution
from tests.support.tasks import task


async def listed(api: Api, **request: Any) -> ListHistoryReply:
    return await HistoryQueryStub(api.channel).list(ListHistoryRequest(**request))  # type: ignore[no-any-return, misc]


async def ids(api: Api, **request: Any) -> list[str]:
    return [item.id for item in (await listed(api, **request)).items]


async def ran(api: Api, flow: str, message: str = "go") -> str:
    made = await api.workflow_execution.create(workflow_execution(flow, trigger_message=message))
    await api.follow(made.metadata.id)
    return str(made.metadata.id)


async def talked(api: Api, agent_id: str, message: str) -> str:
    made = await api.agent_execution.create(agent_execution(agent_id, message=message))
    if message != "wait":
        request = AgentExecutionId(value=made.metadata.id)
        [snapshot async for snapshot in api.agent_execution.subscribe(request)]
    return str(made.metadata.id)


async def test_both_kinds_newest_first_with_the_names_of_what_ran(api: Api) -> None:
    flow = await api.workflow.apply(workflow("Greeting"))
    reviewer = await api.agent.apply(agent("Reviewer"))
    first = await ran(api, flow.metadata.id, "good morning")
    second = await talked(api, reviewer.metadata.id, "hello")
    reply = await listed(api)
    assert [(item.id, item.kind, item.target, item.target_slug) for item in reply.items] == [
        (second, 41, "Reviewer", "reviewer"),
        (first, 52, "Greeting", "greeting"),
    ]
    assert reply.next_page_token == ""
    older, newer = reply.items[1], reply.items[0]
    assert (older.message, older.phase, older.target_id) == ("good morning", 3, flow.metadata.id)
    assert older.started_at <= older.ended_at
    assert newer.session.startswith("ses-")


async def test_each_filter(api: Api) -> None:
    greeting = await api.workflow.apply(workflow("Greeting"))
    farewell = await api.workflow.apply(workflow("Farewell regards"))
    reviewer = await api.agent.apply(agent("Reviewer"))
    one, two = await ran(api, greeting.metadata.id, "good morning"), await ran(api, farewell.metadata.id)
    three = await talked(api, reviewer.metadata.id, "wait")
    four = await talked(api, reviewer.metadata.id, "Straße")
    assert await ids(api, id_prefix=one) == [one]
    assert await ids(api, id_prefix=one.partition("-")[2]) == [one]
    assert await ids(api, id_prefix="wex-") == [two, one]
    assert await ids(api, id_prefix="aex-0") == [four, three]
    assert await ids(api, id_prefix="zzz") == []
    assert await ids(api, phases=[1, 2]) == [three]
    assert await ids(api, phases=[3]) == [four, two, one]
    for target in ("Greeting", "greeting", greeting.metadata.id):
        assert await ids(api, target=target) == [one]
    assert await ids(api, target="reviewer", phases=[3]) == [four]
    assert await ids(api, target="greet") == []
    assert await ids(api, target_part="RE") == [four, three, two, one]
    assert await ids(api, target_part="WELL") == [two]
    assert await ids(api, text="MORNING") == [one]
    assert await ids(api, text="STRASSE") == [four]
    assert await ids(api, text="wai") == [three]
    assert await ids(api, since="2000-01-01T00:00:00+02:00") == [four, three, two, one]
    assert await ids(api, since="2999-01-01T00:00:00Z") == []
    await api.control.cancel(CancelRequest(execution_id=three, wait_seconds=5))


async def test_nested_ones_can_be_left_out_and_asked_for(api: Api) -> None:
    await api.workflow.apply(workflow("Child"))
    parent = await api.workflow.apply(workflow("Parent", task("call", "RUN", {"workflow": "child"})))
    top = await ran(api, parent.metadata.id)
    nested, first = (await listed(api)).items
    assert (first.id, first.nested, first.parent) == (top, 1, "")
    assert (nested.target, nested.parent, nested.parent_task) == ("Child", top, "call")
    assert await ids(api, top_only=True) == [top]
    assert await ids(api, parents=[top]) == [nested.id]
    assert await ids(api, target="child", top_only=True) == []


async def test_pages(api: Api, refused: Refused) -> None:
    flow = await api.workflow.apply(workflow("Greeting"))
    all_of_them = [await ran(api, flow.metadata.id, f"number {number}") for number in range(5)][::-1]
    first = await listed(api, page_size=2)
    second = await listed(api, page_size=2, page_token=first.next_page_token)
    third = await listed(api, page_size=2, page_token=second.next_page_token)
    assert [item.id for page in (first, second, third) for item in page.items] == all_of_them
    assert third.next_page_token == ""
    found = await listed(api, page_size=1, text="number 1")
    assert [item.id for item in found.items] == [all_of_them[3]]
    # A search rests after a while: the pages are shorter then, and the client goes on.
    with mock.patch("stigmerd.executions.history.SEARCH_SECONDS", 0.0):
        token, texts, pages = "", [], 0
        while pages == 0 or token:
            page = await listed(api, text="number", page_token=token)
            texts += [item.id for item in page.items]
            token, pages = page.next_page_token, pages + 1
    assert (texts, pages > 1) == (all_of_them, True)
    with refused("INVALID_ARGUMENT", "page_token"):
        await listed(api, page_token="nonsense")
    with refused("INVALID_ARGUMENT", "phases: 9"):
        await listed(api, phases=[9])
    with refused("INVALID_ARGUMENT", "since", "yesterday"):
        await listed(api, since="yesterday")


async def test_it_is_the_same_from_a_file_after_a_restart(open_world: OpenWorld, tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        flow = await world.api.workflow.apply(workflow("Greeting"))
        execution = await ran(world.api, flow.metadata.id, "good morning")
    async with open_world(tmp_path) as world:
        assert await ids(world.api, text="good morning", target="greeting") == [execution]


async def test_what_belonged_to_a_deleted_workflow_is_still_there(api: Api) -> None:
    flow = await api.workflow.apply(workflow("Greeting"))
    execution = await ran(api, flow.metadata.id)
    await api.workflow.delete(WorkflowId(value=flow.metadata.id))
    (item,) = (await listed(api)).items
    assert (item.id, item.target) == (execution, "")
