"""An execution is named by its id, the beginning of that, or as the last one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
import pytest

from runcmd.backend.calls import Backend, open_backend
from runcmd.errors import TargetError
from runcmd.pipeline import Connect
from runcmd.which_execution import execution_named, find_execution
from tests.support.api import Api, workflow, workflow_execution
from tests.support.tasks import task
from tests.support.weak_server import WEX, WeakServer


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A backend where two workflows ran; the second one started another."""

    backend: Backend
    api: Api
    greeting: str
    parent: str


@asynccontextmanager
async def ran(connect: Connect) -> AsyncIterator[Ran]:
    address = await connect()
    async with open_backend(address) as backend, grpc.aio.insecure_channel(address.target) as channel:
        api = Api(channel)
        ids = []
        flows = [workflow("Greeting"), workflow("Parent", task("call", "RUN", {"workflow": "greeting"}))]
        for flow in flows:
            deployed = await api.workflow.apply(flow)
            made = await api.workflow_execution.create(workflow_execution(deployed.metadata.id))
            await api.follow(made.metadata.id)
            ids.append(made.metadata.id)
        yield Ran(backend=backend, api=api, greeting=ids[0], parent=ids[1])


def beginning(one: str, other: str) -> str:
    """The shortest of `one` that `other` does not have."""
    same = next(place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    return one[: same + 1]


async def test_a_whole_id_is_taken_without_asking(server: WeakServer) -> None:
    async with open_backend(server.address) as backend:
        assert await execution_named(WEX, backend) == WEX
        assert await execution_named(f" {WEX.replace('-', '_').upper()} ", backend) == WEX
    assert server.calls == []


async def test_the_beginning_of_an_id(connect: Connect) -> None:
    async with ran(connect) as world:
        prefix = beginning(world.greeting, world.parent)
        for text in (prefix, prefix.removeprefix("wex-"), prefix.replace("-", "_")):
            assert await execution_named(text, world.backend) == world.greeting
        kind, found = await find_execution(prefix, world.backend)
        assert (kind.value, found.metadata.id) == ("workflow", world.greeting)


async def test_several_begin_like_this(connect: Connect) -> None:
    async with ran(connect) as world:
        with pytest.raises(TargetError) as caught:
            await execution_named("wex-0", world.backend)
    error = caught.value
    assert (error.message, error.code) == ('3 executions have an id that begins with "wex-0"', "E0614")
    assert f"  {world.greeting}  Greeting [completed]" in error.details


async def test_the_last_one_was_started_by_nobody_else(connect: Connect) -> None:
    async with ran(connect) as world:
        assert await execution_named("last", world.backend) == world.parent
        nested = await execution_named("last:Greeting", world.backend)
        assert nested not in (world.parent, world.greeting)
        assert await execution_named("last:greeting", world.backend) == nested
        with pytest.raises(TargetError) as caught:
            await execution_named("last:Greetin", world.backend)
    assert caught.value.hint == 'did you mean "Greeting"?'


async def test_nothing_has_run(connect: Connect) -> None:
    async with open_backend(await connect()) as backend:
        with pytest.raises(TargetError, match="nothing has run yet"):
            await execution_named("last", backend)


async def test_none_is_like_it(connect: Connect) -> None:
    async with ran(connect) as world:
        typo = world.greeting[:-1] + ("1" if world.greeting[-1] == "0" else "0")
        with pytest.raises(TargetError) as caught:
            await find_execution(typo, world.backend)
        assert caught.value.message == f"no execution with the id {typo}"
        assert f"  {world.greeting}  Greeting [completed]" in caught.value.details
        with pytest.raises(TargetError) as caught:
            await find_execution("greeting", world.backend)
    assert caught.value.hint == "the newest of greeting is: last:greeting"


async def test_a_server_without_a_list_knows_whole_ids_only(server: WeakServer) -> None:
    async with open_backend(server.address) as backend:
        assert await execution_named("other-form", backend) == "other-form"
        with pytest.raises(Exception, match="has no list of executions") as caught:
            await execution_named("last", backend)
    assert (caught.value.code, caught.value.exit_code) == ("E0615", 4)  # type: ignore[attr-defined]
