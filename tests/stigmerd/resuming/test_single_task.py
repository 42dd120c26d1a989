"""One task alone, with the values of the last run for what it needs."""

from __future__ import annotations

from stigmer_api.facts import ONLY_ANNOTATION, VALUES_ANNOTATION
from tests.stigmerd.resuming.flow import COMPLETED, FAILED, Flow, output_of, tasks_of
from tests.stigmerd.services.served import Refused
from tests.support.tasks import set_task, task


async def test_it_has_the_values_of_the_last_run_and_nothing_else_runs(flow: Flow) -> None:
    await flow.apply(
        flow.web.call("first", "/first", export="${ .path }"),
        set_task("pick", number="${ 42 }"),
        set_task("join", all="${ [$context.first, .number, .first.path, $input.message] }"),
        flow.web.call("last", "/last"),
    )
    run = await flow.run(COMPLETED, trigger_message="hello")
    alone = await flow.task("join")
    assert output_of(alone) == {"all": ["/first", 42, "/first", "hello"]}
    assert tasks_of(alone) == {"join": "completed"}
    assert flow.web.times == {"/first": 1, "/last": 1}
    annotations = alone.metadata.annotations
    assert (annotations[ONLY_ANNOTATION], annotations[VALUES_ANNOTATION]) == ("join", run.metadata.id)


async def test_with_the_new_code_of_that_task_and_the_old_values(flow: Flow) -> None:
    await flow.apply(set_task("a", who="old"), set_task("b", said="${ .who }"))
    run = await flow.run(COMPLETED)
    await flow.apply(set_task("a", who="new"), set_task("b", said='${ .who + "!" }'))
    for _ in range(2):  # one that ran alone gives no values
        alone = await flow.task("b")
        assert output_of(alone) == {"said": "old!"}
        assert alone.metadata.annotations[VALUES_ANNOTATION] == run.metadata.id


async def test_a_run_that_did_not_come_so_far(flow: Flow) -> None:
    await flow.apply(flow.web.call("a", "/a"), flow.web.call("b", "/b"), set_task("c", got="${ .a.path }"))
    flow.breaks("/b")
    await flow.run(FAILED)
    assert output_of(await flow.task("c")) == {"got": "/a"}
    assert flow.web.times == {"/a": 1, "/b": 1}


async def test_without_a_run_what_is_missing_is_said(flow: Flow, refused: Refused) -> None:
    await flow.apply(
        flow.web.call("fetch", "/f", export="${ .path }"),
        set_task("s", name2="x"),
        set_task("join", all="${ [$context.fetch, .name2, $data['s']] }"),
    )
    with refused("FAILED_PRECONDITION", "join needs fetch, name2", '--values \'{"fetch": …, "name2": …'):
        await flow.task("join")
    given = {"fetch": "given", "name2": "too", "s": 1}
    assert output_of(await flow.task("join", values=given)) == {"all": ["given", "too", 1]}
    assert output_of(await flow.task("join", input=given)) == {"all": ["given", "too", 1]}
    assert flow.web.times == {}


async def test_a_jump_to_a_task_that_does_not_run(flow: Flow) -> None:
    cases = [
        {"name": "large", "when": "${ .total > 100 }", "then": "manager"},
        {"name": "other", "then": "anybody"},
    ]
    await flow.apply(
        set_task("total", total="${ 120 }"),
        task("approval", "SWITCH", {"cases": cases}),
        set_task("manager", by="the manager", then="done"),
        set_task("anybody", by="anybody"),
        set_task("done", ok="yes"),
    )
    await flow.run(COMPLETED)
    approval = await flow.task("approval")
    assert tasks_of(approval) == {"approval": "completed"}
    assert output_of(await flow.task("manager"))["by"] == "the manager"


async def test_an_input(flow: Flow, refused: Refused) -> None:
    await flow.apply(
        flow.web.call("post", "/p", "POST", body={"of": "${ .nothing }"}),
        task("loop", "FOR", {"each": "n", "in": "${ [1] }", "do": [set_task("s", n="${ .n }")]}),
        flow.web.call("get", "/g"),
    )
    await flow.task("post", input={"of": 5})
    assert flow.web.requests[-1].body == '{"of":5}'
    alone = await flow.task("loop", input=[7, 8])
    assert [dict(each.output) for each in alone.status.tasks if each.task_name == "s"] == [{"n": 7}, {"n": 8}]
    with refused("INVALID_ARGUMENT", "a FOR task", "a list"):
        await flow.task("loop", input="text")
    with refused("INVALID_ARGUMENT", "get", "HTTP_CALL", "an object"):
        await flow.task("get", input="text")


async def test_nested_ones(flow: Flow, refused: Refused) -> None:
    await flow.apply(
        set_task("before", base="b"),
        task("loop", "FOR", {"each": "n", "in": "${ [10, 20, 30] }", "do": [
            flow.web.call("get", "/item/${ .n }"),
            set_task("s", got="${ .get.path + .base }", at="${ .index }"),
        ]}),
        task("both", "FORK", {"branches": [
            {"name": "left", "do": [flow.web.call("l", "/l"), set_task("after", got="${ .l.path }")]},
            {"name": "right", "do": [flow.web.call("r", "/r")]},
        ]}),
        task("guard", "TRY", {
            "try": [flow.web.call("bad", "/bad")],
            "catch": {"as": "why", "do": [set_task("mend", why="${ .why.status }")]},
        }),
    )  # fmt: skip
    flow.breaks("/bad")
    await flow.run(COMPLETED)
    before = dict(flow.web.times)
    assert output_of(await flow.task("loop[1]/s")) == {"got": "/item/20b", "at": 1}
    assert output_of(await flow.task("loop/s")) == {"got": "/item/30b", "at": 2}  # the last round
    assert output_of(await flow.task("both/left/after")) == {"got": "/l"}
    assert output_of(await flow.task("after")) == {"got": "/l"}
    assert output_of(await flow.task("mend")) == {"why": 400}
    assert output_of(await flow.task("guard/catch")) == {"why": 400}
    assert dict(flow.web.times) == before
    round_alone = await flow.task("loop[0]")
    assert output_of(round_alone) == {"got": "/item/10b", "at": 0}
    assert set(tasks_of(round_alone)) == {"loop[0]/get", "loop[0]/s"}
    other = await flow.task("loop[0]", input=99)
    assert output_of(other) == {"got": "/item/99b", "at": 0}
    with refused("INVALID_ARGUMENT", "a part of both", "an object"):
        await flow.task("both/right", input=1)
    await flow.task("both/right")
    assert flow.web.times["/r"] == 2
    assert flow.web.times["/l"] == 1
    failed = await flow.task("guard/try/bad", FAILED)
    assert "400" in failed.status.error
    missed = await flow.task("loop[9]/get", FAILED)
    assert "loop[9]/get was not reached" in missed.status.error
    with refused("NOT_FOUND", "has no task loop/gett", "did you mean loop/get?"):
        await flow.task("loop/gett")


async def test_one_that_is_new_in_the_code_and_one_behind_a_jump(flow: Flow) -> None:
    jump = task("way", "SWITCH", {"cases": [{"name": "over", "when": "true", "then": "end_of_it"}]})
    await flow.apply(set_task("a", x="1"), jump, set_task("over_it"), set_task("end_of_it", y="2"))
    await flow.run(COMPLETED)
    added = set_task("added", both="${ [.x, .y] }")
    await flow.apply(
        set_task("a", x="1"),
        jump,
        set_task("over_it", x="${ .x }"),
        set_task("end_of_it", y="2"),
        added,
    )
    assert output_of(await flow.task("over_it")) == {"x": "1"}
    assert output_of(await flow.task("added")) == {"both": ["1", "2"]}
