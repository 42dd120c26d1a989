"""What expressions see."""

from __future__ import annotations

from stigmerd.workflow import State
from tests.stigmerd.workflow.world import PlayedWorld, http
from tests.support.tasks import set_task, task


async def test_set_merges_its_variables(world: PlayedWorld) -> None:
    await world.run(set_task("a", x="1", y="2"), set_task("b", y="3", z="${ .x + .y }"))
    assert world.outputs["b"] == {"y": "3", "z": "12"}
    state = State()
    await PlayedWorld().run(set_task("a", x="1"), set_task("b", y="${$data.x}"), state=state)
    assert state.data == {"x": "1", "y": "1"}


async def test_export_goes_to_the_context_under_the_name_of_the_task(world: PlayedWorld) -> None:
    world.answers["fetch"] = {"a": {"b": 1}}
    exports = {
        "${.}": {"a": {"b": 1}},
        "${ .a.b }": 1,
        "${ $context.a }": {"b": 1},
        ".a": {"b": 1},
        "done": "done",
    }
    for export, expected in exports.items():
        world.asked.clear()
        output = await world.run(http("fetch", export=export), set_task("s", v='${ $context["fetch"] }'))
        assert output == {"v": expected}, export


async def test_text_with_expressions_inside(world: PlayedWorld) -> None:
    output = await world.run(
        set_task("a", id="7"),
        set_task("b", url="https://host/${ .id }/x?y=${ [1, {a: null}] }", plain="no $ {here}"),
    )
    assert output == {"url": 'https://host/7/x?y=[1,{"a":null}]', "plain": "no $ {here}"}


async def test_structures_are_evaluated_deeply(world: PlayedWorld) -> None:
    config = {"activity": "f", "input": {"list": [{"x": "${ 1 + 1 }"}, "a${ 2 }"], "n": 5, "none": None}}
    await world.run(task("c", "CALL_ACTIVITY", config))
    assert world.calls[0][2]["input"] == {"list": [{"x": 2}, "a2"], "n": 5, "none": None}


async def test_single_quotes_and_braces_in_programs(world: PlayedWorld) -> None:
    output = await world.run(
        set_task("a", v="${ {a: 'it}s', b: \"}\"} | .a + .b }", w="${ 'say \"hi\"' }", x='${ "don\'t" }')
    )
    assert output == {"v": "it}s}", "w": 'say "hi"', "x": "don't"}


async def test_conditions_with_parts_outside(world: PlayedWorld) -> None:
    conditions = {
        '${ $context["t"].status } == "open"': True,
        "${ $context['t'].n } > 10": True,
        "${ $context.t.n } >= 12": False,
        '${ .s } | contains("ell")': True,
        '"${ .s }" == "hello"': True,
        "'${ .s }!' == 'hello!'": True,
        "${ .s == 'x' } or ${ $context.t.n == 11 }": True,
        "${ .missing }": False,
        ".s == 'hello'": True,
        "False": False,
    }
    for when, expected in conditions.items():
        other = PlayedWorld(answers={"t": {"status": "open", "n": 11}})
        cases = [{"name": "y", "when": when, "then": "yes"}, {"name": "n", "then": "end"}]
        await other.run(
            http("t", export="${.}"),
            set_task("a", s="hello"),
            task("s", "SWITCH", {"cases": cases}),
            set_task("yes"),
        )
        assert (other.begun[-1] == "yes") is expected, when


async def test_an_iteration_sees_item_index_and_its_own_names(world: PlayedWorld) -> None:
    world.answers["fetch"] = [{"id": 3}, {"id": 4}]
    body = [set_task("s", a="${.item.id}", b="${.order.id}", c="${.index}", d="${ $data.order.id }")]
    output = await world.run(
        http("fetch"), task("loop", "FOR", {"each": "order", "in": "${ .fetch }", "do": body})
    )
    assert output == [{"a": n + 3, "b": n + 3, "c": n, "d": n + 3} for n in (0, 1)]


async def test_a_loop_over_a_map_gives_a_map(world: PlayedWorld) -> None:
    body = [set_task("s", v="${ .index + .item }")]
    assert await world.run(task("loop", "FOR", {"in": '{"a": "x", "b": "y"}', "do": body})) == {
        "a": {"v": "ax"},
        "b": {"v": "by"},
    }
    assert await world.run(task("loop", "FOR", {"in": "{}", "do": body})) == {}
    assert await world.run(task("loop", "FOR", {"in": "[]", "do": body})) == []


async def test_a_loop_over_something_else_says_so(world: PlayedWorld) -> None:
    failure = await world.fails(task("loop", "FOR", {"in": "${ .nothing }", "do": [set_task("s")]}))
    assert "a list, an object or a whole number" in failure.problem.title


async def test_iterations_are_isolated(world: PlayedWorld) -> None:
    body = [set_task("s", seen="${ .seen + 1 }")]
    state = State(data={"seen": 1})
    output = await world.run(task("loop", "FOR", {"in": "3", "do": body}), state=state)
    assert output == [{"seen": 2}] * 3
    assert state.data["seen"] == 1
    assert "item" not in state.data


async def test_input_env_and_output_are_visible(world: PlayedWorld) -> None:
    state = State(input={"message": "hi"}, env={"K": {"value": "v", "is_secret": False}})
    output = await world.run(
        set_task("a", x="${ $input.message }"), set_task("b", y="${ $output.x + $env.K.value }"), state=state
    )
    assert output == {"y": "hiv"}


async def test_a_bad_expression_fails_its_task_with_its_text(world: PlayedWorld) -> None:
    failure = await world.fails(set_task("a", x="${ now( }"))
    assert failure.problem.task == "a"
    assert "syntax error" in failure.problem.detail


async def test_a_place_that_nothing_closes_is_text(world: PlayedWorld) -> None:
    texts = {"a": "costs ${ 5", "b": "${ 5", "c": "${", "d": "x ${ { ${ 1 + 1 } y", "e": "${ 'it}"}
    output = await world.run(set_task("a", **texts))
    assert output == {"a": "costs ${ 5", "b": "${ 5", "c": "${", "d": "x ${ { 2 y", "e": "${ 'it}"}
    cases = [{"name": "a", "when": "${ .x == 1", "then": "end"}]
    failure = await world.fails(task("which", "SWITCH", {"cases": cases}))
    assert "without its" in failure.problem.title


async def test_arguments_of_the_calls(world: PlayedWorld) -> None:
    world.answers["a"] = {"id": 5}
    post = {
        "method": "post",
        "endpoint": {"uri": "http://h/${ .a.id }"},
        "headers": {"X": "${ .a.id }"},
        "body": {"n": "${ .a.id }"},
        "timeout_seconds": 9,
    }
    agent = {"agent": "rev", "message": "see ${ .a.id }", "env": {"K": "${.a.id}"}, "config": {"timeout": 60}}
    await world.run(
        http("a"),
        task("post", "HTTP_CALL", post),
        task("ask", "AGENT_CALL", agent),
        task("run", "RUN", {"workflow": "w", "input": {"x": "${ .a }"}}),
        task("grpc", "GRPC_CALL", {"service": "s", "method": "m", "request": {"x": "${ .a.id }"}}),
    )
    arguments = {key: given for key, _, given in world.calls}
    assert arguments["post"] == {
        "method": "POST",
        "uri": "http://h/5",
        "headers": {"X": "5"},
        "body": {"n": 5},
        "timeout_seconds": 9,
    }
    assert arguments["ask"]["message"] == "see 5"
    assert arguments["ask"]["env"] == {"K": "5"}
    assert arguments["ask"]["timeout_seconds"] == 60
    assert arguments["run"] == {"workflow": "w", "input": {"x": {"id": 5}}}
    assert arguments["grpc"]["request"] == {"x": 5}
