"""An agent is asked what a prompt of an MCP server says."""

from __future__ import annotations

from typing import Any

import pytest

from stigmer_api.attachments import Attachment
from stigmer_api.values import from_struct
from tests.stigmerd.agents.prompting import ask
from tests.stigmerd.agents.stage import Stage, texts
from tests.stigmerd.agents.talking import talking

ECHO = '- say: "[{{ message }}]"\n'


async def test_the_prompt_is_the_message(stage: Stage) -> None:
    done = await ask(stage, talking(ECHO, prompts=True), "talking/review", book="Moby-Dick")
    said = "Review Moby-Dick in a plain tone.\n\n<assistant>\nI shall.\n</assistant>"
    assert texts(done) == [said, f"[{said}]"]
    facts = {"prompt": "talking/review", "arguments": {"book": "Moby-Dick"}}
    assert from_struct(done.status.messages[0].metadata) == facts


async def test_a_message_stands_behind_it(stage: Stage) -> None:
    done = await ask(stage, talking(ECHO, prompts=True), "talking/review", "Be brief.", book="x", tone="dry")
    assert texts(done)[1].startswith("[Review x in a dry tone.")
    assert texts(done)[1].endswith("Be brief.]")


async def test_pictures_and_resources(stage: Stage) -> None:
    given = Attachment("a.txt", "text/plain", b"mine")
    done = await ask(stage, talking(ECHO, prompts=True), "talking/cover", "", given)
    asked, answer = texts(done)
    assert asked == '<file name="books://notes">\nAhab is odd.\n</file>'
    assert "Ahab is odd." in answer
    assert "mine" in answer
    files: Any = from_struct(done.status.messages[0].metadata)["attachments"]
    assert [(each["name"], each["kind"]) for each in files] == [
        ("talking/cover", "image/png"),
        ("a.txt", "text/plain"),
    ]


async def test_a_list(stage: Stage) -> None:
    done = await ask(stage, talking("- say: no model is asked", prompts=True), "")
    assert texts(done)[1].splitlines() == [
        "talking/review book=… [tone=…]: Reviews a book.",
        "talking/cover",
        "talking/broken",
        "talking/empty",
    ]
    done = await ask(stage, talking(ECHO), "")
    assert "no MCP server of this agent offers prompts" in texts(done)[1]


@pytest.mark.parametrize(
    ("path", "arguments", "problem"),
    [
        ("talking/revue", {}, 'has no prompt revue (did you mean "review"?); it has review, cover'),
        ("talkin/review", {}, '"talkin" offers prompts here (did you mean "talking"?); there are talking'),
        ("talking/review", {"tone": "dry"}, "talking/review needs book; it takes book=… [tone=…]"),
        ("talking/review", {"boot": "x"}, 'has no argument boot (did you mean "book"?)'),
        ("talking/cover", {"book": "x"}, "has no argument book; it takes none"),
        ("talking/broken", {}, "does not give the prompt broken: "),
        ("talking/empty", {}, "is empty"),
    ],
)
async def test_what_is_wrong_is_said(
    stage: Stage, path: str, arguments: dict[str, str], problem: str
) -> None:
    done = await ask(stage, talking(ECHO, prompts=True), path, **arguments)
    assert problem in done.status.error
    assert "E1227" in done.status.error


async def test_only_servers_that_are_declared_with_it(stage: Stage) -> None:
    done = await ask(stage, talking(ECHO), "talking/review", book="x")
    assert "declare it with prompts=True" in done.status.error
