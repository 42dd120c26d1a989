"""An agent says which form its answers have, and a workflow knows their fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stigmer import DeclarationError
from stigmer_api.facts import OPTIONS_ANNOTATION
from tests.stigmer.programs import IMPORTS, Declare

INVOICE = """
from typing import TypedDict
Item = TypedDict("Item", {"price": float})
Invoice = TypedDict(
    "Invoice", {"customer": str, "items": list[Item], "total": int, "note": str | None}
)
biller = Agent("biller", "You write invoices.", output=Invoice)
wf = Workflow("w")
ask = wf.call_agent("ask", biller, "go")
"""
MARK = "# here"

WRONG = {
    "a field": (
        INVOICE + 'wf.set("b", c=ask.totl)  # here',
        '"ask" has no field "totl" (did you mean "total"?)',
    ),
    "of the output": (INVOICE + 'wf.set("b", c=ask.output.totl)  # here', '(did you mean "total"?)'),
    "of an item": (INVOICE + 'wf.set("b", c=ask.items[0].pric)  # here', '(did you mean "price"?)'),
    "of what contains itself": (
        'tree = Agent("tree", "You plant trees.", output={"$ref": "#/$defs/T", "$defs": {"T": {"type":'
        ' "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/T"}}}}}})\n'
        'wf = Workflow("w")\n'
        'wf.set("b", c=wf.call_agent("a", tree, "go").kids[0].kids[0].kidz)  # here',
        '(did you mean "kids"?)',
    ),
    "of a number": (INVOICE + 'wf.set("b", c=ask.total.x)  # here', "it is text or a number"),
    "of a list": (
        'one = Agent("one", "You count a lot.", output=list[int])\nwf = Workflow("w")\n'
        'wf.set("b", c=wf.call_agent("a", one, "go").total)  # here',
        'has no field "total"',
    ),
    "a function": ('Agent("a", "You do all of it.", output=print)  # here', "the output is"),
    "a dict of types": (
        'Agent("a", "You do all of it.", output={"total": int})  # here',
        "write a dataclass or a TypedDict",
    ),
    "a dict of words": (
        'Agent("a", "You do all of it.", output={"total": "number"})  # here',
        "no JSON Schema: it says no",
    ),
    "a mode": (
        'Agent("a", "You do all of it.", output=int, output_mode="tol")  # here',
        '(did you mean "tool"?)',
    ),
    "retries": (
        'SubAgent("a", "You do all of it.", output=int, output_retries=-1)  # here',
        "number from 0 to 100",
    ),
    "a mode of text": (
        'Agent("a", "You do all of it.", output_mode="tool")  # here',
        "are for agents with an output",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name: str, declare: Declare) -> None:
    source, words = WRONG[name]
    with pytest.raises(DeclarationError) as caught:
        declare(source)
    assert words in caught.value.message
    expected = next(number for number, line in enumerate((IMPORTS + source).splitlines(), 1) if MARK in line)
    assert caught.value.line == expected


FINE = {
    "all fields": INVOICE
    + 'wf.set("b", c=ask.total + 1, d=ask.items[0].price, e=ask.note, f=ask.text, g=ask.output.customer,'
    ' h=ask.execution_id, i=ask.items.sum("price"), j=ask.response)',
    "an agent by its name": INVOICE + 'wf.set("b", c=wf.call_agent("x", "biller", "go").anything)',
    "a dict with any fields": 'a = Agent("a", "You do all of it.", output=dict[str, int])\n'
    'wf = Workflow("w")\n'
    'wf.set("b", c=wf.call_agent("x", a, "go").anything)',
    "one of several": INVOICE + "class Refund(TypedDict):\n    reason: str\n"
    'a = Agent("a", "You do all of it.", output=Invoice | Refund)\n'
    'ask2 = wf.call_agent("x", a, "go")\nwf.set("b", c=ask2.output.reason, d=ask2.output.total)',
}


@pytest.mark.parametrize("name", FINE)
def test_what_is_known(name: str, declare: Declare) -> None:
    declare(FINE[name])


def options(declare: Declare, source: str) -> Any:
    return json.loads(declare(source).agent.metadata.annotations[OPTIONS_ANNOTATION])


def test_the_schema_goes_with_the_agent_and_its_helpers(declare: Declare) -> None:
    said = options(
        declare,
        """
        from typing import TypedDict
        Point = TypedDict("Point", {"x": int})
        helper = SubAgent("helper", "You do all of it.", output={"type": "array"}, output_mode="native")
        Agent("a", "You do all of it.", output=Point, output_retries=0, sub_agents=[helper])
        """,
    )
    output = said["output"]
    assert (output["name"], output["retries"]) == ("Point", 0)
    assert output["schema"]["properties"]["x"]["type"] == "integer"
    assert said["sub_agents"]["helper"]["output"] == {"schema": {"type": "array"}, "mode": "native"}


def test_a_model_of_pydantic(declare: Declare) -> None:
    said = options(
        declare,
        """
        from pydantic import BaseModel
        class Point(BaseModel):
            x: int
        Agent("a", "You do all of it.", output=Point)
        """,
    )
    assert said["output"]["schema"]["properties"]["x"]["type"] == "integer"


def test_text_says_nothing(declare: Declare) -> None:
    made = declare('Agent("a", "You do all of it.", output=str)')
    assert OPTIONS_ANNOTATION not in made.agent.metadata.annotations
