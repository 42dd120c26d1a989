"""What programs of the original's SDK say in their own way."""

from __future__ import annotations

from typing import Any

import pytest

from stigmerd.workflow.failure import failed
from tests.stigmerd.workflow.world import PlayedWorld, http
from tests.support.tasks import set_task, task


async def test_context_has_the_output_of_a_task_without_export(world: PlayedWorld) -> None:
    world.answers["fetch"] = {"n": 1}
    for mention in ('$context["fetch"].n', "$context.fetch.n", "$context['fetch'].n"):
        assert await world.run(http("fetch"), set_task("s", v=f"${{ {mention} }}")) == {"v": 1}
        world.asked.clear()
    assert await world.run(set_task("a", x="1"), set_task("b", v='${ $context["a"] }')) == {"v": {"x": "1"}}
    loop = task("all", "FOR", {"in": "[1, 2]", "do": [set_task("double", d="${ .item * 2 }")]})
    assert await world.run(loop, set_task("b", v='${ $context["all"][1].d }')) == {"v": 4}


async def test_what_is_exported_wins_and_is_all_that_the_context_lists(world: PlayedWorld) -> None:
    world.answers["fetch"] = {"n": 1}
    told = [http("fetch", export="${ .n + 1 }"), set_task("other", x="1")]
    assert await world.run(*told, set_task("s", v='${ $context["fetch"] }')) == {"v": 2}
    world.asked.clear()
    assert await world.run(*told, set_task("s", v="${ $context | keys }")) == {"v": ["fetch"]}


@pytest.mark.parametrize("export", [{}, {"export": {"as": "${.}"}}], ids=["silent", "exported"])
async def test_the_branches_of_a_fork(world: PlayedWorld, export: dict[str, Any]) -> None:
    branches = [{"name": name, "do": [set_task(f"in-{name}", v=name)]} for name in ("a", "b")]
    fork = task("fork", "FORK", {"branches": branches}) | export
    for mention in (
        '$context["fork"].branches.a.v',
        '$context["fork"].a.v',
        ".fork.branches.a.v",
        ".fork.a.v",
    ):
        assert await world.run(fork, set_task("s", v=f"${{ {mention} }}")) == {"v": "a"}, mention
    whole = await world.run(fork, set_task("s", v='${ $context["fork"] }'))
    assert whole == {"v": {"a": {"v": "a"}, "b": {"v": "b"}}}


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [("http", "CallHTTP error"), ("grpc", "CallGRPC error"), ("expression", "If statement error")],
)
@pytest.mark.parametrize("name", ["error", "problem"])
async def test_errors_have_the_names_of_either_sdk(
    world: PlayedWorld, kind: str, theirs: str, name: str
) -> None:
    world.answers["guard/try/fetch"] = failed(kind, "it went wrong")
    said = {
        "ours": f'${{ .{name}.type == "{kind}" }}',
        "theirs": f'${{.{name}.type}} == "{theirs}"',
        "any": f'${{ .{name}.type == "*" }}',
        "other": f'${{ .{name}.type == "CallOther error" }}',
        "either": f'${{ .{name}.type == "{theirs}" or .{name}.type == "*" }}',
        "shown": f"${{ .{name}.type }}",
    }
    cases = [{"name": "yes", "when": said["theirs"], "then": "seen"}, {"name": "no", "then": "end"}]
    handler = [
        task("which", "SWITCH", {"cases": cases}),
        set_task("seen", **{key: each for key, each in said.items() if key != "theirs"}),
    ]
    guarded = task("guard", "TRY", {"try": [http("fetch")], "catch": {"as": name, "do": handler}})
    assert await world.run(guarded) == {
        "ours": True,
        "any": True,
        "other": False,
        "either": True,
        "shown": kind,
    }


async def test_an_error_that_a_workflow_raises_keeps_its_name(world: PlayedWorld) -> None:
    raises = task("no", "RAISE", {"error": "CallHTTP error"})
    handler = [
        set_task("seen", same='${ .error.type == "CallHTTP error" }', ours='${ .error.type == "http" }')
    ]
    assert await world.run(task("guard", "TRY", {"try": [raises], "catch": {"do": handler}})) == {
        "same": True,
        "ours": False,
    }
