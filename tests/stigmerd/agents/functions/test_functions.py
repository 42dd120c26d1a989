"""Functions of a real project, called by agents in a real process of the project's interpreter."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import AgentExecution, ExecutionPhase
from tests.stigmer.programs import Project
from tests.stigmerd.agents.notes import told
from tests.stigmerd.agents.stage import Stage, with_server
from tests.support.poll import until
from tests.support.processes import alive

FACTS = "devloop.stigmer.ai/"
MAIN = '''
    import asyncio, os, subprocess, sys, threading, time
    from dataclasses import dataclass
    from datetime import date
    from pathlib import Path

    from stigmer import *
    from helper import double

    print("not told")
    count = 0
    together = threading.Barrier(2)

    @dataclass
    class Item:
        name: str
        amount: int = 1

    @tool(name="double")
    def doubled(number: int, item: Item | None = None) -> dict:
        """Twice as much."""
        print("doubling", number)
        print("half a line", end="", file=sys.stderr)
        subprocess.run(["echo", "from a child"], check=True)
        return {"sum": double(number), "item": item, "token": os.environ["TOKEN"], "dir": os.getcwd()}

    async def later(day: date) -> list:
        await asyncio.sleep(0)
        return [day.year, day]

    def counted() -> int:
        global count
        count += 1
        return count

    @tool(retries=1)
    def choosy(number: int) -> int:
        if number < 3:
            raise ModelRetry("3 at least")
        return number

    def bad(key: str) -> None:
        raise LookupError(f"no {key}, and not {os.environ['TOKEN']}")

    def meet(name: str) -> str:
        print("here is", name)
        together.wait(30)
        return name

    @tool(timeout=0.2)
    def hang(file: str) -> None:
        Path(file).write_text(str(os.getpid()))
        time.sleep(1000)

    def outlast(file: str, other: str) -> int:
        Path(file).write_text(str(os.getpid()))
        while not Path(other).exists():
            time.sleep(0.01)
        return os.getpid()

    def wait(file: str) -> None:
        Path(file).write_text(str(os.getpid()))
        time.sleep(1000)

    def leave() -> None:
        os._exit(3)

    def strange() -> object:
        return object()

    def about(context: ToolContext, word: str = "x") -> list:
        return [context.agent, context.sub_agent, context.tool, context.attempt, context.call_id,
                str(context.workspace), bool(context.execution_id)]

    def named(ctx: int, self: int, tool: int = 0) -> list:
        return [ctx, self, tool]

    def add(a: int, b: int) -> int:
        return 1000

    aide = SubAgent("aide", "You help with anything.", tools=[about, counted])
    Agent("guide", "You know it all.", sub_agents=[aide], tools=[
        doubled, later, counted, choosy, bad, meet, hang, outlast, wait, leave, strange, about, named, add])
'''


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    folder = tmp_path_factory.mktemp("functions")
    write(folder, dedent(MAIN))
    return synthesised(folder)


def write(folder: Path, main: str) -> None:
    (folder / "main.py").write_text(main)
    (folder / "helper.py").write_text("def double(x):\n    return 2 * x\n")


def synthesised(folder: Path) -> Agent:
    """The agent of the project, as a run deploys it."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    files = Project(directory=folder, out=out).synthesise()
    agent = Agent.FromString(files["agent-0.pb"])
    for fact, value in {"python": sys.executable, "main": folder / "main.py", "project-dir": folder}.items():
        agent.metadata.annotations[FACTS + fact] = str(value)
    return agent


def calling(agent: Agent, *turns: Any) -> Agent:
    """The same, with a model that makes these calls: `(tool, args)`, or a list of such at the same time."""
    found = Agent()
    found.CopyFrom(agent)
    each = [turn if isinstance(turn, list) else [turn] for turn in turns]
    script = [
        *({"call": [{"tool": name, "args": args} for name, args in turn]} for turn in each),
        {"say": "done"},
    ]
    found.metadata.annotations[FACTS + "script"] = yaml.safe_dump(script)
    return found


def calls(execution: AgentExecution) -> list[tuple[str, str, str]]:
    return [(call.name, call.result, call.error) for call in execution.status.tool_calls]


async def run(stage: Stage, agent: Agent, *turns: Any, **more: Any) -> AgentExecution:
    execution = await stage.run(calling(agent, *turns), secrets={"TOKEN": "s3cret-token"}, **more)
    assert execution.status.phase == ExecutionPhase.EXECUTION_COMPLETED, execution.status.error
    return execution


async def printed(stage: Stage, execution: AgentExecution) -> dict[tuple[str, str], str]:
    notes, _ = await told(stage, execution)
    ids = {(call.id, call.name) for call in execution.status.tool_calls}
    found: dict[tuple[str, str], str] = {}
    for note in notes:
        if note.HasField("print"):
            assert note.print.source == "tool"
            assert (note.print.call, note.print.name) in ids
            place = (note.print.name, note.print.stream)
            found[place] = found.get(place, "") + note.print.text + "\n"
    return found


async def test_a_call_gets_values_of_its_types_and_answers_json(stage: Stage, declared: Agent) -> None:
    execution = await run(
        stage,
        declared,
        ("double", {"number": 4, "item": {"name": "car", "amount": "2"}}),
        ("later", {"day": "2026-01-02"}),
    )
    (_, doubled, _), (_, later, _) = calls(execution)
    folder = declared.metadata.annotations[FACTS + "project-dir"]
    assert json.loads(doubled) == {
        "sum": 8,
        "item": {"name": "car", "amount": 2},
        "token": "***",
        "dir": folder,
    }
    assert json.loads(later) == [2026, "2026-01-02"]
    lines = await printed(stage, execution)
    assert sorted(lines["double", "stdout"].splitlines()) == ["doubling 4", "from a child"]
    assert lines["double", "stderr"].splitlines() == ["half a line"]


async def test_one_execution_has_one_process_and_another_has_another(stage: Stage, declared: Agent) -> None:
    for _ in range(2):
        execution = await run(stage, declared, ("counted", {}), ("counted", {}), ("counted", {}))
        assert [result for _, result, _ in calls(execution)] == ["1", "2", "3"]


async def test_calls_that_are_made_at_once_go_on_at_once(stage: Stage, declared: Agent) -> None:
    execution = await run(stage, declared, [("meet", {"name": "Ann"}), ("meet", {"name": "Bob"})])
    assert sorted(result for _, result, _ in calls(execution)) == ["Ann", "Bob"]


async def test_a_model_may_call_again(stage: Stage, declared: Agent) -> None:
    execution = await run(
        stage, declared, ("choosy", {"number": "two"}), ("choosy", {"number": 3}), ("choosy", {"number": 2})
    )
    assert [result or error for _, result, error in calls(execution)] == [
        'number: must be a whole number, not "two"',
        "3",
        "3 at least",
    ]


async def test_a_model_may_not_call_again_for_ever(stage: Stage, declared: Agent) -> None:
    execution = await stage.run(
        calling(declared, ("choosy", {"number": 1}), ("choosy", {"number": 1})), secrets={"TOKEN": "x"}
    )
    assert execution.status.error == (
        "the model called choosy 2 times, and not in a way that works: 3 at least "
        "(more tries: @tool(retries=…)) [E1273]"
    )
    assert [call.error for call in execution.status.tool_calls] == ["3 at least", "3 at least"]


async def test_what_a_function_raises_is_the_failure_of_its_call(stage: Stage, declared: Agent) -> None:
    execution = await run(stage, declared, ("bad", {"key": "such thing"}), ("strange", {}), ("counted", {}))
    (_, _, bad), (_, _, strange), (_, counted, _) = calls(execution)
    line = next(at for at, text in enumerate(MAIN.splitlines()[1:], 2) if "raise LookupError" in text)
    assert bad == f"LookupError: no such thing, and not *** (main.py:{line})"
    assert strange.startswith("TypeError: the result of strange cannot be given to a model: it is object")
    assert counted == "1"
    traceback = (await printed(stage, execution))["bad", "stderr"]
    assert traceback.startswith("Traceback (most recent call last):")
    assert f'main.py", line {line}, in bad' in traceback
    assert "_program" not in traceback
    assert "s3cret" not in traceback


async def test_a_call_that_takes_too_long_is_ended(stage: Stage, declared: Agent, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    execution = await run(stage, declared, ("hang", {"file": str(file)}), ("counted", {}))
    assert calls(execution) == [
        ("hang", "", "hang took longer than 0.2 s and was ended"),
        ("counted", "1", ""),
    ]
    if file.exists():  # a slow machine may not have come so far
        assert not alive(int(file.read_text()))


async def test_a_call_that_is_ended_takes_no_other_with_it(
    stage: Stage, declared: Agent, tmp_path: Path
) -> None:
    """`outlast` ends only after the call that follows the ended one, which has a process of its own."""
    one, other, go = (str(tmp_path / name) for name in ("one", "other", "go"))
    outlasting = ("outlast", {"file": one, "other": go})
    agent = calling(declared, [outlasting, ("hang", {"file": other})], ("counted", {}))
    execution_id = stage.add(agent, secrets={"TOKEN": "x"})
    running = asyncio.create_task(stage.host.run(execution_id))

    def hung() -> bool:
        return any(call.name == "hang" and call.error for call in stage.get(execution_id).status.tool_calls)

    await until(lambda: hung() and Path(one).exists() and Path(one).read_text())
    process = int(Path(one).read_text())
    assert alive(process)
    Path(go).write_text("go")
    await running
    execution = stage.get(execution_id)
    found = {name: result or error for name, result, error in calls(execution)}
    assert found == {
        "outlast": str(process),
        "hang": "hang took longer than 0.2 s and was ended",
        "counted": "1",
    }
    await until(lambda: not alive(process))


async def test_a_cancelled_execution_ends_its_call(stage: Stage, declared: Agent, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    agent = calling(declared, ("wait", {"file": str(file)}))
    execution_id = stage.add(agent, secrets={"TOKEN": "x"})
    running = asyncio.create_task(stage.host.run(execution_id))
    await until(lambda: file.exists() and file.read_text())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: not alive(int(file.read_text())))
    (call,) = stage.get(execution_id).status.tool_calls
    assert call.error == "cancelled"


async def test_a_process_that_ends_is_replaced(stage: Stage, declared: Agent) -> None:
    execution = await run(stage, declared, ("leave", {}), ("counted", {}))
    assert calls(execution) == [
        ("leave", "", "the process of leave ended with status 3"),
        ("counted", "1", ""),
    ]


async def test_a_function_knows_its_call_also_for_a_helper(stage: Stage, declared: Agent) -> None:
    agent = calling(declared)
    agent.metadata.annotations[FACTS + "script"] = yaml.safe_dump(
        {
            "turns": [
                {"call": {"tool": "about", "args": {}}},
                {"call": {"tool": "aide", "args": {"message": "hi"}}},
                {"say": "done"},
            ],
            "agents": {"aide": [{"call": {"tool": "about", "args": {"word": "y"}}}, {"say": "I know"}]},
        }
    )
    execution = await stage.run(agent, secrets={"TOKEN": "x"})
    folder = declared.metadata.annotations[FACTS + "project-dir"]
    by_id = {call.id: call for call in execution.status.tool_calls}
    found = {each: json.loads(call.result) for each, call in by_id.items() if call.name == "about"}
    assert {tuple(each[:4]) for each in found.values()} == {
        ("guide", "", "about", 1),
        ("guide", "aide", "about", 1),
    }
    assert all(each[4:] == [call_id, folder, True] for call_id, each in found.items())


async def test_a_parameter_may_have_any_name(stage: Stage, declared: Agent) -> None:
    execution = await run(stage, declared, ("named", {"ctx": 1, "self": 2, "tool": 3}))
    assert execution.status.tool_calls[0].result == "[1,2,3]"


async def test_a_tool_of_a_server_gives_way(stage: Stage, declared: Agent) -> None:
    """Both have `add`; the function keeps its name."""
    agent = with_server(declared_copy(declared), "sums")
    execution = await run(stage, agent, ("add", {"a": 1, "b": 2}), ("sums_add", {"a": 1, "b": 2}))
    assert [result for _, result, _ in calls(execution)] == ["1000", "3"]


def declared_copy(agent: Agent) -> Agent:
    found = Agent()
    found.CopyFrom(agent)
    return found


async def test_a_program_that_fails_says_where(stage: Stage, declared: Agent, tmp_path: Path) -> None:
    write(tmp_path, dedent(MAIN))
    agent = synthesised(tmp_path)
    (tmp_path / "main.py").write_text("import nowhere\n")
    execution = await stage.run(calling(agent, ("counted", {})), secrets={"TOKEN": "x"})
    assert execution.status.error == (
        "the agent's functions cannot be called: main.py:1 raised ModuleNotFoundError: "
        "No module named 'nowhere' [E1272]"
    )


async def test_a_function_that_is_gone_fails_its_call(stage: Stage, tmp_path: Path) -> None:
    write(tmp_path, dedent(MAIN))
    agent = synthesised(tmp_path)
    write(tmp_path, dedent(MAIN).replace("choosy, bad", "bad"))
    execution = await run(stage, agent, ("choosy", {"number": 3}))
    assert 'StigmerError: "guide" has no tool "choosy" any more' in execution.status.tool_calls[0].error


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "the functions that guide calls cannot be found: it does not come from a Python project"),
        ({"functions": {"a": 1}}, "the functions of guide: functions must be a list"),
        ({"functions": [{"name": "f"}]}, "functions[0] (f) must have the schema of its parameters"),
        ({"functions": [{"schema": {}}]}, "functions[0] must be an object with a name"),
        ({"functions": [{"name": "f", "schema": {}, "timeout": "1"}]}, "(f): timeout must be a number"),
    ],
)
async def test_a_manifest_of_ones_own_is_checked(
    stage: Stage, declared: Agent, change: dict[str, Any], said: str
) -> None:
    agent = calling(declared, ("counted", {}))
    del agent.metadata.annotations[FACTS + "python"]
    if change:
        agent.metadata.annotations[FACTS + "options"] = json.dumps(change)
    execution = await stage.run(agent)
    assert said in execution.status.error
    assert execution.status.error.endswith("[E1271]")
