"""Functions as tools: what is declared of them, and which mistakes are found at which line."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from stigmer import DeclarationError, tool
from stigmer.tools import Tool, check_tools
from stigmer_api.agent_options import options_of
from tests.stigmer.programs import Declare

PROGRAM = '''
import functools
from typing import Literal

@tool(timeout=10, retries=1, requires_approval=True)
def get_weather(city: str, days: "Later" = None, *, unit: Literal["c", "f"] = "c", context: ToolContext):
    """The forecast.

    Args:
        city: its name
    """

class Shop:
    @tool(name="order", description="Orders.")
    async def place(self, amount: int, /):
        """Not this."""

    def __call__(self, article):
        """Find it."""

def add(a: int, b: int = 1) -> int:
    """Add."""

@functools.wraps(add)
def wrapped(*args, **kwargs): ...

helper = SubAgent("helper", "You help with adding.", tools=[add])
Agent("guide", "You know it all well.", sub_agents=[helper],
      tools=[get_weather, Shop().place, Shop(), wrapped, functools.partial(add, b=2)][:4])

Later = int | None
'''


def declared(declare: Declare, source: str, sub_agent: str = "") -> list[dict[str, Any]]:
    found = options_of(declare(source).agent.metadata.annotations, sub_agent)
    return list(found["functions"])


def test_a_function_says_what_the_model_sees(declare: Declare) -> None:
    weather, order, shop, wrapped = declared(declare, PROGRAM)
    assert weather == {
        "name": "get_weather",
        "description": "The forecast.",
        "schema": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "its name"},
                "days": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
                "unit": {"enum": ["c", "f"], "type": "string", "default": "c"},
            },
            "required": ["city"],
            "additionalProperties": False,
        },
        "requires_approval": True,
        "timeout": 10,
        "retries": 1,
    }
    assert list(weather["schema"]["properties"]) == ["city", "days", "unit"]
    assert (order["name"], order["description"]) == ("order", "Orders.")
    assert list(order["schema"]["properties"]) == ["amount"]
    assert (shop["name"], shop["description"], shop["schema"]["properties"]) == (
        "Shop",
        "Find it.",
        {"article": {}},
    )
    assert (wrapped["name"], list(wrapped["schema"]["properties"])) == ("add", ["a", "b"])


def test_a_sub_agent_has_functions_of_its_own(declare: Declare) -> None:
    assert [each["name"] for each in declared(declare, PROGRAM, "helper")] == ["add"]


def test_a_sub_agent_still_selects_tools_of_servers(declare: Declare) -> None:
    source = """
    def add(a: int): ...
    docs = StdioServer("docs", "docs-server")
    one = SubAgent("one", "You look it up.", mcp_servers=[docs], tools={"docs": ["read"]})
    two = SubAgent("two", "You look it up.", mcp_servers=[docs], tools=[add, {"docs": ["read"]}])
    Agent("guide", "You know it all.", mcp_servers=[docs], sub_agents=[one, two])
    """
    agent = declare(source).agent
    for helper in agent.spec.sub_agents:
        assert list(helper.mcp_tool_selections["docs"].enabled_tools) == ["read"]
    assert options_of(agent.metadata.annotations, "one") == {}
    assert [each["name"] for each in options_of(agent.metadata.annotations, "two")["functions"]] == ["add"]


def test_a_partial_is_a_tool() -> None:
    def add(a: int, b: int = 1) -> int:
        """Add."""
        return a + b

    entry = Tool(functools.partial(add, b=2), "add").entry()
    assert entry["description"] == "Add."
    assert "a" in json.dumps(entry["schema"])


def test_the_function_stays_what_it_is() -> None:
    def add(a: int) -> int:
        return a + 1

    assert tool(timeout=1)(add) is add
    assert add(1) == 2


MISTAKES = {
    "args": ("def f(*numbers: int): ...  # here", "f cannot be a tool: it takes *args"),
    "kwargs": ("def f(**more: int): ...  # here", "f cannot be a tool: it takes **kwargs"),
    "generator": ("def f(a: int):  # here\n    yield a", "f cannot be a tool: it yields values"),
    "type": ("def f(a: complex): ...  # here", "the parameter a of f is complex, which no JSON can be"),
    "name of a type": ('def f(a: "Nope"): ...  # here', "the type of the parameter a of f names Nope"),
    "no function": ("f = 3\n# here below", "tools wants functions, not 3"),
    "a class": ("class f: ...\n# here below", "tools wants functions, not"),
    "a lambda": ("f = lambda a: a\n# here below", "a lambda has no name"),
    "twice": ("def f(): ...\nf = [f, f]\n# here below", 'agent "guide" has the tool "f" twice'),
    "a helper's name": (
        'def f(): ...\nf = [f]\nhelpers = [SubAgent("f", "You help with it.")]\n# here below',
        'agent "guide" has a sub-agent "f" and a tool of that name',
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_at_its_line(name: str, declare: Declare) -> None:
    source, said = MISTAKES[name]
    lines = ["helpers = []", *source.split("\n")]
    lines.append(
        'Agent("guide", "You know it all.", sub_agents=helpers, tools=f if isinstance(f, list) else [f])'
    )
    below = "# here below" in lines
    line = len(lines) if below else next(at for at, each in enumerate(lines, 1) if "# here" in each)
    with pytest.raises(DeclarationError) as mistake:
        declare("\n".join(lines))
    assert mistake.value.message.startswith(said)
    assert (mistake.value.line, mistake.value.code) == (line + 1, "E1270")  # IMPORTS is line 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout": 0}, "the timeout must be a number of seconds above 0"),
        ({"timeout": "5"}, "the timeout must be a number"),
        ({"retries": -1}, "retries must be a whole number from 0 to 100"),
        ({"nam": "x"}, 'tool has no argument "nam" (did you mean "name"?)'),
    ],
)
def test_options_are_checked(options: dict[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError) as mistake:
        tool(**options)
    assert mistake.value.message.startswith(said)


def test_tools_is_a_list() -> None:
    with pytest.raises(DeclarationError, match=r"tools wants a list: tools=\[test_tools_is_a_list\]"):
        check_tools('agent "a"', test_tools_is_a_list)  # type: ignore[arg-type]
