"""The scripts that docs/scripted-model.md shows answer as the conversation below each says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from stigmer_api.scripts.parser import TURN_KEYS, WHEN_KEYS, parse
from stigmer_api.scripts.templates import FILTERS
from stigmerd.agents.scripted.script import Exchange, answer
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "scripted-model.md").read_text("utf-8")
SHOWN = re.compile(r"^```yaml\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = SHOWN.findall(PAGE)
KNOWN: Mapping[str, object] = {"agent": "critic", "instructions": "", "tools": [], "env": {}}


@pytest.mark.parametrize(("script", "talk"), EXAMPLES)
def test_a_script_answers_as_shown(script: str, talk: str) -> None:
    turns = parse(script).turns
    exchanges: list[Exchange] = []
    called = ""
    for line in talk.splitlines():
        who, said = line.split(": ", 1)
        if who == "You":
            exchanges.append(Exchange(message=said))
        elif who == "Result":
            last = exchanges.pop()
            results = (*last.results, ((called, said),))
            exchanges.append(Exchange(message=last.message, results=results))
        else:
            turn = answer(turns, exchanges, KNOWN)
            called = turn.calls[0].tool if turn.calls else ""
            calls = [f"{call.tool} {json.dumps(call.args)}" for call in turn.calls]
            assert (calls if who == "Call" else [turn.say]) == [said]
            if who == "Agent":  # the end of this exchange
                last = exchanges.pop()
                exchanges.append(Exchange(message=last.message, results=(*last.results, ())))


def test_every_key_and_filter_is_on_the_page() -> None:
    assert len(EXAMPLES) >= 4
    assert [name for name in (*TURN_KEYS, *WHEN_KEYS, *FILTERS) if not re.search(rf"`{name}\b", PAGE)] == []
