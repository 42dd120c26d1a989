"""Create, update, apply, delete, get: the same for every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.message import Message

from stigmer_api.agent_pb2 import AgentId
from stigmer_api.apiresource_pb2 import ApiResourceDeleteInput, ApiResourceId, ApiResourceReference
from stigmer_api.workflow_pb2 import WorkflowId
from tests.stigmerd.services.served import Refused
from tests.support.api import Api, Family, agent, environment, mcp_server, workflow


def by_id(kind: str, value: str) -> Message:
    return {"agent": AgentId, "workflow": WorkflowId}.get(kind, ApiResourceId)(value=value)


def deletion(kind: str, value: str) -> Message:
    return by_id(kind, value) if kind in ("agent", "workflow") else ApiResourceDeleteInput(resource_id=value)


Make = Callable[..., Any]
KINDS: dict[str, tuple[Make, str, str, int]] = {
    "agent": (agent, "Agent", "agt", 40),
    "workflow": (workflow, "Workflow", "wfl", 50),
    "environment": (environment, "Environment", "env", 53),
    "mcp_server": (mcp_server, "McpServer", "mcp", 44),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(kind: str) -> Make:
    return KINDS[kind][0]


@pytest.fixture
def calls(api: Api, kind: str) -> Family:
    return getattr(api, kind)  # type: ignore[no-any-return]


async def test_create_fills_what_the_client_left_open(calls: Family, make: Make, kind: str) -> None:
    made = await calls.create(make("My First: One"))
    prefix = KINDS[kind][2]
    assert made.metadata.id.startswith(f"{prefix}-")
    assert len(made.metadata.id) == len(prefix) + 27
    assert made.metadata.id == made.metadata.id.lower()
    assert (made.metadata.slug, made.metadata.org) == ("my-first-one", "local")
    for audit in (made.status.audit.spec_audit, made.status.audit.status_audit):
        assert (audit.event, audit.created_by.id) == ("created", "system")
        assert audit.created_at == audit.updated_at
        assert audit.created_at.seconds > 1_700_000_000
    assert await calls.get(by_id(kind, made.metadata.id)) == made


async def test_create_refuses_a_slug_that_is_taken(
    calls: Family, make: Make, kind: str, refused: Refused
) -> None:
    made = await calls.create(make("Same"))
    with refused("ALREADY_EXISTS", f"with slug 'same' already exists (id: {made.metadata.id})"):
        await calls.create(make("Same"))
    with refused("ALREADY_EXISTS", made.metadata.id):
        await calls.create(make("Other", id=made.metadata.id))


async def test_organizations_do_not_get_in_each_others_way(calls: Family, make: Make) -> None:
    ours, theirs = await calls.create(make("Same")), await calls.create(make("Same", org="acme"))
    assert ours.metadata.id != theirs.metadata.id
    again = await calls.apply(make("Same", org="acme"))
    assert again.metadata.id == theirs.metadata.id


async def test_a_name_without_letters_is_refused(calls: Family, make: Make, refused: Refused) -> None:
    with refused("INVALID_ARGUMENT", "gives no slug"):
        await calls.create(make("***"))
    with refused("INVALID_ARGUMENT", "metadata.id"):
        await calls.create(make("Good", id="../../etc"))


async def test_apply_creates_then_leaves_alone_then_updates(calls: Family, make: Make, kind: str) -> None:
    first = await calls.apply(make())
    assert first.status.audit.spec_audit.event == "created"

    same = await calls.apply(make())
    assert same == first
    assert await calls.get(by_id(kind, first.metadata.id)) == first

    changed = make(tags=["new"])
    changed.spec.description = "changed"
    second = await calls.apply(changed)
    audit, before = second.status.audit.spec_audit, first.status.audit.spec_audit
    assert second.metadata.id == first.metadata.id
    assert (audit.event, second.spec.description, list(second.metadata.tags)) == (
        "updated",
        "changed",
        ["new"],
    )
    assert audit.created_at == before.created_at
    assert audit.updated_at.ToNanoseconds() > before.updated_at.ToNanoseconds()


async def test_apply_ignores_the_id_and_status_of_the_client(calls: Family, make: Make) -> None:
    sent = make(id="agt-mine")
    sent.status.audit.spec_audit.event = "forged"
    made = await calls.apply(sent)
    assert made.metadata.id != "agt-mine"
    assert made.status.audit.spec_audit.event == "created"
    assert (await calls.apply(sent)) == made


async def test_update_keeps_id_slug_and_organization(calls: Family, make: Make) -> None:
    made = await calls.create(make("Old Name"))
    sent = make("New Name", id=made.metadata.id, org="elsewhere", slug="else")
    updated = await calls.update(sent)
    metadata = updated.metadata
    assert (metadata.id, metadata.slug, metadata.org, metadata.name) == (
        made.metadata.id,
        "old-name",
        "local",
        "New Name",
    )
    by_slug = make("Newest Name", slug="old-name")
    assert (await calls.update(by_slug)).metadata.id == made.metadata.id


async def test_update_of_nothing(calls: Family, make: Make, kind: str, refused: Refused) -> None:
    title = KINDS[kind][1]
    with refused("NOT_FOUND", f"{title} not found: nobody"):
        await calls.update(make("Nobody"))
    with refused("NOT_FOUND", f"{title} not found: agt-0"):
        await calls.update(make("Nobody", id="agt-0"))


async def test_delete_returns_it_once(calls: Family, make: Make, kind: str, refused: Refused) -> None:
    made = await calls.create(make())
    assert (await calls.delete(deletion(kind, made.metadata.id))).metadata == made.metadata
    for call in (calls.delete(deletion(kind, made.metadata.id)), calls.get(by_id(kind, made.metadata.id))):
        with refused("NOT_FOUND", f"{KINDS[kind][1]} not found: {made.metadata.id}"):
            await call
    assert (await calls.apply(make())).metadata.id != made.metadata.id


async def test_get_by_reference(calls: Family, make: Make, kind: str, refused: Refused) -> None:
    made = await calls.create(make("Wanted"))
    title, number = KINDS[kind][1], KINDS[kind][3]
    for reference in (
        ApiResourceReference(slug="wanted"),
        ApiResourceReference(slug="wanted", org="local", kind=number),  # type: ignore[arg-type]
    ):
        assert await calls.getByReference(reference) == made
    with refused("NOT_FOUND", f"{title} not found: wanted", "acme"):
        await calls.getByReference(ApiResourceReference(slug="wanted", org="acme"))
    with refused("INVALID_ARGUMENT", "the reference is to Session", title):
        await calls.getByReference(ApiResourceReference(slug="wanted", kind=42))  # type: ignore[arg-type]
    with refused("INVALID_ARGUMENT", "slug"):
        await calls.getByReference(ApiResourceReference())


async def test_an_empty_id_is_invalid(calls: Family, kind: str, refused: Refused) -> None:
    with refused("INVALID_ARGUMENT", "validation error: value: is required"):
        await calls.get(by_id(kind, ""))
