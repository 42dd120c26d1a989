"""A field that a value cannot have is a mistake where it is written; where nobody can know, all is well."""

from __future__ import annotations

import pytest

from stigmer import DeclarationError
from stigmer.outcomes import ERROR
from stigmerd.workflow.failure import Problem
from tests.stigmer.programs import IMPORTS, Declare

WF = 'wf = Workflow("w")\n'
GREET = WF + 'greet = wf.set("greet", line="hello", at={"city": "Bern", "zip": 3000}, n=1)\n'
ROWS = WF + 'books = wf.set("books", orders=[{"price": 1, "of": {"day": "mo"}}, {"price": 2, "note": ""}])\n'
MARK = "# here"

# name → (program with the wrong line marked, words of the message)
WRONG = {
    "a field of a set task": (GREET + 'wf.set("b", c=greet.lin)  # here', '"greet" has no field "lin" (did'),
    "by its key": (GREET + 'wf.set("b", c=greet["lin"])  # here', '(did you mean "line"?)'),
    "in an f-string": (GREET + 'wf.set("b", c=f"{greet.lin}!")  # here', '(did you mean "line"?)'),
    "the task by its name": (GREET + 'wf.set("b", c=wf["greet"].lin)  # here', '(did you mean "line"?)'),
    "deep inside": (GREET + 'wf.set("b", c=greet.at.cty)  # here', '"greet.at" has no field "cty" (did'),
    "nothing near": (GREET + 'wf.set("b", c=greet.x)  # here', 'no field "x"; it has "line", "at", "n"'),
    "of a text": (GREET + 'wf.set("b", c=greet.line.x)  # here', "it is text or a number"),
    "in a sum": (GREET + 'wf.set("b", c=greet.m + 1)  # here', 'has no field "m"'),
    "in a message": (
        GREET + 'wf.call_agent("b", "helper", f"Say {greet.lin}")  # here',
        '(did you mean "line"?)',
    ),
    "in a body": (
        GREET + 'wf.http_post("b", "https://x", {"a": [{"b": greet.lin}]})  # here',
        '(did you mean "line"?)',
    ),
    "in a condition": (
        GREET + 'wf.switch("s", case(greet.nn > 1, then="z"))  # here\nwf.set("z", a=1)',
        'no field "nn"',
    ),
    "written here, used there": (GREET + 'x = greet.lin  # here\n\nwf.set("b", c=x)', 'has no field "lin"'),
    "of a row": (
        ROWS + 'wf.set("b", c=books.orders.sum(lambda order: order.pric))  # here',
        '"order" has no field "pric" (did you mean "price"?)',
    ),
    "of a row by its name": (ROWS + 'wf.set("b", c=books.orders.sum("pric"))  # here', 'field "pric" (did'),
    "of a row's object": (ROWS + 'wf.set("b", c=books.orders.map(lambda o: o.of.dya))  # here', '"dya" (did'),
    "of a list": (
        ROWS + 'wf.set("b", c=books.orders.price)  # here',
        '"books.orders" has no field "price": it is a list; .map("price") asks each row',
    ),
    "of an item": (ROWS + 'wf.set("b", c=books.orders[0].pric)  # here', 'has no field "pric" (did'),
    "of the first": (ROWS + 'wf.set("b", c=books.orders.filter("note").first().nte)  # here', '"nte" (did'),
    "of the largest": (ROWS + 'wf.set("b", c=books.orders.max("price").pric)  # here', '"pric" (did'),
    "of what map made": (
        ROWS + 'wf.set("b", c=books.orders.map(lambda o: {"p": o.price}).sort("q"))  # here',
        'has no field "q"; it has "p"',
    ),
    "of a group": (
        ROWS + 'wf.set("b", c=books.orders.group("price")[0].row)  # here',
        '(did you mean "rows"?)',
    ),
    "of a set value that is an expression": (
        ROWS + 'two = wf.set("two", first=books.orders[0])\nwf.set("b", c=two.first.pric)  # here',
        '(did you mean "price"?)',
    ),
    "of a loop's item": (
        ROWS + 'with wf.for_each("each", books.orders, each="order") as order:\n'
        '    wf.set("b", c=order.pric)  # here',
        '"order" has no field "pric" (did',
    ),
    "of what a loop gave": (
        ROWS + 'with wf.for_each("each", books.orders) as order:\n    wf.set("b", double=order.price)\n'
        '    wf.wait("pause", 1)\nwf.set("c", d=wf["each"].sum("duble"))  # here',
        '(did you mean "double"?)',
    ),
    "a branch of a fork": (
        WF + 'with wf.fork("both") as both:\n    with both.branch("left"):\n        wf.set("a", n=1)\n'
        '    with both.branch("right"):\n        wf.set("b", n=1)\nwf.set("c", d=both.lfet.n)  # here',
        '"both" has no field "lfet" (did you mean "left"?)',
    ),
    "of what a branch gave": (
        WF + 'with wf.fork("both") as both:\n    with both.branch("left"):\n        wf.set("a", num=1)\n'
        '    with both.branch("right"):\n        wf.set("b", n=1)\nwf.set("c", d=both.left.nm)  # here',
        '"both.left" has no field "nm" (did you mean "num"?)',
    ),
    "of what was tried": (
        WF + 'with wf.try_("guard") as guard:\n    wf.set("a", num=1)\nwith guard.catch() as error:\n'
        '    wf.set("b", word=error.message)\nwf.set("c", d=guard.wrd)  # here',
        '"guard" has no field "wrd" (did you mean "word"?)',
    ),
    "of an error": (
        WF + 'with wf.try_("guard") as guard:\n    wf.set("a", num=1)\nwith guard.catch() as error:\n'
        '    wf.set("b", word=error.mesage)  # here',
        '"error" has no field "mesage" (did you mean "message"?)',
    ),
    "a signal": (
        WF + 'answer = wf.listen("answer", "approve", "refuse")\nwf.set("b", c=answer.aprove.by)  # here',
        '"answer" has no field "aprove" (did you mean "approve"?)',
    ),
    "of a switch": (
        GREET + 'with wf.switch("way") as way:\n    with way.case(greet.n > 1):\n        wf.set("a", big=1)\n'
        '    with way.default():\n        wf.set("b", small=1)\nwf.set("c", d=way.smal)  # here',
        '"way" has no field "smal" (did you mean "small"?)',
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_field_that_cannot_be_there(name: str, declare: Declare) -> None:
    source, words = WRONG[name]
    with pytest.raises(DeclarationError) as caught:
        declare(source)
    assert words in caught.value.message
    expected = next(number for number, line in enumerate((IMPORTS + source).splitlines(), 1) if MARK in line)
    assert (caught.value.line, caught.value.file.endswith("main.py")) == (expected, True)


FINE = {
    "a field that some row has": ROWS + 'wf.set("b", c=books.orders.filter("note").map("of"))',
    "a field with a default": GREET + 'wf.set("b", c=greet.more.deep.default("none"))',
    "a field that is asked for": GREET + 'wf.set("b", c=greet.more.exists())',
    "a field compared with null": GREET + 'wf.set("b", c=greet.more == None, d=greet.more != None)',
    "a function": GREET + 'wf.set("b", c=greet.line.upper().lower(), d=greet.keys(), e=greet.items())',
    "a wrong field that nobody uses": GREET + "greet.lin",
    "the input": WF + 'wf.set("b", c=wf.input.anything.at.all)',
    "of an answer": WF + 'a = wf.http_get("a", "https://x")\nwf.set("b", c=a.x.y, d=a.rows[0].z)',
    "of an agent": WF + 'a = wf.call_agent("a", "helper", "hello")\nwf.set("b", c=a.response, d=a.other)',
    "of an activity": WF + '@activity\ndef f(): return 1\na = wf.call_activity("a", f)\nwf.set("b", c=a.x)',
    "of a text that is an expression": WF + 'a = wf.set("a", x="${ $input.y }")\nwf.set("b", c=a.x.z)',
    "of null": WF + 'a = wf.set("a", x=None)\nwf.set("b", c=a.x.z)',
    "of merged objects": GREET + 'wf.set("b", c=greet.at.merge({"more": 1}).more)',
    "of jq": GREET + """wf.set("b", c=jq('$context["greet"] + {q: 1}').q)""",
    "of an empty list": WF + 'a = wf.set("a", rows=[])\nwf.set("b", c=a.rows.map("x"), d=a.rows[0].y)',
    "rows of several kinds": WF
    + 'a = wf.set("a", rows=[{"x": 1}, 2, None])\nwf.set("b", c=a.rows.map(lambda r: r.y))',
    "of an item of who knows what": WF
    + 'with wf.for_each("each", wf.input.rows) as row:\n    wf.set("a", x=row.y)\n'
    'wf.set("b", c=wf["each"].map("z"), d=wf["each"].key)',
    "after a jump": WF
    + 'with wf.try_("guard") as guard:\n    wf.switch("s", case(wf.input.n > 1, then="a"))\n'
    '    wf.set("c", y=1)\n    wf.set("a", x=1)\nwf.set("b", c=guard.z)',
    "a dict that changed": WF + 'd = {"x": {"a": 1}}\na = wf.set("a", d)\ny = d["x"]\ny.clear()\ny["b"] = 1\n'
    'wf.set("b", c=a.x.a)',
    "one or the other": GREET + 'wf.set("b", c=if_else(greet.n > 1, greet.at, {"town": ""}).town)',
    "one or who knows": GREET + 'wf.set("b", c=if_else(greet.n > 1, greet.at, wf.input).town)',
    "a switch without default": GREET
    + 'with wf.try_("t") as t:\n    wf.set("before", was=1)\n    with wf.switch("way") as way:\n'
    '        with way.case(greet.n > 1):\n            wf.set("a", big=1)\nwf.set("c", d=t.was, e=t.big)',
    "a case that raises": GREET
    + 'with wf.switch("way") as way:\n    with way.case(greet.n > 1):\n        wf.raise_("No", "no")\n'
    '    with way.default():\n        wf.set("a", big=1)\nwf.set("c", e=way.big)',
    "the winner of a fork": WF
    + 'with wf.fork("both", compete=True) as both:\n    with both.branch("left"):\n        wf.set("a", n=1)\n'
    '    with both.branch("right"):\n        wf.set("b", n=1)\nwf.set("c", d=both.left.n, e=both.right)',
    "the same text in two workflows": 'one = Workflow("one")\na = one.set("a", x=1)\ntext = f"{a.y}"\n'
    'two = Workflow("two")\nb = two.set("a", y=1)\ntext = f"{b.y}"\ntwo.set("c", d=text)',
}


@pytest.mark.parametrize("name", FINE)
def test_what_may_be_there_is_no_mistake(name: str, declare: Declare) -> None:
    declare(FINE[name])


def test_the_fields_of_an_error_are_those_of_the_interpreter() -> None:
    problem = Problem(type="http", title="no answer").as_value()
    assert set(ERROR.given) == {*problem, "timestamp"}
