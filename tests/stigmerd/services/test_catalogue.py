"""The list of what is stored."""

from __future__ import annotations

from typing import Any

from stigmer_api.devloop_pb2 import ListResourcesReply, ListResourcesRequest
from tests.stigmerd.services.served import Refused
from tests.support.api import Api, agent, environment, workflow, workflow_execution


async def listed(api: Api, **request: Any) -> ListResourcesReply:
    return await api.resources.list(ListResourcesRequest(**request))  # type: ignore[no-any-return, misc]


async def test_agents_and_workflows_newest_first(api: Api) -> None:
    sent = agent("Reviewer", annotations={"a": "b"})
    sent.spec.description = "reads code"
    made = await api.agent.apply(sent)
    await api.workflow.apply(workflow("Greeting"))
    await api.environment.apply(environment())
    reply = await listed(api)
    assert [(item.kind, item.slug) for item in reply.items] == [(50, "greeting"), (40, "reviewer")]
    item = reply.items[1]
    assert (item.id, item.name, item.org) == (made.metadata.id, "Reviewer", "local")
    assert (item.description, dict(item.annotations)) == ("reads code", {"a": "b"})
    assert item.created_at == item.updated_at
    assert item.created_at.endswith("Z")
    assert (reply.total_count, reply.next_page_token) == (2, "")


async def test_search_pages_and_organizations(api: Api, refused: Refused) -> None:
    for number in range(5):
        await api.agent.apply(agent(f"Agent {number}"))
    await api.agent.apply(agent("Agent 9", org="acme"))
    first = await listed(api, page_size=4)
    assert [item.name for item in first.items] == ["Agent 9", "Agent 4", "Agent 3", "Agent 2"]
    second = await listed(api, page_size=4, page_token=first.next_page_token)
    assert [item.name for item in second.items] == ["Agent 1", "Agent 0"]
    assert (second.next_page_token, second.total_count) == ("", 6)
    assert [item.name for item in (await listed(api, query="GENT 3")).items] == ["Agent 3"]
    assert [item.org for item in (await listed(api, org="acme")).items] == ["acme"]
    with refused("INVALID_ARGUMENT", "page_token"):
        await listed(api, page_token="nonsense")
    with refused("INVALID_ARGUMENT", "kinds: 12"):
        await listed(api, kinds=[12])


async def test_executions_are_in_it(api: Api) -> None:
    flow = await api.workflow.apply(workflow())
    sent = workflow_execution(flow.metadata.id, trigger_message="go")
    execution = await api.workflow_execution.create(sent)
    (item,) = (await listed(api, kinds=[52])).items
    assert (item.id, item.description) == (execution.metadata.id, "go")
