"""A workflow that failed goes on at the task that failed; what was done is not done again."""

from __future__ import annotations

from stigmer_api.facts import RESUMED_ANNOTATION, RESUMED_AT_ANNOTATION, RESUMED_BY_ANNOTATION
from tests.stigmerd.resuming.flow import CANCELLED, COMPLETED, FAILED, Flow, output_of, tasks_of
from tests.stigmerd.services.served import Refused
from tests.support.tasks import set_task, task


async def test_it_goes_on_at_the_task_that_failed(flow: Flow) -> None:
    flow.breaks("/second")
    await flow.apply(
        flow.web.call("first", "/first", export="${ .path }"),
        set_task("pick", number="${ 41 + 1 }"),
        flow.web.call("second", "/second"),
        set_task("last", all="${ [$context.first, $data.number, .second.path] }"),
    )
    failed = await flow.run(FAILED)
    flow.mended("/second")
    resumed, reply = await flow.resume(failed)
    assert output_of(resumed) == {"all": ["/first", 42, "/second"]}
    assert flow.web.times == {"/first": 1, "/second": 2}
    assert tasks_of(resumed) == {
        "first": "kept", "pick": "kept", "second": "completed", "last": "completed",
    }  # fmt: skip
    assert (list(reply.tasks), list(reply.kept), list(reply.notices)) == (["second"], ["first", "pick"], [])


async def test_both_know_of_each_other(flow: Flow) -> None:
    flow.breaks("/x")
    await flow.apply(flow.web.call("x", "/x"))
    failed = await flow.run(FAILED)
    again, _ = await flow.resume(failed, FAILED)
    resumed, _ = await flow.resume(failed, FAILED)
    annotations = resumed.metadata.annotations
    assert annotations[RESUMED_ANNOTATION] == failed.metadata.id
    assert annotations[RESUMED_AT_ANNOTATION] == "x"
    old = await flow.api.follow(failed.metadata.id)
    assert old.metadata.annotations[RESUMED_BY_ANNOTATION] == f"{again.metadata.id},{resumed.metadata.id}"


async def test_what_was_done_is_as_it_was_and_what_runs_is_the_new_code(flow: Flow) -> None:
    flow.breaks("/x")
    await flow.apply(set_task("name", who="old"), flow.web.call("x", "/x"), set_task("gone"), name="Changing")
    failed = await flow.run(FAILED)
    await flow.apply(
        set_task("added"),
        set_task("name", who="new"),
        flow.web.call("x", "/y"),
        set_task("last", said="${ .who + .x.path }"),
        name="Changing",
    )
    resumed, reply = await flow.resume(failed)
    assert output_of(resumed) == {"said": "old/y"}
    assert list(reply.notices) == ["new in the code, before where it goes on, and so not run: added"]
    assert tasks_of(resumed) == {"name": "kept", "x": "completed", "last": "completed"}


async def test_a_task_that_is_gone_from_the_code_is_said(flow: Flow, refused: Refused) -> None:
    flow.breaks("/x")
    await flow.apply(flow.web.call("a", "/a"), flow.web.call("x", "/x"))
    failed = await flow.run(FAILED)
    await flow.apply(flow.web.call("a", "/a"), flow.web.call("other", "/o"))
    with refused("FAILED_PRECONDITION", "x, where wex-", "not in the code any more", "--from", "a, other"):
        await flow.resume(failed)
    resumed, _ = await flow.resume(failed, from_task="a")
    assert flow.web.times == {"/a": 2, "/x": 1, "/o": 1}
    assert tasks_of(resumed) == {"a": "completed", "other": "completed"}


async def test_from_an_earlier_task(flow: Flow, refused: Refused) -> None:
    flow.breaks("/c")
    await flow.apply(*(flow.web.call(name, f"/{name}") for name in "abcd"))
    failed = await flow.run(FAILED)
    flow.mended("/c")
    resumed, _ = await flow.resume(failed, from_task="b")
    assert tasks_of(resumed) == {"a": "kept", "b": "completed", "c": "completed", "d": "completed"}
    assert flow.web.times == {"/a": 1, "/b": 2, "/c": 2, "/d": 1}
    with refused("FAILED_PRECONDITION", "never reached d", "it came as far as c"):
        await flow.resume(failed, from_task="d")
    with refused("NOT_FOUND", "has no task bb", "did you mean b?"):
        await flow.resume(failed, from_task="bb")


async def test_a_completed_one_only_from_a_task(flow: Flow, refused: Refused) -> None:
    await flow.apply(flow.web.call("a", "/a"), flow.web.call("b", "/b"))
    done = await flow.run(COMPLETED)
    with refused("FAILED_PRECONDITION", "is completed", "--from"):
        await flow.resume(done)
    await flow.resume(done, from_task="b")
    assert flow.web.times == {"/a": 1, "/b": 2}


async def test_an_input_takes_the_place_of_the_tasks_own(flow: Flow, refused: Refused) -> None:
    flow.breaks("/x")
    body = {"of": "${ .who }"}
    await flow.apply(set_task("s", who="code"), flow.web.call("x", "/x", "POST", body=body))
    failed = await flow.run(FAILED)
    flow.mended("/x")
    await flow.resume(failed, input={"of": "${ not an expression }"})
    assert flow.web.requests[-1].body == '{"of": "${ not an expression }"}'.replace(": ", ":")
    await flow.resume(failed)
    assert flow.web.requests[-1].body == '{"of":"code"}'


async def test_a_chain_of_resumptions(flow: Flow) -> None:
    for path in ("/b", "/c"):
        flow.breaks(path)
    await flow.apply(*(flow.web.call(name, f"/{name}") for name in "abcd"))
    first = await flow.run(FAILED)
    flow.mended("/b")
    second, _ = await flow.resume(first, FAILED)
    flow.mended("/c")
    third, _ = await flow.resume(second)
    assert tasks_of(third) == {"a": "kept", "b": "kept", "c": "completed", "d": "completed"}
    assert flow.web.times == {"/a": 1, "/b": 2, "/c": 2, "/d": 1}
    assert [task.metadata["kept_from"] for task in third.status.tasks[:2]] == [
        first.metadata.id,
        second.metadata.id,
    ]


async def test_a_failed_round_of_a_loop(flow: Flow) -> None:
    flow.breaks("/item/2")
    loop = task("each", "FOR", {
        "each": "one", "in": "${ [10, 20, 30, 40] }",
        "do": [flow.web.call("get", "/item/${ .index }"), set_task("s", at="${ .get.path }", of="${.item}")],
    })  # fmt: skip
    await flow.apply(loop)
    failed = await flow.run(FAILED)
    flow.mended("/item/2")
    changed = {**loop, "taskConfig": {"each": "one", "in": "${ [1] }", "do": [
        flow.web.call("get", "/item/${ .index }"), set_task("s", at="${ .get.path }", new="yes"),
    ]}}  # fmt: skip
    await flow.apply(changed)
    resumed, _ = await flow.resume(failed)
    assert flow.web.times == {f"/item/{n}": 2 if n == 2 else 1 for n in range(4)}
    assert resumed.status.output.fields  # rounds that were done are as they were, all others are new
    rounds = [each for each in resumed.status.tasks if each.task_name == "s"]
    assert [dict(each.output) for each in rounds] == [
        {"at": "/item/0", "of": 10}, {"at": "/item/1", "of": 20},
        {"at": "/item/2", "new": "yes"}, {"at": "/item/3", "new": "yes"},
    ]  # fmt: skip


async def test_a_failed_branch(flow: Flow) -> None:
    flow.breaks("/left/2")
    branches = [
        {"name": name, "do": [flow.web.call("one", f"/{name}/1"), flow.web.call("two", f"/{name}/2")]}
        for name in ("left", "right")
    ]
    await flow.apply(task("both", "FORK", {"branches": branches}))
    failed = await flow.run(FAILED)
    before = dict(flow.web.times)
    flow.mended("/left/2")
    resumed, _ = await flow.resume(failed)
    assert flow.web.times["/left/1"] == 1
    assert flow.web.times["/right/1"] <= 2
    assert flow.web.times["/left/2"] == 2
    assert before["/left/1"] == 1
    assert {each["path"] for each in output_of(resumed).values()} == {"/left/2", "/right/2"}


async def test_inside_of_try_and_catch(flow: Flow) -> None:
    flow.breaks("/bad")
    flow.breaks("/mend/2")
    guarded = task("guard", "TRY", {
        "try": [flow.web.call("good", "/good"), flow.web.call("bad", "/bad")],
        "catch": {"as": "why", "do": [flow.web.call("m1", "/mend/1"), flow.web.call("m2", "/mend/2")]},
    })  # fmt: skip
    await flow.apply(guarded, set_task("last", why="${ .guard.path }"))
    failed = await flow.run(FAILED)
    flow.mended("/mend/2")
    resumed, reply = await flow.resume(failed)
    assert list(reply.tasks) == ["guard/catch/m2"]
    assert flow.web.times == {"/good": 1, "/bad": 1, "/mend/1": 1, "/mend/2": 2}
    assert output_of(resumed) == {"why": "/mend/2"}


async def test_a_workflow_within_goes_on_too(flow: Flow, refused: Refused) -> None:
    flow.breaks("/in/2")
    await flow.apply(flow.web.call("one", "/in/1"), flow.web.call("two", "/in/2"), name="Inner")
    run = task("child", "RUN", {"workflow": "inner", "input": {"n": 1}})
    await flow.apply(flow.web.call("a", "/a"), run, name="Outer")
    failed = await flow.run(FAILED)
    flow.mended("/in/2")
    resumed, _ = await flow.resume(failed)
    assert flow.web.times == {"/a": 1, "/in/1": 1, "/in/2": 2}
    await flow.resume(resumed, from_task="child/one")
    assert flow.web.times == {"/a": 1, "/in/1": 2, "/in/2": 3}
    await flow.resume(resumed, from_task="child/two")
    assert flow.web.times == {"/a": 1, "/in/1": 2, "/in/2": 4}
    await flow.resume(resumed, from_task="child")
    assert flow.web.times == {"/a": 1, "/in/1": 3, "/in/2": 5}
    with refused("NOT_FOUND", "has no task tow", "did you mean two?"):
        await flow.resume(resumed, from_task="child/tow")


async def test_a_call_that_was_answered_is_not_made_again(flow: Flow) -> None:
    await flow.apply(flow.web.call("pay", "/pay", export='${ error("no") }'), set_task("last", n="${ 1 }"))
    failed = await flow.run(FAILED)
    await flow.apply(
        flow.web.call("pay", "/pay", export="${ .path }"), set_task("last", at="${ $context.pay }")
    )
    resumed, _ = await flow.resume(failed)
    assert flow.web.times == {"/pay": 1}
    assert output_of(resumed) == {"at": "/pay"}


async def test_one_that_was_cancelled(flow: Flow) -> None:
    from stigmer_api.devloop_pb2 import CancelRequest
    from tests.support.api import workflow_execution

    flow.web.holds.add("/b")
    await flow.apply(flow.web.call("a", "/a"), flow.web.call("b", "/b"), set_task("last", n="${ 1 }"))
    created = await flow.api.workflow_execution.create(workflow_execution(flow.id))
    for _ in range(2):
        await flow.web.arrived.acquire()
    await flow.api.control.cancel(CancelRequest(execution_id=created.metadata.id, wait_seconds=20))
    cancelled = await flow.end(created.metadata.id, CANCELLED)
    flow.web.holds.clear()
    resumed, _ = await flow.resume(cancelled)
    assert flow.web.times == {"/a": 1, "/b": 2}
    assert output_of(resumed) == {"n": 1}


async def test_secrets_are_kept_and_stay_masked(flow: Flow) -> None:
    flow.breaks("/x")
    await flow.apply(
        set_task("head", auth="${ .secrets.TOKEN }"),
        flow.web.call("x", "/x", headers={"Authorization": "Bearer ${ .auth }"}),
        set_task("last", said="${ .auth }"),
    )
    secret = {"value": "s3cret-number-one", "is_secret": True}
    failed = await flow.run(FAILED, runtime_env={"TOKEN": secret})
    flow.mended("/x")
    resumed, _ = await flow.resume(failed)
    assert flow.web.requests[-1].headers["authorization"] == "Bearer s3cret-number-one"
    assert "s3cret-number-one" not in str(resumed)
    flow.mended("/x", {"echo": "s3cret-number-one"})  # what was a secret before is one still
    changed, _ = await flow.resume(failed, env={"TOKEN": "s3cret-number-two"})
    assert flow.web.requests[-1].headers["authorization"] == "Bearer s3cret-number-two"
    for text in ("s3cret-number-one", "s3cret-number-two"):
        assert text not in str(changed)
