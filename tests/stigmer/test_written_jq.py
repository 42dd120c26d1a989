"""Names in jq that was written by hand, in texts that nobody evaluates, and of variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from stigmer import DeclarationError
from stigmer.jq_paths import paths
from tests.stigmer.programs import IMPORTS, Declare

WF = 'wf = Workflow("w", env=[EnvVar("API_KEY"), EnvVar("HOST1"), EnvVar("KEY_A")])\n'
GREET = WF + 'greet = wf.set("greet", line="hello", at={"city": "Bern"})\n'
AGENT = 'Agent("helper", "Help everybody well.{}")  # here'
MARK = "# here"

# name → (program with the wrong line marked, words of the message)
WRONG = {
    "a name": (
        GREET + 'wf.set("b", c="${ .lin }")  # here',
        '${ .lin }: there is no "lin" here (did you mean "line"?)',
    ),
    "in jq()": (GREET + 'wf.set("b", c=jq(".lin | length"))  # here', 'no "lin" here (did you mean "line"?)'),
    "of data": (GREET + 'wf.set("b", c="${ $data.lin }")  # here', 'no "lin" here (did you mean "line"?)'),
    "a set task is no name": (GREET + 'wf.set("b", c="${ .greet }")  # here', 'there is no "greet" here'),
    "deep": (GREET + 'wf.set("b", c="${ .at.cty }")  # here', 'no "cty" in "at" (did you mean "city"?)'),
    "of a task": (
        GREET + """wf.set("b", c='${ $context["greet"].lin }')  # here""",
        'no "lin" in the output of "greet" (did you mean "line"?)',
    ),
    "of a task by its field": (
        GREET + 'wf.set("b", c="${ $context.gret.line }")  # here',
        'refers to a task "gret", and there is none before this place (did you mean "greet"?)',
    ),
    "inside of a text": (GREET + 'wf.set("b", c="Say: ${ .lin }!")  # here', 'no "lin" here'),
    "in a condition": (
        GREET + """wf.switch("s", case("${ .lin } == 'x'", then="z"))  # here\nwf.set("z", a=1)""",
        'no "lin" here',
    ),
    "after its loop": (
        WF + 'with wf.for_each("each", [{"a": 1}], each="row") as row:\n    wf.set("b", c="${ .row.a }")\n'
        'wf.set("d", e="${ .row.a }")  # here',
        'there is no "row" here',
    ),
    "of an item": (
        WF + 'with wf.for_each("each", [{"abc": 1}], each="row") as row:\n'
        '    wf.set("b", c="${ .row.abd }")  # here',
        'no "abd" in "row" (did you mean "abc"?)',
    ),
    "of the input": (
        'wf = Workflow("w", input={"name": str})\nwf.set("b", c="${ $input.nmae }")  # here',
        'no "nmae" in the input (did you mean "name"?)',
    ),
    "of the input as Python": (
        'wf = Workflow("w", input=["name"])\nwf.set("b", c=wf.input.nmae)  # here',
        '"input" has no field "nmae" (did you mean "name"?)',
    ),
    "an input that is passed on": (
        'other = Workflow("other", input=["name"])\nother.set("b", c=1)\n'
        'wf = Workflow("w")\nwf.run("r", other, {"nmae": 1})  # here',
        'the workflow "other" is given no "nmae" (did you mean "name"?)',
    ),
    "a variable": (
        GREET + 'wf.set("b", c="${ .env_vars.API_KYE }")  # here',
        'workflow "w" declares no variable API_KYE (did you mean "API_KEY"?)',
    ),
    "a variable of an MCP server": (
        's = StdioServer("s", "run", env={"K": "${API_KYE}"})  # here\n'
        'Agent("helper", "Help everybody well.", mcp_servers=[s], env=[EnvVar("API_KEY")])',
        'wants ${API_KYE}, which agent "helper" does not declare (did you mean "API_KEY"?)',
    ),
    "an activity by its name": (
        '@activity\ndef clean(): return 1\nwf = Workflow("w")\nwf.call_activity("a", "claen")  # here',
        'there is no activity "claen" (did you mean "clean"?)',
    ),
    "an expression in instructions": (
        GREET + 'Agent("helper", f"Help with {greet.line} well.")  # here',
        'the expression ${ $context["greet"].line } stands in an agent\'s instructions, where nothing is '
        "evaluated; put it into the message of call_agent",
    ),
    "by hand": (AGENT.format(" ${ .line }"), "stands in an agent's instructions"),
    "a secret": (
        'Agent("helper", f"Help everybody. {runtime.secret(\'TOKEN\')}")  # here',
        "${.secrets.TOKEN} stands in an agent's instructions",
    ),
    "of a sub-agent": ('SubAgent("helper", "Help everybody ${ $input.x }.")  # here', "agent's instructions"),
    "in a description": (
        'Agent("helper", "Help everybody.", description="${ $input.x }")  # here',
        "stands in a description",
    ),
    "in a workflow's description": (
        'Workflow("w", description="${ .x }")  # here',
        "stands in a description",
    ),
    "in an MCP server": (
        's = HttpServer("s", "https://x", headers={"K": f"{runtime.secret(\'KEY\')}"})\n'
        'Agent("helper", "Help everybody well.", mcp_servers=[s])  # here',
        'stands in an MCP server, where nothing is evaluated; write "${NAME}"',
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_name(name: str, declare: Declare) -> None:
    source, words = WRONG[name]
    with pytest.raises(DeclarationError) as caught:
        declare(source)
    assert words in caught.value.message
    expected = next(number for number, line in enumerate((IMPORTS + source).splitlines(), 1) if MARK in line)
    assert (caught.value.line, caught.value.file.endswith("main.py")) == (expected, True)


FINE = {
    "what is set": GREET + 'wf.set("b", c="${ .line }", d="${ $data.at.city }", e=jq(".at | keys"))',
    "of a task": GREET + """wf.set("b", c="${ $context.greet.line }", d='${ $context["greet"].at.city }')""",
    "a default": GREET + """wf.set("b", c='${ .lin // "x" }', d="${ .lin? }")""",
    "another dot": GREET + 'wf.set("b", c="${ $input | .lin }", d="${ [1] | map(.x) }")',
    "a row by hand": GREET + 'wf.set("b", c=wf.input.rows.map(lambda row: jq("$row.x")))',
    "any input": GREET + 'wf.set("b", c="${ $input.anything.at.all }")',
    "what every run has": 'wf = Workflow("w", input=["x"])\n'
    'wf.set("b", c=wf.input.message, d=wf.input.metadata.y)',
    "an output": WF
    + 'wf.http_get("get", "https://x")\nwf.set("b", c="${ .get.rows[0].x }", d="${ $data.get }")',
    "a loop": WF + 'with wf.for_each("each", [1], each="n"):\n    wf.set("b", c="${ [.n, .item, .index] }")',
    "an error": WF + 'with wf.try_("t") as t:\n    wf.set("a", b=1)\nwith t.catch("oh"):\n'
    '    wf.set("c", d="${ [.oh.message, .error.type] }")\nwf.set("e", f="${ .b }")',
    "a fork": WF + 'with wf.fork("both") as both:\n    with both.branch("l"):\n        wf.set("a", n=1)\n'
    '    with both.branch("r"):\n        wf.set("b", n=1)\nwf.set("c", d="${ .both.branches.l.n }")',
    "other variables": GREET
    + 'wf.set("b", c="${ .env_vars.OTHER }", d="${ .env_vars.HOST2 }", e="${.secrets.KEY_B}")',
    "a text for others": GREET + 'wf.set("b", c=literal("${ .lin }"))',
    "a shell's variable in instructions": AGENT.format(" Say ${HOME} and ${x}."),
    "an example in instructions": AGENT.format(" Write `${ .line }` as it is."),
    "a function's name": GREET + 'wf.set("b", c=greet.at.map(lambda each: each))',
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_right_or_cannot_be_known(name: str, declare: Declare) -> None:
    declare(FINE[name])


def test_a_task_that_is_named_by_its_field_exports_its_output(declare: Declare) -> None:
    declared = declare(GREET + 'wf.set("b", c="${ $context.greet.line }")')
    assert getattr(declared.workflow.spec.tasks[0].export, "as") == "${.}"


def test_instructions_in_a_file_are_wrong_at_their_own_line(declare: Declare, tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("Help everybody.\n\n```sh\necho ${ .x }\n```\n\nSay ${ .line }.\n")
    with pytest.raises(DeclarationError) as caught:
        declare('from pathlib import Path\nAgent("helper", Path("prompt.md"))')
    assert (Path(caught.value.file).name, caught.value.line) == ("prompt.md", 7)


@pytest.mark.parametrize(
    ("program", "found"),
    [
        (".name", [(".", ("name",))]),
        ('$context["a"].b.c', [("$context", ("a", "b", "c"))]),
        (".a + .b", [(".", ("a",)), (".", ("b",))]),
        ("if .x then .y else $data.z end", [(".", ("x",)), (".", ("y",)), ("$data", ("z",))]),
        ('{a: .x, "b": .y}', [(".", ("x",)), (".", ("y",))]),
        ("map(.x)", []),
        (".a | .b", [(".", ("a",))]),
        (".items[] | select(.price > $data.limit)", [(".", ("items",)), ("$data", ("limit",))]),
        (".a == 'x'", [(".", ("a",))]),
        (".a // .b", []),
        ("..|.a", []),
        (".a as $x | $x.b", []),
        ('"\\(.x)"', []),
        (".a.b[0].c", [(".", ("a", "b"))]),
    ],
)
def test_the_names_that_a_program_asks_for(program: str, found: list[object]) -> None:
    assert paths(program) == found
