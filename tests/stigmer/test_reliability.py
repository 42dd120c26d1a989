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
    'Agent("a", "You do all of it.", retries=Retries(-1))': "a whole number from 0 to 100, not -1",
    'Agent("a", "You do all of it.", retries=2.5)': "retries wants Retries(5, …) or a number, not 2.5",
    'Retries(3, backoff="2")': "backoff must be a number of seconds from 0 to 3600, not '2'",
    "Retries(3, longest=9999)": "longest must be a number of seconds from 0 to 3600, not 9999",
    "Retries(3, statuses=[200])": "statuses must be HTTP statuses from 400 to 599, not [200]",
    "Retries(3, statuses=503)": "statuses must be HTTP statuses from 400 to 599, not 503",
}


def test_retries(declare: Declare) -> None:
    made = declare("""
        poet = SubAgent("poet", "You write a poem.", retries=0)
        Agent("reader", "You read the poem.", sub_agents=[poet],
              retries=Retries(5, backoff=2, statuses={503, 429}))
    """)
    said = json.loads(made.agent.metadata.annotations[OPTIONS_ANNOTATION])
    usual = {"backoff_seconds": 0.5, "longest_seconds": 60}
    assert said["sub_agents"] == {"poet": {"retries": {"count": 0, **usual}}}
    assert said["retries"] == {"count": 5, **usual, "backoff_seconds": 2, "statuses": [429, 503]}


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
