"""An agent lists and reads the resources of its MCP servers."""

from __future__ import annotations

import json

from tests.stigmerd.agents.stage import Stage, scripted, texts, with_server
from tests.stigmerd.agents.talking import called, results, talking

SERVER = {"server": "talking"}


async def test_resources_are_listed_and_read(stage: Stage) -> None:
    script = called("list_resources") + called("read_resource", uri="books://moby", **SERVER) + "- say: done"
    execution = await stage.run(talking(script, resources=True))
    assert texts(execution)[-1] == "done"
    listed, read = results(execution)
    (server,) = json.loads(listed)
    assert server["server"] == "talking"
    assert server["resources"][0] == {"uri": "books://moby", "name": "moby", "type": "text/plain"}
    assert server["templates"] == [{"uri_template": "books://{title}", "name": "a book by its title"}]
    assert read == "Call me Ishmael."


async def test_a_query_and_a_long_list(stage: Stage) -> None:
    agent = talking(
        called("list_resources", query="COVER") + called("list_resources") + "- say: done", resources=True
    )
    agent.spec.mcp_servers[0].stdio.env_placeholders["MANY"] = "300"
    found, everything = (json.loads(each)[0] for each in results(await stage.run(agent)))
    assert [each["uri"] for each in found["resources"]] == ["books://cover"]
    assert "templates" not in found
    assert len(everything["resources"]) == 200
    assert everything["left_out"] == "103 more: ask with a query"


async def test_what_cannot_be_read_is_said(stage: Stage) -> None:
    script = (
        called("read_resource", uri="books://none", **SERVER)
        + called("read_resource", uri="books://moby", server="shelf")
        + called("read_resource", uri="books://long", **SERVER)
        + "- say: done"
    )
    execution = await stage.run(talking(script, resources=True))
    calls = list(execution.status.tool_calls)
    assert "cannot read books://none" in calls[0].error
    assert "there is no 'books://none'" in calls[0].error
    assert 'no MCP server "shelf" has resources here; there are talking' in calls[1].error
    assert calls[2].result.endswith("… 10 characters are left out")


async def test_an_image_is_read(stage: Stage) -> None:
    script = called("read_resource", uri="books://cover", **SERVER) + "- say: done"
    execution = await stage.run(talking(script, resources=True))
    assert texts(execution)[-1] == "done"


async def test_without_the_option_there_are_no_such_tools(stage: Stage) -> None:
    execution = await stage.run(talking(called("list_resources") + "- say: done"))
    assert "Unknown tool name: 'list_resources'" in execution.status.tool_calls[0].error


async def test_a_server_without_resources_lists_none(stage: Stage) -> None:
    agent = talking(called("list_resources") + "- say: done", resources=True)
    plain = with_server(scripted(""), "talking").spec.mcp_servers[0]
    agent.spec.mcp_servers[0].CopyFrom(plain)
    (listed,) = results(await stage.run(agent))
    assert json.loads(listed) == [{"server": "talking", "resources": []}]
