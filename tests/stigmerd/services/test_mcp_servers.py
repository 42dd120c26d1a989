"""MCP servers that are stored, as agents refer to them."""

from __future__ import annotations

import pytest

from stigmer_api.apiresource_pb2 import ApiResourceReference
from stigmer_api.mcpserver_pb2 import McpServer
from tests.stigmerd.services.served import ServedBackend
from tests.support.api import mcp_server

KEY = "key-abcdefghijkl"


def named(slug: str, org: str) -> McpServer:
    server = mcp_server(slug, org=org)
    server.spec.env_spec.data["KEY"].value = KEY
    server.spec.env_spec.data["KEY"].is_secret = True
    return server


async def test_a_reference_finds_the_organization_s_before_others_and_its_secrets(
    world: ServedBackend,
) -> None:
    mine = await world.api.mcp_server.create(named("jira", "acme"))
    others = await world.api.mcp_server.create(named("jira", "globex"))
    find = world.agents.lookup.mcp_server
    assert find(ApiResourceReference(slug="jira"), "acme").metadata.id == mine.metadata.id
    assert find(ApiResourceReference(slug="jira"), "globex").metadata.id == others.metadata.id
    assert find(ApiResourceReference(slug="jira", org="globex"), "acme").metadata.id == others.metadata.id
    assert find(ApiResourceReference(slug="jira"), "acme").spec.env_spec.data["KEY"].value == KEY


async def test_one_that_is_not_stored_names_the_nearest(world: ServedBackend) -> None:
    find = world.agents.lookup.mcp_server
    with pytest.raises(
        LookupError, match=r'no MCP server "jria" in this backend: apply it \(there are none\)'
    ):
        find(ApiResourceReference(slug="jria"), "acme")
    await world.api.mcp_server.create(named("jira", "acme"))
    with pytest.raises(LookupError, match=r'\(did you mean "acme/jira"\?\)'):
        find(ApiResourceReference(slug="jria"), "acme")
    with pytest.raises(LookupError, match=r'of organization "acme" .*\(did you mean "acme/jira"\?\)'):
        find(ApiResourceReference(slug="jria", org="acme"), "")
