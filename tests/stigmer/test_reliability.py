"""What an agent says about answers that are none."""

from __future__ import annotations

import json

import pytest

from stigmer import DeclarationError
from stigmer_api.facts import OPTIONS_ANNOTATION
from tests.stigmer.programs import Declare

MISTAKES = {
    'Agent("a", "You do all of it.", on_cut_off="warm")': 'on_cut_off must be "fail" or "warn", not \'warm\'',
    'SubAgent("a", "You do all of it.", on_cut_off=None)': 'on_cut_off must be "fail" or "warn", not None',
}


def test_what_is_said_goes_with_the_agent_and_its_helpers(declare: Declare) -> None:
    made = declare("""
        poet = SubAgent("poet", "You write a poem.", on_cut_off="warn")
        Agent("reader", "You read the poem.", sub_agents=[poet, SubAgent("critic", "You judge it.")])
    """)
    said = json.loads(made.agent.metadata.annotations[OPTIONS_ANNOTATION])
    assert said == {"sub_agents": {"poet": {"cut_off": "warn"}}}


def test_the_usual_says_nothing(declare: Declare) -> None:
    made = declare('Agent("reader", "You read the poem.", on_cut_off="fail")')
    assert OPTIONS_ANNOTATION not in made.agent.metadata.annotations


@pytest.mark.parametrize("source", MISTAKES)
def test_mistakes(declare: Declare, source: str) -> None:
    with pytest.raises(DeclarationError) as mistake:
        declare(source)
    assert MISTAKES[source] in str(mistake.value)
