"""A script that was made from a run says the same again, whatever was said."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from stigmer_api.scripts.check import mistakes_in
from stigmer_api.scripts.model import Turn
from stigmer_api.scripts.parser import parse
from stigmer_api.scripts.recorded import Recording, SaidExchange, SaidTurn, script_of
from stigmerd.agents.scripted.script import Exchange, answer

TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1)
TRICKY = st.sampled_from(["{{", "}}", "{{ message }}", "a/b/", "(x", "\\d", "- no", "5", "# c", " x ", "| a"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS | TRICKY,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(TEXTS, each, max_size=3),
    max_leaves=5,
)
ARGS = st.dictionaries(st.sampled_from(["a", "b c", "é"]), VALUES, max_size=2)
CALLING = st.builds(
    SaidTurn,
    say=st.just("") | TEXTS | TRICKY,
    calls=st.lists(st.tuples(st.sampled_from(["add", "git-log"]), ARGS), min_size=1, max_size=2).map(tuple),
)
ANSWERING = st.builds(SaidTurn, say=TEXTS | TRICKY)
TURNS = st.tuples(st.lists(CALLING, max_size=2), ANSWERING).map(lambda both: (*both[0], both[1]))
CONVERSATIONS = st.lists(st.tuples(TEXTS | TRICKY | st.sampled_from(["hi", "hello"]), TURNS), max_size=4)


def said(talk: list[tuple[str, tuple[SaidTurn, ...]]]) -> list[SaidExchange]:
    before = ["", *(message for message, _ in talk)]
    return [
        SaidExchange(message=message, turns=turns, previous=previous)
        for (message, turns), previous in zip(talk, before, strict=False)
    ]


def played(turns: tuple[Turn, ...], exchanges: list[SaidExchange]) -> list[list[SaidTurn]]:
    """What the scripted model does for the same messages."""
    known = {"agent": "a", "instructions": "", "tools": [], "env": {}}
    before: list[Exchange] = []
    found = []
    for each in exchanges:
        now: list[SaidTurn] = []
        results: tuple[tuple[tuple[str, str], ...], ...] = ()
        for turn in each.turns:
            asked = [*before, Exchange(message=each.message, results=results)]
            said_now = answer(turns, asked, known)
            now.append(
                SaidTurn(
                    say=said_now.say,
                    calls=tuple((call.tool, dict(call.args)) for call in said_now.calls),
                    fail=said_now.fail,
                )
            )
            results = (*results, tuple((name, "42") for name, _ in turn.calls))
        found.append(now)
        before.append(Exchange(message=each.message, results=results[:-1]))
    return found


@settings(deadline=None)
@given(CONVERSATIONS.filter(bool))
def test_a_conversation_is_said_again(talk: list[tuple[str, tuple[SaidTurn, ...]]]) -> None:
    exchanges = said(talk)
    script = script_of(Recording(exchanges=exchanges), ["Made from a run"])
    assert mistakes_in(script.text) == []
    if script.left_out == 0:
        assert played(parse(script.text).turns, exchanges) == [list(each.turns) for each in exchanges]


def test_the_same_message_twice_is_told_apart_by_the_one_before() -> None:
    exchanges = said([("hi", (SaidTurn(say="Hello."),)), ("hi", (SaidTurn(say="Again?"),))])
    script = script_of(Recording(exchanges=exchanges))
    assert (script.turns, script.left_out) == (2, 0)
    assert played(parse(script.text).turns, exchanges) == [[SaidTurn(say="Hello.")], [SaidTurn(say="Again?")]]


def test_what_cannot_be_told_apart_is_counted() -> None:
    third = ("hi", (SaidTurn(say="Still here."),))
    exchanges = said([("hi", (SaidTurn(say="Hello."),)), ("hi", (SaidTurn(say="Again?"),)), third])
    assert script_of(Recording(exchanges=exchanges)).left_out == 1


def test_sub_agents_have_turns_of_their_own() -> None:
    helper = SaidExchange(message="good morning", turns=(SaidTurn(say="bonjour"),))
    mine = SaidExchange(message="in French", turns=(SaidTurn(say="Here: bonjour"),))
    script = parse(script_of(Recording(exchanges=[mine], agents={"translator": [helper]})).text)
    assert [turn.say for turn in script.agents["translator"]] == ["bonjour"]


def test_a_script_is_read_by_people() -> None:
    turn = SaidTurn(say="One.\nTwo.", calls=(("add", {"a": 1.0, "b": [2.5]}),))
    text = script_of(
        Recording(exchanges=[SaidExchange(message="add (it)", turns=(turn,))]), ["From a run"]
    ).text
    assert text == (
        "# From a run\n"
        "- when: /\\Aadd \\(it\\)\\Z/\n"
        "  say: |-\n"
        "    One.\n"
        "    Two.\n"
        "  call:\n"
        "    tool: add\n"
        "    args:\n"
        "      a: 1\n"
        "      b:\n"
        "        - 2.5\n"
    )


def test_a_turn_that_broke_down_breaks_down_again() -> None:
    exchange = SaidExchange(message="x", turns=(SaidTurn(say="I", fail="the model is gone"), SaidTurn()))
    turns = parse(script_of(Recording(exchanges=[exchange])).text).turns
    assert [(turn.say, turn.fail) for turn in turns] == [
        ("I", "the model is gone"),
        ("", "the model said nothing"),
    ]
    assert re.fullmatch(turns[0].when["message"], "x")
