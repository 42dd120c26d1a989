"""Each kind of task is written as the contract wants it, and does what the program says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

from stigmer_api import tasks_pb2
from stigmer_api.apiresource_pb2 import WorkflowTaskKind
from stigmer_api.validation import violations
from stigmer_api.workflow_pb2 import WorkflowTask
from tests.stigmer.programs import Declare
from tests.stigmer.running import run

Json = Any

TYPED: Mapping[str, type[Message]] = {
    "SET": tasks_pb2.SetTaskConfig,
    "HTTP_CALL": tasks_pb2.HttpCallTaskConfig,
    "GRPC_CALL": tasks_pb2.GrpcCallTaskConfig,
    "CALL_ACTIVITY": tasks_pb2.CallActivityTaskConfig,
    "SWITCH": tasks_pb2.SwitchTaskConfig,
    "FOR": tasks_pb2.ForTaskConfig,
    "FORK": tasks_pb2.ForkTaskConfig,
    "TRY": tasks_pb2.TryTaskConfig,
    "LISTEN": tasks_pb2.ListenTaskConfig,
    "WAIT": tasks_pb2.WaitTaskConfig,
    "RAISE": tasks_pb2.RaiseTaskConfig,
    "RUN": tasks_pb2.RunTaskConfig,
    "AGENT_CALL": tasks_pb2.AgentCallTaskConfig,
}


def kind_of(task: WorkflowTask) -> str:
    return WorkflowTaskKind.Name(task.kind).removeprefix("WORKFLOW_TASK_KIND_")


def typed(task: WorkflowTask) -> Message:
    """The configuration as its own message; an unknown key is an error."""
    return ParseDict(MessageToDict(task.task_config), TYPED[kind_of(task)]())


def nested(config: Message) -> Iterator[WorkflowTask]:
    """The tasks inside, one level down."""
    for field, value in config.ListFields():
        if field.message_type is None or field.message_type.file.package == "google.protobuf":
            continue
        for each in [value] if isinstance(value, Message) else value:
            if isinstance(each, WorkflowTask):
                yield each
            elif isinstance(each, Message):
                yield from nested(each)


# program of one task → its configuration
CONFIGS = {
    "set": (
        'wf.set("t", text="plain", number=3, flag=True, rows=[{"a": 1.5}], nothing=None, given=wf.input.x)',
        {
            "variables": {
                "text": "plain",
                "number": "${ 3 }",
                "flag": "${ true }",
                "rows": '${ [{"a": 1.5}] }',
                "nothing": "${ null }",
                "given": "${ $input.x }",
            }
        },
    ),
    "set with any name": (
        'wf.set("t", {"then": "x", "a b": 1})',
        {"variables": {"then": "x", "a b": "${ 1 }"}},
    ),
    "get": (
        'host, key = runtime.env("HOST"), runtime.secret("KEY")\n'
        'wf.http_get("t", f"https://{host}/x", headers={"A": f"Bearer {key}", "N": 3},\n'
        '            params={"q": wf.input.q, "r": "a b"})',
        {
            "method": "GET",
            "endpoint": {"uri": "https://${.env_vars.HOST}/x?q=${ (($input.q | tostring) | @uri) }&r=a%20b"},
            "headers": {"A": "Bearer ${.secrets.KEY}", "N": "3"},
            "timeoutSeconds": 30,
        },
    ),
    "post": (
        'wf.http_post("t", "https://x", {"a": [1, wf.input.b, {"c": None}]}, timeout=5)',
        {
            "method": "POST",
            "endpoint": {"uri": "https://x"},
            "body": {"a": [1, "${ $input.b }", {"c": None}]},
            "timeoutSeconds": 5,
        },
    ),
    "put": (
        'wf.http_put("t", "https://x", {})',
        {"method": "PUT", "endpoint": {"uri": "https://x"}, "body": {}, "timeoutSeconds": 30},
    ),
    "patch": (
        'wf.http_patch("t", "https://x")',
        {"method": "PATCH", "endpoint": {"uri": "https://x"}, "timeoutSeconds": 30},
    ),
    "delete": (
        'wf.http_delete("t", wf.input.url)',
        {"method": "DELETE", "endpoint": {"uri": "${ $input.url }"}, "timeoutSeconds": 30},
    ),
    "grpc": (
        'wf.grpc_call("t", "shop.v1.Stock", "Take", {"sku": wf.input.sku})',
        {"service": "shop.v1.Stock", "method": "Take", "request": {"sku": "${ $input.sku }"}},
    ),
    "agent": (
        'wf.call_agent("t", "helper", "Hello", env={"A": 1}, model="m",\n'
        '              temperature=0.5, scope="platform", timeout=9)',
        {
            "agent": "helper",
            "scope": "platform",
            "message": "Hello",
            "env": {"A": "1"},
            "config": {"model": "m", "timeout": 9, "temperature": 0.5},
        },
    ),
    "agent, shortest": (
        'wf.call_agent("t", Agent("helper", "Help with everything."), wf.input.message)',
        {"agent": "helper", "message": "${ $input.message }", "config": {"timeout": 300}},
    ),
    "run": (
        'wf.run("t", "other", {"a": wf.input.a, "n": 1})',
        {"workflow": "other", "input": {"a": "${ $input.a }", "n": 1}},
    ),
    "activity": (
        "@activity\ndef clean(rows, *, strict=False): return rows\n"
        'wf.call_activity("t", clean, {"rows": wf.input.rows})',
        {"activity": "clean", "input": {"rows": "${ $input.rows }"}},
    ),
    "listen": (
        'wf.listen("t", "go", "stop", mode="all", type="update")',
        {
            "to": {
                "mode": "all",
                "signals": [{"id": "go", "type": "update"}, {"id": "stop", "type": "update"}],
            }
        },
    ),
    "wait": ('import datetime\nwf.wait("t", datetime.timedelta(minutes=1))', {"seconds": 60}),
    "raise": (
        'wf.raise_("t", "OutOfStock", f"no {wf.input.product}")',
        {"error": "OutOfStock", "message": "no ${ $input.product }"},
    ),
    "raise, shortest": ('wf.raise_("t", "OutOfStock")', {"error": "OutOfStock", "message": "OutOfStock"}),
    "switch": (
        'wf.switch("t", case(wf.input.n > 1, then="big", name="many"), default=END)\nwf.set("big", a=1)',
        {
            "cases": [
                {"name": "many", "when": "${ $input.n > 1 }", "then": "big"},
                {"name": "default", "then": "end"},
            ]
        },
    ),
    "for": (
        'with wf.for_each("t", wf.input.rows, each="row") as row:\n    wf.set("a", b=row.c)',
        {
            "each": "row",
            "in": "${ $input.rows }",
            "do": [
                {
                    "name": "a",
                    "kind": "WORKFLOW_TASK_KIND_SET",
                    "taskConfig": {"variables": {"b": "${ .row.c }"}},
                }
            ],
        },
    ),
    "fork": (
        'with wf.fork("t", compete=True) as t:\n    with t.branch("x"):\n        wf.wait("a", 1)\n'
        '    with t.branch("y"):\n        wf.wait("b", 2)',
        {
            "compete": True,
            "branches": [
                {
                    "name": name,
                    "do": [
                        {
                            "name": task,
                            "kind": "WORKFLOW_TASK_KIND_WAIT",
                            "taskConfig": {"seconds": seconds},
                        }
                    ],
                }
                for name, task, seconds in [("x", "a", 1), ("y", "b", 2)]
            ],
        },
    ),
    "try": (
        'with wf.try_("t") as t:\n    wf.wait("a", 1)\nwith t.catch("problem") as problem:\n'
        '    wf.set("b", c=problem.message)',
        {
            "try": [{"name": "a", "kind": "WORKFLOW_TASK_KIND_WAIT", "taskConfig": {"seconds": 1}}],
            "catch": {
                "as": "problem",
                "do": [
                    {
                        "name": "b",
                        "kind": "WORKFLOW_TASK_KIND_SET",
                        "taskConfig": {"variables": {"c": "${ .problem.message }"}},
                    }
                ],
            },
        },
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_configuration_of_a_kind(name: str, declare: Declare) -> None:
    source, expected = CONFIGS[name]
    task = declare(f'wf = Workflow("w")\n{source}').workflow.spec.tasks[0]
    config = typed(task)
    assert MessageToDict(config) == MessageToDict(ParseDict(expected, type(config)()))
    assert violations(config) == []
    inside = list(nested(config))
    assert bool(inside) == (kind_of(task) in ("FOR", "FORK", "TRY"))
    assert [violations(typed(inner)) for inner in inside] == [[]] * len(inside)


def test_all_kinds_are_in_this_table(declare: Declare) -> None:
    kinds = {
        kind_of(declare(f'wf = Workflow("w")\n{source}').workflow.spec.tasks[0])
        for source, _ in CONFIGS.values()
    }
    assert kinds == set(TYPED)


def test_a_task_exports_its_output_when_somebody_uses_it(declare: Declare) -> None:
    declared = declare("""
        wf = Workflow("w")
        used = wf.set("used", n=1)
        by_text = wf.set("by-text", n=1)
        by_hand = wf.set("by-hand", n=1)
        wf.set("unused", n=used.n, m=f"{by_text.n}!", k='${ $context["by-hand"].n }')
    """)
    exports = {task.name: MessageToDict(task).get("export") for task in declared.workflow.spec.tasks}
    everything = {"as": "${.}"}
    assert exports == {"used": everything, "by-text": everything, "by-hand": everything, "unused": None}


def test_nested_tasks_are_written_only_where_they_are(declare: Declare) -> None:
    declared = declare("""
        wf = Workflow("w")
        with wf.for_each("each", [1, 2]) as item:
            with wf.try_("guard") as guard:
                inner = wf.set("inner", n=item)
            with guard.catch() as error:
                wf.set("other", n=0)
            wf.set("after", n=inner.n + 1)
    """)
    assert [task.name for task in declared.workflow.spec.tasks] == ["each"]
    loop = declared.workflow.spec.tasks[0].task_config["do"]
    assert [task["name"] for task in loop] == ["guard", "after"]
    assert loop[0]["taskConfig"]["try"][0]["export"] == {"as": "${.}"}


async def test_loops_branches_tries_and_cases_do_what_the_program_says(declare: Declare) -> None:
    declared = declare("""
        wf = Workflow("w")
        with wf.for_each("rounds", wf.input.orders, each="order") as order:
            big = wf["rounds"]._step and order.total > 100
            with wf.switch("size") as size:
                with size.case(big):
                    wf.set("large", word="large", id=order.id)
                with size.case(order.total > 50):
                    wf.set("medium", word="medium", id=order.id)
                    wf.set("medium-again", word="medium!", id=order.id)
        rounds = wf["rounds"]
        with wf.fork("both") as both:
            with both.branch("words"):
                wf.set("joined", text=rounds.map(lambda entry: entry.word.default("small")).join())
            with both.branch("sum"):
                wf.set("added", n=wf.input.orders.sum("total"))
        with wf.try_("guard") as guard:
            wf.raise_("boom", "TooMuch", f"{both['sum'].n:.1f} is too much")
        with guard.catch() as error:
            wf.set("caught", text=error.message, kind=error.type)
        wf.set("end-result", words=both.words.text, said=guard.text, kind=guard.kind, n=both["sum"].n)
    """)
    given = {"orders": [{"id": 1, "total": 120}, {"id": 2, "total": 60}, {"id": 3, "total": 5}]}
    output, world = await run(declared.workflow, given=given)
    assert output["words"].startswith("large, medium!")
    assert output["n"] == 185
    assert "185.0 is too much" in output["said"]
    assert output["kind"] == "TooMuch"
    assert "rounds[0]/medium" not in world.done
    assert "rounds[1]/large" not in world.done
    assert {"rounds[0]/large", "rounds[1]/medium", "rounds[1]/medium-again"} <= set(world.done)


@pytest.mark.parametrize(
    ("n", "expected"),
    [(3, ["route", "a", "a2", "inner", "deep", "last"]), (2, ["route", "b", "last"]), (1, ["route", "last"])],
)
async def test_after_a_case_the_workflow_goes_on_behind_the_switch(
    n: int, expected: list[str], declare: Declare
) -> None:
    declared = declare("""
        wf = Workflow("w")
        with wf.switch("route") as route:
            with route.case(wf.input.n == 3):
                wf.set("a", n=1)
                wf.set("a2", n=1)
                with wf.switch("inner") as inner:
                    with inner.case(wf.input.n > 2):
                        wf.set("deep", n=1)
                    with inner.default():
                        wf.set("shallow", n=1)
            with route.case(wf.input.n == 2):
                wf.set("b", n=1)
        wf.set("last", n=1)
    """)
    _, world = await run(declared.workflow, given={"n": n})
    assert world.done == expected


@pytest.mark.parametrize(
    ("n", "expected"),
    [(3, {"size": "big", "last": "big"}), (2, {"size": "middle", "last": "other"}), (1, "TooSmall")],
)
async def test_the_value_of_a_switch_is_what_its_case_gave(n: int, expected: Json, declare: Declare) -> None:
    declared = declare("""
        wf = Workflow("w")
        with wf.try_("guard") as guard:
            with wf.switch("route") as route:
                with route.case(wf.input.n < 2):
                    wf.raise_("refuse", "TooSmall")
                with route.case(wf.input.n == 3):
                    wf.set("first", other=1)
                    wf.set("a", size="big")
                with route.default():
                    wf.set("b", size="middle")
            wf.set("between", size="other")
            with wf.switch("again") as again:
                with again.case(wf.input.n == 3):
                    wf.set("c", last=route.size)
                with again.default():
                    wf.set("d", last=wf["between"].size)
            wf.set("both", size=route.size, last=again.last)
        with guard.catch() as error:
            wf.set("failed", size=error.type)
        wf.set("end-result", both=guard)
    """)
    output, _ = await run(declared.workflow, given={"n": n})
    assert output == {"both": expected if isinstance(expected, dict) else {"size": expected}}


async def test_a_switch_at_the_end_of_a_loop_ends_the_round_and_not_the_workflow(declare: Declare) -> None:
    declared = declare("""
        wf = Workflow("w")
        with wf.for_each("rounds", [1, 2]) as n:
            with wf.switch("route") as route:
                with route.case(n == 1):
                    wf.set("one", n=1)
                with route.default():
                    wf.set("two", n=2)
        wf.set("last", all=wf["rounds"].map("n"))
    """)
    output, _ = await run(declared.workflow)
    assert output == {"all": [1, 2]}


async def test_jumps_go_where_they_say(declare: Declare) -> None:
    declared = declare("""
        wf = Workflow("w")
        wf.switch("route", case(wf.input.n > 1, then="big"), default="small")
        wf.set("big", n=1, then="after")
        wf.set("small", n=1)
        wf.set("after", n=1, then=END)
        wf.set("never", n=1)
    """)
    assert (await run(declared.workflow, given={"n": 2}))[1].done == ["route", "big", "after"]
    assert (await run(declared.workflow, given={"n": 1}))[1].done == ["route", "small", "after"]


async def test_calls_get_their_arguments(declare: Declare) -> None:
    declared = declare("""
        wf = Workflow("w")
        fetch = wf.http_get("fetch", f"https://shop/{wf.input.id}")
        ask = wf.call_agent("ask", "helper", f"About {fetch.title}: {fetch.tags.join()}")
        child = wf.run("child", "other", {"score": ask.score, "all": fetch})
        wf.set("result", answer=ask.response, child=child)
    """)
    page = {"title": "Tea", "tags": ["hot", "green"]}
    answers = {"fetch": page, "ask": {"response": "good", "score": 9}, "child": [1]}
    output, world = await run(declared.workflow, given={"id": 7}, answers=answers)
    assert output == {"answer": "good", "child": [1]}
    assert world.calls["fetch"]["uri"] == "https://shop/7"
    assert world.calls["ask"]["message"] == "About Tea: hot, green"
    assert world.calls["child"]["input"] == {"score": 9, "all": page}
