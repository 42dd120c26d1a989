"""What the scripted model answers."""

from __future__ import annotations

import pytest

from stigmer_api.scripts.model import BadScript, Turn
from stigmer_api.scripts.parser import parse
from stigmer_api.scripts.templates import TemplateError, render
from stigmerd.agents.scripted.script import Exchange, ScriptError, answer, chunks

KNOWN = {"agent": "reviewer", "instructions": "Be kind.", "tools": ["add"], "env": {"CITY": "Bern"}}

WEATHER = """
- when: /weather in (\\w+)/i
  call: {tool: forecast, args: {city: "{{ message | match('in (\\\\w+)') }}", days: 3}}
- when: weather
  say: "The forecast says: {{ result }}"
- say: "You wrote {{ message | words }} words."
"""


def said(script: str, *messages: str, results: tuple[tuple[tuple[str, str], ...], ...] = ()) -> Turn:
    earlier = [Exchange(message=text, results=()) for text in messages[:-1]]
    return answer(parse(script).turns, [*earlier, Exchange(message=messages[-1], results=results)], KNOWN)


def test_the_first_turn_that_matches_is_taken() -> None:
    call = said(WEATHER, "What is the WEATHER in Bern?").calls[0]
    assert (call.tool, call.args) == ("forecast", {"city": "Bern", "days": 3})
    assert said(WEATHER, "the weather please").say == "The forecast says: "
    assert said(WEATHER, "good morning to you").say == "You wrote 4 words."


def test_after_a_tool_call_the_next_matching_turn_sees_the_result() -> None:
    turn = said(WEATHER, "weather in Bern", results=((("forecast", "rain"),),))
    assert turn.say == "The forecast says: rain"


def test_a_new_message_begins_at_the_top() -> None:
    first = Exchange(message="weather in Bern", results=((("forecast", "rain"),), ()))
    again = answer(parse(WEATHER).turns, [first, Exchange(message="weather in Rome")], KNOWN)
    assert again.calls[0].args["city"] == "Rome"


def test_a_script_that_ends_too_early_says_so() -> None:
    with pytest.raises(ScriptError, match="no turn 2 for the message 'hi'"):
        said("- call: add", "hi", results=((("add", "3"),),))


def test_when_looks_at_results_too() -> None:
    script = "- call: add\n- when: {result: /^3$/}\n  say: three\n- say: other"
    assert said(script, "x", results=((("add", "3"),),)).say == "three"
    assert said(script, "x", results=((("add", "4"),),)).say == "other"


def test_what_a_turn_remembers_is_known_in_later_messages() -> None:
    script = """
- when: my name is
  remember: {name: "{{ message | match('is (.*)') }}"}
  say: "Hello {{ memory.name }}"
- say: "You are {{ memory.name | default('a stranger') }}; before, you said {{ previous }} ({{ count }})"
"""
    first = Exchange(message="my name is Ada", results=((),))
    last = answer(parse(script).turns, [first, Exchange(message="who am I?")], KNOWN)
    assert last.say == "You are Ada; before, you said my name is Ada (2)"
    assert said(script, "who am I?").say.startswith("You are a stranger")


def test_calls_at_the_same_time() -> None:
    turn = said("- call: [add, {tool: sub, args: {a: '{{ json.a }}'}}]", 'compute {"a": 5}')
    assert [(call.tool, call.args) for call in turn.calls] == [("add", {}), ("sub", {"a": 5})]


def test_sub_agents_have_turns_of_their_own() -> None:
    script = parse("agents:\n  helper:\n    - say: helped\n")
    assert script.agents["helper"][0].say == "helped"
    assert script.turns[0].say == "{{ message }}"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ message | first_line }}!", "one two!"),
        ("{{ message | lines }} {{ message | words }}", "2 3"),
        ("{{ message | words(1) | upper }}", "ONE"),
        ("{{ total.net | number(2) }}", "1,234.50"),
        ("{{ total.net | plus(0.5) | number }}", "1,235"),
        ("{{ total.items.1 }}{{ total.items.-1 }}", "bb"),
        ("{{ total.items | join('+') }} {{ total.items | length }}", "a+b 2"),
        ("{{ total.gross | default('none') }}", "none"),
        ("{{ message | matching('thr') | join }} x", "three x"),
        ("{{ total }} x", '{"net": 1234.5, "items": ["a", "b"]} x'),
        ("{{ '{{' }} x", "{{ x"),
    ],
)
def test_templates(template: str, text: str) -> None:
    scope = {"message": "one two\nthree", "total": {"net": 1234.5, "items": ["a", "b"]}}
    assert render(template, scope) == text


def test_a_single_template_keeps_the_type() -> None:
    assert render({"a": "{{ n }}", "b": ["{{ n }} x"]}, {"n": 5}) == {"a": 5, "b": ["5 x"]}


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ massage }}", "there is no `massage` here; there are message"),
        ("{{ message | shout }}", "no filter `shout`"),
        ("{{ message.x }}", "`message` has no `x`"),
        ("{{ message | number }}", "filter `number` cannot be used"),
        ("{{ message | match('(') }}", "filter `match` cannot be used"),
        ("{{ message ! }}", "cannot read"),
        ("{{ }}", "empty part"),
    ],
)
def test_a_template_that_cannot_be_filled_in_says_why(template: str, problem: str) -> None:
    with pytest.raises(TemplateError, match=problem.replace("(", r"\(")):
        render(template, {"message": "m"})


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("", "the script is empty"),
        ("- say: a\n- sai: b", 'line 2: unknown key "sai" in a turn .did you mean "say"'),
        ("- say: a\n- when: b", "line 2: a turn needs `say`, `call` or `fail`"),
        ("- say: [", "line 1"),
        ("- say: {{ message }}", "line 1: `say` must be a text .put a text that begins with"),
        ("- when: /(/\n  say: a", "line 1: `/\\(/` is not a valid regular expression"),
        ("- say: a\n  delay: soon", "line 2: `delay` must be a number of seconds"),
        ("- call: {args: {}}", "line 1: a call needs `tool`"),
        ("- call: {tool: a, args: 3}", "line 1: `args` must be a mapping"),
        ("turns: 3", "line 1: turns must be a list"),
        ("hello", "line 1: a script must be a mapping"),
        ("- say: a\n  say: b", 'line 2: the key "say" is there twice'),
        ("- call: {tool: a, args: {when: 2020-01-01}}", "line 1: this is not a plain value"),
    ],
)
def test_a_broken_script_names_the_line(script: str, problem: str) -> None:
    with pytest.raises(BadScript, match=problem):
        parse(script)


def test_a_missing_field_names_the_turn() -> None:
    with pytest.raises(ScriptError, match=r"turn at line 2: `json` is empty, so it has no `total`"):
        said("\n- say: '{{ json.total }}'", "no json here")


def test_texts_are_streamed_by_words_or_by_characters() -> None:
    words = said("- say: 'one two  three'", "x")
    assert chunks(words) == ["one ", "two  ", "three"]
    letters = said("- say: abcdefg\n  chunk: {characters: 3, seconds: 0.1}", "x")
    assert (chunks(letters), letters.chunk_seconds) == (["abc", "def", "g"], 0.1)
