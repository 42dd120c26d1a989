"""Built-in tools in a declaration, and what is wrong with some."""

from __future__ import annotations

import pytest

from stigmer import Agent, DeclarationError, FileTools, ShellTool, SubAgent, Todos, WebFetch
from stigmer._program.encoding import agent_message
from stigmer.project import begin
from stigmer_api.agent_options import options_of

LONG = "You look after the project."


@pytest.fixture(autouse=True)
def _fresh() -> None:
    begin()


def read_file(path: str) -> str:
    """Reads."""
    return path


def test_they_stand_beside_functions() -> None:
    helper = SubAgent("helper", LONG, tools=[FileTools("docs", read_only=True)])
    agent = Agent(
        "coder",
        LONG,
        sub_agents=[helper],
        tools=[read_file, ShellTool(timeout=5, env=["TEAM"]), WebFetch(hosts=["a.org"]), Todos()],
    )
    annotations = agent_message(agent).metadata.annotations
    options = options_of(annotations)
    assert options["builtins"] == {
        "shell": {"timeout": 5, "env": ["TEAM"], "read": [], "network": True, "requires_approval": True},
        "web": {"hosts": ["a.org"], "private": False, "timeout": 30, "requires_approval": False},
    }
    assert options["todos"] is True
    assert [each["name"] for each in options["functions"]] == ["read_file"]
    assert options_of(annotations, "helper")["builtins"] == {
        "files": {"folder": "docs", "read_only": True, "requires_approval": True, "secrets": False}
    }


@pytest.mark.parametrize(
    ("declare", "mistake"),
    [
        (lambda: FileTools("../x"), 'must be in the project, not "../x"'),
        (lambda: FileTools("/etc"), "must be in the project"),
        (lambda: FileTools(read_only="yes"), "read_only must be True or False, not 'yes'"),
        (lambda: ShellTool(timeout=0), "the timeout of ShellTool must be a number of seconds above 0"),
        (lambda: ShellTool(env="TEAM"), r'env wants a list: env=\["TEAM"\]'),
        (lambda: ShellTool(env=["a b"]), "env wants names of variables, not 'a b'"),
        (lambda: WebFetch(hosts=["https://a.org/x"]), "hosts wants names of hosts"),
        (lambda: WebFetch(urls=[]), "urls"),
        (lambda: Agent("a", LONG, tools=FileTools()), r"tools wants a list: tools=\[FileTools\(…\)\]"),
        (lambda: Agent("a", LONG, tools=[FileTools(), FileTools("x")]), 'agent "a" has FileTools twice'),
        (lambda: Agent("a", LONG, tools=[Todos(), Todos()]), "has Todos twice"),
        (lambda: Agent("a", LONG, tools=[FileTools]), "tools wants functions"),
        (
            lambda: Agent("a", LONG, tools=[read_file, FileTools()]),
            'function "read_file", and a built-in tool',
        ),
        (lambda: SubAgent("s", LONG, tools=[Todos()]), "which only an agent has"),
    ],
)
def test_a_mistake_is_said_where_it_is_made(declare: object, mistake: str) -> None:
    with pytest.raises(DeclarationError, match=mistake):
        declare()  # type: ignore[operator]
