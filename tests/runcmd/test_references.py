"""Something that is called by its name is declared or deployed, or nothing is deployed."""

from __future__ import annotations

from pathlib import Path

from runcmd.backend.calls import open_backend
from runcmd.events import ApplyFinished, Outcome, ResourceApplied
from runcmd.pipeline import Connect
from stigmer_api.skill_pb2 import Skill
from tests.runcmd.embedded import end, run
from tests.support.skills import packed, push

REVIEWER = """
from stigmer import Agent, Scripted, Workflow

Agent("reviewer", "Say what you are told.", model=Scripted("echo.yaml"))
"""
CALLS = REVIEWER + (
    'wf = Workflow("main")\nwf.call_agent("ask", "reviewr", "hello")\n'
    'wf.run("more", "mian")\nwf.set("z", a=1)\n'
)


async def test_a_name_that_nobody_has_is_told_before_anything_is_deployed(
    tmp_path: Path, connect: Connect
) -> None:
    events = await run(tmp_path, connect, "main", program=CALLS)
    last = end(events)
    assert (last.outcome, last.exit_code) == (Outcome.ERROR, 3)
    assert last.error == "2 mistakes in what main.py declares"
    assert last.details == (
        '  main.py:6: there is no agent "reviewr", neither in the project nor deployed '
        '(did you mean "reviewer"?)',
        '  main.py:7: there is no workflow "mian", neither in the project nor deployed '
        '(did you mean "main"?)',
    )
    assert [(each.line, each.nearest) for each in last.mistakes] == [(6, "reviewer"), (7, "main")]
    assert not [event for event in events if isinstance(event, ResourceApplied | ApplyFinished)]


async def test_what_is_deployed_may_be_called(tmp_path: Path, connect: Connect) -> None:
    others = REVIEWER.replace("reviewer", "reviewr") + 'Workflow("mian").set("a", b=1)\n'
    assert end(await run(tmp_path, connect, "mian", program=others)).outcome is Outcome.SUCCEEDED
    assert end(await run(tmp_path, connect, "main", program=CALLS)).outcome is Outcome.SUCCEEDED


async def test_what_is_declared_later_may_be_called(tmp_path: Path, connect: Connect) -> None:
    program = (
        'from stigmer import Workflow\nwf = Workflow("main")\nwf.run("more", "later")\n'
        'Workflow("later").set("a", b=1)\n'
    )
    assert end(await run(tmp_path, connect, "main", program=program)).outcome is Outcome.SUCCEEDED


async def test_the_nearest_may_be_one_that_is_deployed(tmp_path: Path, connect: Connect) -> None:
    others = REVIEWER + 'Workflow("other").set("a", b=1)\n'
    assert end(await run(tmp_path, connect, "other", program=others)).outcome is Outcome.SUCCEEDED
    program = 'from stigmer import Workflow\nWorkflow("main").call_agent("ask", "reviewr", "hello")\n'
    last = end(await run(tmp_path, connect, "main", program=program))
    assert [each.nearest for each in last.mistakes] == ["reviewer"]


SKILLED = """
from stigmer import Agent, Scripted, Skill, SubAgent, Workflow

Workflow("main").set("a", b=1)
Agent("echo", "Say what you are told.", model=Scripted("echo.yaml"), skills=[Skill.platform("reviewing")])
helper = SubAgent("helper", "Say what you are told.", skills=[Skill.platform("reviewing", version="v9")])
Agent("other", "Say what you are told.", model=Scripted("echo.yaml"), sub_agents=[helper])
"""


async def test_a_skill_is_pushed_before_an_agent_wants_it(tmp_path: Path, connect: Connect) -> None:
    last = end(await run(tmp_path, connect, "main", program=SKILLED))
    assert last.facts["code"] == "E0402"
    assert last.details == (
        '  main.py:5: there is no skill "reviewing" in the backend; push it first',
        '  main.py:6: there is no skill "reviewing" in the version v9 in the backend; push it first',
    )
    async with open_backend(await connect()) as backend:
        await backend.transport.call(
            "/ai.stigmer.agentic.skill.v1.SkillCommandController/push", push(packed(), tag="v1"), Skill, 10
        )
    last = end(await run(tmp_path, connect, "main", program=SKILLED))
    assert last.error.startswith('main.py:6: there is no skill "reviewing" in the version v9')
    found = end(await run(tmp_path, connect, "main", program=SKILLED.replace("v9", "v1")))
    assert found.outcome is Outcome.SUCCEEDED
