"""What is wrong with a script of the scripted model, with its line."""

from __future__ import annotations

import pytest

from stigmer_api.scripts.check import ROOTS, mistakes_in
from stigmerd.agents.scripted.script import Exchange, session, tool_results
from tests.support.paths import SAMPLE_PROJECT


@pytest.mark.parametrize(
    ("script", "line", "problem", "nearest"),
    [
        ("- say: a\n- sai: b", 2, 'unknown key "sai" in a turn (did you mean "say"?)', "say"),
        ("- say: a\n- say: [", 2, "expected the node content", ""),
        ("", 0, "the script is empty", ""),
        (
            '- say: a\n- when: x\n  say: "{{ mesage }}"',
            3,
            'there is no `mesage` (did you mean "message"?)',
            "message",
        ),
        ('- say: "{{ message | uper }}"', 1, 'there is no filter `uper` (did you mean "upper"?)', "upper"),
        ('- say: "{{ message | }}"', 1, "has an empty part", ""),
        ('- say: "{{ message | default }}"', 1, "the filter `default` needs a value", ""),
        ('- call: {tool: t, args: {a: [{b: "{{ jsn.x }}"}]}}', 1, "there is no `jsn`", "json"),
        ('- say: a\n  remember: {x: "{{ mesage }}"}', 2, "there is no `mesage`", "message"),
        ('turns:\n- say: a\nagents:\n  h:\n  - say: "{{ mesage }}"', 5, "there is no `mesage`", "message"),
    ],
)
def test_a_mistake(script: str, line: int, problem: str, nearest: str) -> None:
    (found,) = mistakes_in(script)
    assert (found.line, problem in found.problem, found.nearest) == (line, True, nearest), found


@pytest.mark.parametrize(
    "script",
    [
        '- say: "{{ json.total | number(2) }} {{ memory.x }} {{ results.tool | lines(2) }}"',
        '- say: "{{ other | default(1) }}"',
        "- say: '{{ \"a\" | upper }}'",
        *(path.read_text() for path in (SAMPLE_PROJECT / "scripts").iterdir()),
    ],
)
def test_no_mistake(script: str) -> None:
    assert mistakes_in(script) == []


def test_the_roots_are_those_that_a_turn_sees() -> None:
    seen = {*session([Exchange(message="m")], 0), *tool_results([])}
    assert seen | {"memory", "agent", "instructions", "tools", "env"} == ROOTS
