"""How often a growing text is told."""

from __future__ import annotations

from stigmerd.agents.frames import Message
from stigmerd.agents.reporter import AgentReporter, GrowingMessage
from tests.support.poll import until

WORDS = 2000


async def test_a_quick_model_does_not_flood_the_daemon() -> None:
    sent: list[Message] = []
    message = GrowingMessage(AgentReporter("aex-1", sent.append), 1)
    for _ in range(WORDS):
        message.grow("word ")
    message.finish({"usage": {}})
    records = [values for each in sent for _, values in each["records"]]
    assert records[0]["content"] == "word "
    assert records[-1]["content"] == "word " * WORDS
    assert [values["complete"] for values in records].count(True) == 1
    assert len(records) < WORDS / 10


async def test_what_is_held_back_is_told_without_more_text() -> None:
    sent: list[Message] = []
    message = GrowingMessage(AgentReporter("aex-1", sent.append), 1)
    message.grow("a")
    message.grow("b")
    assert len(sent) == 1
    await until(lambda: len(sent) == 2)
    assert sent[1]["records"][0][1]["content"] == "ab"


async def test_what_was_said_comes_before_what_follows() -> None:
    sent: list[Message] = []
    message = GrowingMessage(AgentReporter("aex-1", sent.append), 1)
    message.catch_up()
    assert sent == []
    message.grow("I ")
    message.grow("ask")
    message.catch_up()
    message.catch_up()
    assert [each["records"][0][1]["content"] for each in sent] == ["I ", "I ask"]
