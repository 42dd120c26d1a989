"""`stigmer graph` draws what a project declares, or what is deployed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.world import World

PROGRAM = """
from stigmer import Agent, EnvVar, HttpServer, Skill, StdioServer, SubAgent, Workflow, activity, case

@activity
def count_words(text: str) -> int:
    return len(text.split())

def spell(word: str) -> str:
    return word


notes = StdioServer("notes", "python", ["notes.py"], enabled_tools=["read", "write"])
web = HttpServer("search", "https://mcp.example.com/search?key=${KEY}")
critic = SubAgent(
    "critic", "You judge answers harshly.", description="Judges", mcp_servers=[notes], tools=[count_words]
)
helper = Agent(
    "helper",
    "You help customers.",
    description="Answers <all> customers",
    mcp_servers=[notes, web],
    sub_agents=[critic],
    tools=[spell],
    skills=[Skill.platform("tone")],
    env=[EnvVar("KEY")],
)

mail = Workflow("answer-mail")
mail.switch("urgent", case(mail.input.urgent, then="reply", name='yes | "now"'), default="wait")
mail.wait("wait", 3)
mail.call_agent("reply", helper, "answer it")
with mail.for_each("each-one", mail.input.items, each="item") as item:
    mail.set("subgraph", item=item, b=1, a=2)
with mail.fork("both", compete=True) as both:
    with both.branch("one"):
        mail.http_get("get", "https://example.com/x")
    with both.branch("two"):
        mail.raise_("no", "TooLate", "too late")
with mail.try_("careful") as careful:
    mail.call_activity("count", count_words, {"text": "a b"})
    with careful.catch("error"):
        mail.listen("ask", "approved")

night = Workflow("night")
night.run("mail", "answer-mail")
night.run("archive", "archiver")
"""
# A line of a flowchart, as the grammar of Mermaid has it.
TEXT = r'"[^"\[\]{}|<>]*(?:<br/>[^"\[\]{}|<>]*)?"'
MERMAID = re.compile(
    rf"\s*(n\d+(\(\[{TEXT}\]\)|\[\[{TEXT}\]\]|\[\({TEXT}\)\]|\[/{TEXT}/\]|\{{{TEXT}\}}|>{TEXT}\]|\[{TEXT}\])(:::\w+)?"
    rf"|n\d+ (-->|-\.->)(\|{TEXT}\|)? n\d+|subgraph n\d+\[{TEXT}\]|end|classDef \w+ [\w:#,. -]+)"
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def project(shared: World) -> Path:
    return shared.project(PROGRAM)


def drawn(world: World, project: Path, *arguments: str) -> str:
    done = world.run("graph", *arguments, cwd=project)
    assert (done.code, done.err) == (0, "")
    return done.out


def body(text: str) -> Iterator[str]:
    assert text.splitlines()[3] == "flowchart TD"
    yield from text.splitlines()[4:]


@pytest.mark.parametrize("name", ["", "answer-mail", "night", "helper"])
def test_mermaid_can_read_it(shared: World, project: Path, name: str) -> None:
    for line in body(drawn(shared, project, *filter(None, [name]))):
        assert MERMAID.fullmatch(line), line


def test_a_workflow_with_all_that_it_can_do(shared: World, project: Path) -> None:
    text = drawn(shared, project, "answer-mail")
    for part in (
        '{"urgent"}:::choice',
        '|"yes #124; #34;now#34;"|',
        '"wait<br/>waits 3 s"',
        '(["reply<br/>asks the agent helper"]):::agent',
        'subgraph n5["each-one: for each item in $input.items"]',
        '"subgraph<br/>sets a, b, item"',
        '"both: the first to end wins"',
        '"get<br/>GET https://example.com/x"',
        '"no<br/>fails with TooLate"',
        '"count<br/>calls count_words()"',
        '-.->|"if it fails"|',
        '"catch error"',
        '"ask<br/>waits for approved"',
    ):
        assert part in text


def test_a_jump_leads_where_it_goes(shared: World, project: Path) -> None:
    text = drawn(shared, project, "answer-mail")
    ids = dict(re.findall(r'(n\d+)[\[({/>]+"([\w-]+)', text))
    names = {(ids[a], ids[b]) for a, b in re.findall(r"^  (n\d+) -+>(?:\|[^|]*\|)? (n\d+)$", text, re.M)}
    assert {("start", "urgent"), ("urgent", "reply"), ("urgent", "wait"), ("wait", "reply")} <= names
    assert ("careful", "end") in names
    assert ("start", "wait") not in names


def test_an_agent_with_what_it_uses(shared: World, project: Path) -> None:
    text = drawn(shared, project, "helper")
    for part in ("critic<br/>Judges", "delegates to", "notes<br/>python notes.py", "read, write", "tone"):
        assert part in text
    ids = {name: each for each, name in re.findall(r'(n\d+)[\[(]+"(\w+)', text)}
    assert 'spell<br/>tool"' in text
    assert f"{ids['helper']} --> {ids['spell']}\n" in text
    assert f"{ids['critic']} --> {ids['count_words']}\n" in text
    assert "Answers #60;all#62; customers" in text
    assert "https://mcp.example.com/search" in text
    assert "key=" not in text


def test_a_project_with_who_calls_whom(shared: World, project: Path) -> None:
    text = drawn(shared, project)
    assert 'title: "project project"' in text
    assert "archiver<br/>workflow, not of this project" in text
    assert text.count('|"asks"|') == 1
    assert text.count('|"runs"|') == 2


@pytest.mark.parametrize("name", ["", "answer-mail", "helper"])
def test_a_picture_has_all_boxes_within_it(shared: World, project: Path, name: str) -> None:
    file = project / "picture.svg"
    assert f"{file.name} is written" in drawn(shared, project, *filter(None, [name]), "-o", file.name)
    root = ElementTree.fromstring(file.read_text())
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = [each for each in root.iter(f"{SVG}rect") if each.get("class", "").startswith("box")]
    assert boxes
    for each in boxes:
        x, y, w, h = (float(each.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height
    words = "".join(root.itertext())
    assert {"": "answer-mail", "answer-mail": "waits 3 s", "helper": "Judges"}[name] in words


def test_the_same_program_has_the_same_picture(shared: World, project: Path) -> None:
    assert drawn(shared, project, "answer-mail", "--format", "svg") == drawn(
        shared, project, "answer-mail", "--format", "svg"
    )


def test_dot(shared: World, project: Path) -> None:
    text = drawn(shared, project, "answer-mail", "--format", "dot")
    assert text.startswith('digraph "workflow answer-mail" {\n')
    assert text.count("{") == text.count("}")
    assert 'label="yes | \\"now\\""' in text
    assert "lhead=cluster_" in text
    file = project / "a.dot"
    drawn(shared, project, "answer-mail", "--output", str(file))
    assert file.read_text() == text


def test_what_is_deployed(shared: World) -> None:
    project = shared.project(PROGRAM.partition("night =")[0].replace("skills=", "# skills="), name="other")
    assert shared.run("apply", cwd=project).code == 0
    here = drawn(shared, project, "answer-mail")
    elsewhere = shared.dir / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    assert drawn(shared, elsewhere, "answer-mail") == here
    assert drawn(shared, project, "--deployed", "helper") == drawn(shared, project, "helper")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("answer-mial",), 1, 'did you mean "answer-mail"?'),
        (("helper", "-o", "/no/such/place.svg"), 2, "cannot write /no/such/place.svg"),
        (("--format", "png"), 2, "'png' is not one of"),
        (("--deployed", "nobody"), 1, "stigmer apply"),
    ],
)
def test_what_cannot_be_is_said(
    shared: World, project: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = shared.run("graph", *arguments, cwd=project)
    assert done.code == code
    assert said in done.err


def test_without_a_project_or_a_name(shared: World) -> None:
    empty = shared.dir / "empty"
    empty.mkdir(exist_ok=True)
    done = shared.run("graph", cwd=empty)
    assert done.code == 2
    assert "stigmer graph NAME" in done.err
