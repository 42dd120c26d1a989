"""A mistake is reported at the line of the user's program that made it, with a way out."""

from __future__ import annotations

import pytest

from stigmer import DeclarationError
from tests.stigmer.programs import IMPORTS, Declare

AGENT = 'Agent("triage", "Sort the tickets by urgency.")'
MARK = "# here"

# name → (program with the wrong line marked, words of the message)
MISTAKES = {
    "short instructions": ('Agent("triage", "Sort.")  # here', "too short: 'Sort.'"),
    "missing file": (
        'from pathlib import Path\nAgent("triage", Path("prompts/nope.md"))  # here',
        "prompts/nope.md: No such file",
    ),
    "agent without instructions": ('Agent("triage")  # here', "missing 1 required positional argument"),
    "unknown argument of an agent": (
        'Agent("triage", "Sort the tickets.", mcp_server=[])  # here',
        'Agent has no argument "mcp_server" (did you mean "mcp_servers"?)',
    ),
    "unknown argument of a task": (
        'wf = Workflow("w")\nwf.http_get("a", "https://x", header={})  # here',
        'http_get has no argument "header" (did you mean "headers"?)',
    ),
    "bad agent name": ('Agent("Ticket Triage", "Sort the tickets.")  # here', 'try "ticket-triage"'),
    "long agent name": ('Agent("a" * 64, "Sort the tickets.")  # here', "at most 63"),
    "name that is no text": ('Agent(7, "Sort the tickets.")  # here', "must be text, not int"),
    "two agents": (f"{AGENT}\n{AGENT}  # here", 'an agent "triage" already, at main.py:2'),
    "two workflows": ('Workflow("w").set("a", b=1)\nWorkflow("w")  # here', "already, at main.py:2"),
    "model": ('Agent("triage", "Sort the tickets.", model=7)  # here', "model wants a text or Scripted"),
    "provider": (
        'Agent("triage", "Sort the tickets.", model="antropic:claude-x")  # here',
        'there is no provider "antropic" (did you mean "anthropic"?)',
    ),
    "tag of Ollama": (
        'SubAgent("triage", "Sort the tickets.", model="llama3.2:1b")  # here',
        'a model of Ollama is written "ollama:llama3.2:1b"',
    ),
    "provider without a model": (
        'Agent("triage", "Sort the tickets.", fallback=["openai:"])  # here',
        'fallback "openai:" names no model',
    ),
    "fallback that is no list": (
        'Agent("triage", "Sort the tickets.", fallback="openai:x")  # here',
        "fallback wants a list of models",
    ),
    "setting": ("ModelSettings(temperature=3)  # here", "temperature must be a number from 0 to 2, not 3"),
    "effort": (
        'ModelSettings(thinking="hard")  # here',
        "thinking must be True, False or one of minimal, low",
    ),
    "settings": (
        'Agent("triage", "Sort the tickets.", settings={"seed": 1})  # here',
        "settings wants ModelSettings(…)",
    ),
    "model of a call": (
        f'{AGENT}\nw = Workflow("w")\nw.call_agent("ask", "triage", "hi", model="antropic:x")  # here',
        'there is no provider "antropic"',
    ),
    "limit that is no number": (
        'Agent("triage", "Sort the tickets.", limits=Limits(steps=1.5))  # here',
        "limits.steps must be a whole number above zero, not 1.5",
    ),
    "limits that are none": (
        'Agent("triage", "Sort the tickets.", limits={"steps": 1})  # here',
        "limits wants Limits(steps=20, …), not {'steps': 1}",
    ),
    "unknown limit": (
        "Limits(step=1)  # here",
        'Limits has no argument "step" (did you mean "steps"?)',
    ),
    "helper with more than its agent": (
        'helper = SubAgent("helper", "Look it up well.", limits=Limits(steps=9))  # here\n'
        'Agent("triage", "Sort the tickets.", sub_agents=[helper], limits=Limits(steps=5))',
        'sub-agent "helper": limits.steps is 9, and the agent\'s 5 are for both together',
    ),
    "secret with default": (
        'EnvVar("KEY", secret=True, default="x")  # here',
        "would be in the manifest in clear text",
    ),
    "variable name": ('EnvVar("api-key")  # here', 'try "API_KEY"'),
    "sub-agent server": (
        'helper = SubAgent("helper", "Look it up in the docs.", mcp_servers=["doc"])  # here\n'
        'docs = StdioServer("docs", "docs-server")\n'
        'Agent("triage", "Sort the tickets.", mcp_servers=[docs], sub_agents=[helper])',
        'uses the MCP server "doc", which agent "triage" does not have (did you mean "docs"?)',
    ),
    "tools of no server": (
        'SubAgent("helper", "Look it up in the docs.", tools={"docs": ["read"]})  # here',
        'selects tools of "docs"',
    ),
    "tools of a misspelt server": (
        'SubAgent("helper", "Look it up well.", mcp_servers=["docs"], tools={"dosc": ["read"]})  # here',
        'not among its MCP servers (did you mean "docs"?)',
    ),
    "port": ("Port(0, 80)  # here", "a port is a number"),
    "no tasks": ('wf = Workflow("w")  # here', 'workflow "w" has no tasks'),
    "duplicate task": (
        'wf = Workflow("w")\nwf.set("a", b=1)\nwf.set("a", b=2)  # here',
        'has a task "a" already, at main.py:3',
    ),
    "duplicate nested task": (
        'wf = Workflow("w")\nwf.set("a", b=1)\nwith wf.for_each("each", [1]):\n    wf.set("a", b=2)  # here',
        "also inside loops and branches",
    ),
    "task name": ('wf = Workflow("w")\nwf.set("a b", c=1)  # here', 'try "a-b"'),
    "reserved task name": ('wf = Workflow("w")\nwf.set("end", c=1)  # here', 'cannot be called "end"'),
    "sets nothing": ('wf = Workflow("w")\nwf.set("a")  # here', "sets nothing"),
    "unknown jump": (
        'wf = Workflow("w")\nwf.set("first", a=1, then="lsat")  # here\nwf.set("last", a=1)',
        '"lsat", and there is no such task (did you mean "last"?)',
    ),
    "unknown case": (
        'wf = Workflow("w")\n'
        'wf.switch("route", case(wf.input.n > 1, then="hihg"))  # here\nwf.set("high", a=1)',
        '(did you mean "high"?)',
    ),
    "unknown default": (
        'wf = Workflow("w")\n'
        'wf.switch("route", case(wf.input.n > 1, then="a"), default="b")  # here\nwf.set("a", a=1)',
        '"b", and there is no such task',
    ),
    "jump back": (
        'wf = Workflow("w")\nwf.set("a", b=1)\nwf.set("c", b=1, then="a")  # here',
        "goes forward only",
    ),
    "jump out of a loop": (
        'wf = Workflow("w")\nwith wf.for_each("each", [1]):\n    wf.set("a", b=1, then="c")  # here\n'
        'wf.set("c", b=1)',
        "a jump stays in its own list",
    ),
    "later task by name": (
        'wf = Workflow("w")\nwf.set("a", b=wf["late"])  # here\nwf.set("late", c=1)',
        'has no task "late"',
    ),
    "unknown task by hand": (
        'wf = Workflow("w")\nwf.set("fetch", a=1)\n'
        """wf.set("b", c='${ $context["fetsh"].a }')  # here""",
        'there is none before this place (did you mean "fetch"?)',
    ),
    "unknown task in jq": (
        """wf = Workflow("w")\nwf.set("b", c=jq('$context["nope"].a'))  # here""",
        'refers to a task "nope"',
    ),
    "task of another workflow": (
        'other = Workflow("other")\nfetch = other.set("fetch", a=1)\n'
        'wf = Workflow("w")\nwf.set("b", c=fetch.a)  # here',
        'belongs to workflow "other", not to "w"',
    ),
    "task of another workflow in an f-string": (
        'other = Workflow("other")\nfetch = other.set("fetch", a=1)\n'
        'wf = Workflow("w")\nwf.set("b", c=f"{fetch.a} left")  # here',
        'belongs to workflow "other"',
    ),
    "task of another branch": (
        'wf = Workflow("w")\nwith wf.fork("both") as both:\n'
        '    with both.branch("left"):\n        a = wf.set("a", n=1)\n'
        '    with both.branch("right"):\n        wf.set("b", n=a.n)  # here',
        'inside branch "left" and not seen outside of it; use the output of "both"',
    ),
    "task inside a loop": (
        'wf = Workflow("w")\nwith wf.for_each("each", [1]):\n    a = wf.set("a", n=1)\n'
        'wf.set("b", n=a.n)  # here',
        'use the output of "each"',
    ),
    "task of another case": (
        'wf = Workflow("w")\nwith wf.switch("route") as route:\n'
        '    with route.case(wf.input.n > 1):\n        a = wf.set("a", n=1)\n'
        '    with route.default():\n        wf.set("b", n=a.n)  # here',
        "another case of the same switch",
    ),
    "a loop inside itself": (
        'wf = Workflow("w")\neach = wf.for_each("each", [1])\nwith each:\n    wf.set("a", n=each[0])  # here',
        "has no output yet",
    ),
    "item outside of its loop": (
        'wf = Workflow("w")\nwith wf.for_each("each", [1]) as item:\n    wf.set("a", n=item)\n'
        'wf.set("b", n=item)  # here',
        'the item "item" exists only inside loop "each"',
    ),
    "item in an f-string outside of its loop": (
        'wf = Workflow("w")\nwith wf.for_each("each", [1], each="row") as row:\n    wf.set("a", n=1)\n'
        'wf.set("b", n=f"{row.id}!")  # here',
        'the item "row" exists only inside',
    ),
    "error outside of its catch": (
        'wf = Workflow("w")\nwith wf.try_("guard") as guard:\n    wf.set("a", n=1)\n'
        'with guard.catch() as error:\n    wf.set("b", n=1)\nwf.set("c", n=error.message)  # here',
        'the error "error" exists only inside',
    ),
    "row outside of its function": (
        'rows = []\nwf = Workflow("w")\n'
        'wf.set("a", n=wf.input.list.map(lambda row: rows.append(row) or 1))\nwf.set("b", n=rows[0])  # here',
        "only inside its function",
    ),
    "empty loop": ('wf = Workflow("w")\nwith wf.for_each("each", [1]):  # here\n    pass', "has no tasks"),
    "loop without with": ('wf = Workflow("w")\nwf.for_each("each", [1])  # here', "has no tasks"),
    "empty fork": (
        'wf = Workflow("w")\nwith wf.fork("both"):  # here\n    pass',
        'the fork "both" has 0 branches',
    ),
    "one branch": (
        'wf = Workflow("w")\nwith wf.fork("both") as both:  # here\n'
        '    with both.branch("a"):\n        wf.set("a", n=1)',
        "has 1 branches",
    ),
    "empty branch": (
        'wf = Workflow("w")\nwith wf.fork("both") as both:\n    with both.branch("a"):  # here\n        pass',
        'branch "a" has no tasks',
    ),
    "two branches of one name": (
        'wf = Workflow("w")\nwith wf.fork("both") as both:\n'
        '    with both.branch("a"):\n        wf.set("a", n=1)\n'
        '    with both.branch("a"):  # here\n        pass',
        'has a branch "a" already',
    ),
    "task beside the branches": (
        'wf = Workflow("w")\nwith wf.fork("both"):\n    wf.set("a", n=1)  # here',
        'directly inside of fork "both"',
    ),
    "empty try": ('wf = Workflow("w")\nwith wf.try_("guard"):  # here\n    pass', "has no tasks"),
    "two catches": (
        'wf = Workflow("w")\nwith wf.try_("guard") as guard:\n    wf.set("a", n=1)\n'
        'with guard.catch():\n    wf.set("b", n=1)\nguard.catch()  # here',
        "has a catch already, at main.py:5",
    ),
    "switch without cases": ('wf = Workflow("w")\nwf.switch("route")  # here', "has no cases"),
    "two defaults": (
        'wf = Workflow("w")\nwith wf.switch("route") as route:\n'
        '    with route.default():\n        wf.set("a", n=1)\n'
        "    route.case(wf.input.n > 1)  # here",
        "has its default already",
    ),
    "no condition": ('wf = Workflow("w")\nwf.switch("s", case(3, then="a"))  # here', "a condition is"),
    "timeout": ('wf = Workflow("w")\nwf.http_get("a", "https://x", timeout=301)  # here', "from 1 to 300"),
    "agent timeout": ('wf = Workflow("w")\nwf.call_agent("a", "b", "c", timeout=0)  # here', "1 to 3600"),
    "temperature": ('wf = Workflow("w")\nwf.call_agent("a", "b", "c", temperature=2)  # here', "0 and 1"),
    "agent by wrong name": ('wf = Workflow("w")\nwf.call_agent("a", "B c", "d")  # here', 'try "b-c"'),
    "empty message": ('wf = Workflow("w")\nwf.call_agent("a", "b", " ")  # here', "the message is empty"),
    "message that is no text": ('wf = Workflow("w")\nwf.call_agent("a", "b", 3)  # here', "must be text"),
    "wait": ('wf = Workflow("w")\nwf.wait("a", 0.5)  # here', "whole seconds"),
    "listens to nothing": ('wf = Workflow("w")\nwf.listen("a")  # here', "listens to nothing"),
    "body that is no object": (
        'wf = Workflow("w")\nwf.http_post("a", "https://x", [1])  # here',
        "be a dict",
    ),
    "loop over a number": ('wf = Workflow("w")\nwf.for_each("a", 3)  # here', "a loop wants a list"),
    "set in data": ('wf = Workflow("w")\nwf.set("a", b={1})  # here', "has no order; use sorted"),
    "date in data": (
        'import datetime\nwf = Workflow("w")\nwf.set("a", b=datetime.date(2024, 1, 2))  # here',
        "use .isoformat()",
    ),
    "not a number": ('wf = Workflow("w")\nwf.set("a", b=float("nan"))  # here', "nan is not a JSON number"),
    "too big a number": ('wf = Workflow("w")\nwf.set("a", b=2**60)  # here', "beyond 2**53"),
    "surrogate": (r'wf = Workflow("w")' "\n" r'wf.set("a", b="\ud800")  # here', "is not valid text"),
    "if": ('wf = Workflow("w")\nif wf.input.n > 3:  # here\n    pass', "is not true or false"),
    "and": ('wf = Workflow("w")\nx = wf.input.n and 3  # here', "combine with & | ~"),
    "for": ('wf = Workflow("w")\nfor x in wf.input.rows:  # here\n    pass', "use wf.for_each()"),
    "len": ('wf = Workflow("w")\nlen(wf.input.rows)  # here', "use .length()"),
    "in": ('wf = Workflow("w")\n"x" in wf.input.rows  # here', "use .contains()"),
    "int": ('wf = Workflow("w")\nint(wf.input.n)  # here', "use .number()"),
    "misspelt function": ('wf = Workflow("w")\nwf.input.rows.lenght()  # here', '(did you mean "length"?)'),
    "argument of a function": (
        'wf = Workflow("w")\nwf.input.rows.join(by=1)  # here',
        'has no argument "by"',
    ),
    "call of a value": ('wf = Workflow("w")\n(wf.input.n + 1)()  # here', "leave out the parentheses"),
    "format": ('wf = Workflow("w")\nf"{wf.input.n:>10}"  # here', 'like ":.2f"'),
    "secret as variable": (
        'wf = Workflow("w", env=[EnvVar("KEY", secret=True)])\nwf.set("a", b=runtime.env("KEY"))  # here',
        "use runtime.secret()",
    ),
    "argument of an activity": (
        "@activity\ndef clean(rows): return rows\n"
        'wf = Workflow("w")\nwf.call_activity("a", clean, {"row": []})  # here',
        'has no argument "row" (did you mean "rows"?)',
    ),
    "description that is no text": (
        'Agent("triage", "Sort the tickets.", description=3)  # here',
        "the description must be text, not int",
    ),
    "instructions that are no text": ('Agent("triage", 3)  # here', "must be text, not int"),
    "variables that are no dict": (
        'wf = Workflow("w")\nwf.set("a", [1])  # here',
        "must be a dict, not list",
    ),
    "headers that are no dict": (
        'wf = Workflow("w")\nwf.http_get("a", "https://x", headers=wf.input)  # here',
        "the header must be a dict",
    ),
    "input that is no dict": (
        'wf = Workflow("w")\nwf.run("a", "other", wf.input)  # here',
        "put it into an object: {…}",
    ),
    "skill version": ('Skill.platform("pdf", version="a b")  # here', "the skill version"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_reported_where_it_was_made(name: str, declare: Declare) -> None:
    source, words = MISTAKES[name]
    with pytest.raises(DeclarationError) as caught:
        declare(source)
    assert words in caught.value.message
    expected = next(number for number, line in enumerate((IMPORTS + source).splitlines(), 1) if MARK in line)
    assert (caught.value.line, caught.value.file.endswith("main.py")) == (expected, True)


def test_a_mistake_in_a_block_is_not_hidden_by_the_block_being_empty(declare: Declare) -> None:
    with pytest.raises(ZeroDivisionError):
        declare('wf = Workflow("w")\nwith wf.for_each("each", [1]):\n    1 / 0')
