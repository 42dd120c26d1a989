"""The code may have changed: tasks are matched by name, and what has no match is said."""

from __future__ import annotations

from typing import Any

from tests.stigmerd.resuming.flow import FAILED, Flow, output_of, tasks_of
from tests.support.tasks import set_task, task


def loop(*do: dict[str, Any], each: str = "one") -> dict[str, Any]:
    return task("each", "FOR", {"each": each, "in": "3", "do": list(do)})


def get(flow: Flow, name: str = "get") -> dict[str, Any]:
    return flow.web.call(name, f"/{name}/${{ .index }}")


async def test_a_round_begins_again_when_its_task_is_gone(flow: Flow) -> None:
    flow.breaks("/bad/1")
    await flow.apply(loop(get(flow), get(flow, "bad")))
    failed = await flow.run(FAILED)
    await flow.apply(loop(get(flow), get(flow, "good")))
    _, reply = await flow.resume(failed)
    assert list(reply.notices) == ["round 1 of each begins again: the code has no task each[1]/bad any more"]
    assert flow.web.times == {
        "/get/0": 1, "/get/1": 2, "/get/2": 1, "/bad/0": 1, "/bad/1": 1, "/good/1": 1, "/good/2": 1,
    }  # fmt: skip


async def test_a_loop_with_another_item_runs_again_as_a_whole(flow: Flow) -> None:
    flow.breaks("/get/1")
    await flow.apply(loop(get(flow)))
    failed = await flow.run(FAILED)
    flow.mended("/get/1")
    await flow.apply(loop(get(flow), each="other"))
    _, reply = await flow.resume(failed)
    assert list(reply.notices) == ["each runs again as a whole: the code has another task of that name now"]
    assert flow.web.times == {"/get/0": 2, "/get/1": 2, "/get/2": 1}


async def test_what_is_done_and_now_comes_later_is_not_done_again(flow: Flow) -> None:
    flow.breaks("/x")
    first, failing, last = flow.web.call("pay", "/pay"), flow.web.call("x", "/x"), set_task("last", n="1")
    await flow.apply(first, failing, last)
    failed = await flow.run(FAILED)
    flow.mended("/x")
    await flow.apply(failing, first, last)
    resumed, reply = await flow.resume(failed)
    assert list(reply.notices) == ["pay now comes after x: it is done, and does not run again"]
    assert flow.web.times == {"/pay": 1, "/x": 2}
    assert tasks_of(resumed) == {"pay": "kept", "x": "completed", "last": "completed"}


async def test_branches_that_come_and_go(flow: Flow) -> None:
    def fork(*names: str) -> dict[str, Any]:
        branches = [{"name": name, "do": [flow.web.call(name, f"/{name}")]} for name in names]
        return task("both", "FORK", {"branches": branches})

    flow.breaks("/b")
    await flow.apply(fork("b", "c"))
    failed = await flow.run(FAILED)
    flow.mended("/b")
    await flow.apply(fork("b", "c", "new"))
    resumed, _ = await flow.resume(failed)
    assert set(output_of(resumed)) == {"b", "c", "new"}
    await flow.apply(fork("c", "new"))
    resumed, reply = await flow.resume(failed)
    assert list(reply.notices) == ["both/b is not in the code any more, and its result is left out"]
    assert set(output_of(resumed)) == {"c", "new"}


async def test_a_race_that_all_lost(flow: Flow) -> None:
    branches = [{"name": name, "do": [flow.web.call(name, f"/{name}")]} for name in ("l", "r")]
    flow.breaks("/l")
    flow.breaks("/r")
    await flow.apply(task("race", "FORK", {"branches": branches, "compete": True}))
    failed = await flow.run(FAILED)
    flow.mended("/r")
    resumed, _ = await flow.resume(failed)
    assert output_of(resumed) == {"r": {"path": "/r"}}


async def test_variables_may_be_given_anew_and_the_message_is_kept(flow: Flow) -> None:
    flow.breaks("/x")
    await flow.apply(flow.web.call("x", "/x"), set_task("last", said="${ $input.message + .env_vars.PLACE }"))
    failed = await flow.run(FAILED, trigger_message="hello ", runtime_env={"PLACE": {"value": "here"}})
    flow.mended("/x")
    resumed, _ = await flow.resume(failed)
    assert output_of(resumed) == {"said": "hello here"}
    resumed, _ = await flow.resume(failed, env={"PLACE": "there"})
    assert output_of(resumed) == {"said": "hello there"}
