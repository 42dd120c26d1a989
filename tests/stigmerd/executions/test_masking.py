"""No secret gets out, whole or in pieces; what is no secret is not touched."""

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stigmer_api.agentexecution_pb2 import AgentExecutionStatus
from stigmer_api.workflowexecution_pb2 import WorkflowExecutionStatus
from stigmerd.executions.masking import Masker, mask_message, mask_record
from stigmerd.executions.records import MessageSet, TaskEnded, ToolCallSet

# A busy machine is no bug.
calm = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SECRET = 'p"ä/s+s w\\d\n!'

# Few letters, so that secrets overlap with themselves, with each other and with the text.
letters = st.text(alphabet="abAB1=é", max_size=30)
secrets = st.lists(st.text(alphabet="abAB1=é", min_size=4, max_size=9), max_size=3)


@st.composite
def chunked(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Secrets, and a text with some of them in it, cut anywhere."""
    values = draw(secrets)
    pieces = draw(st.lists(st.one_of(letters, *map(st.just, values)), max_size=6))
    text = "".join(pieces)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return values, [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@calm
@given(chunked())
def test_a_stream_says_the_same_as_the_whole_text(case: tuple[list[str], list[str]]) -> None:
    values, chunks = case
    masker = Masker(values)
    stream = masker.stream()
    shown = [stream.feed(chunk) for chunk in chunks]
    assert "".join(shown) + stream.flush() == masker.text("".join(chunks))


@calm
@given(chunked())
def test_no_secret_is_ever_shown(case: tuple[list[str], list[str]]) -> None:
    values, chunks = case
    stream = Masker(values).stream()
    shown = "".join([stream.feed(chunk) for chunk in chunks] + [stream.flush()])
    for value in values:
        assert value not in shown


@calm
@given(chunked())
def test_what_was_shown_so_far_is_a_beginning_of_the_end_result(case: tuple[list[str], list[str]]) -> None:
    """Nothing has to be taken back: no beginning of a secret was shown before the rest of it came."""
    values, chunks = case
    masker = Masker(values)
    result = masker.text("".join(chunks))
    text = ""
    for chunk in chunks:
        text += chunk
        assert result.startswith(masker.unfinished(text))


@calm
@given(st.text(alphabet="#~. ", max_size=40), secrets)
def test_a_text_without_secrets_is_unchanged_and_not_delayed(text: str, values: list[str]) -> None:
    masker = Masker(values)
    assert masker.text(text) == text
    stream = masker.stream()
    assert stream.feed(text) == text
    assert stream.flush() == ""


def test_only_what_may_be_a_secret_is_held_back() -> None:
    stream = Masker(["secret-1"]).stream()
    assert stream.feed("a sec") == "a "
    assert stream.feed("ond") == "second"
    assert stream.feed(" secret-") == " "
    assert stream.feed("1.") == "***."


def test_a_secret_that_repeats_itself_does_not_fill_the_memory() -> None:
    stream = Masker(["aaaa"]).stream()
    assert stream.feed("aaaa") == "***"
    for _ in range(1000):
        assert stream.feed("aaaa") == ""
        assert len(stream._held) < 4
    assert stream.feed("b") == "b"


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        SECRET.strip(),
        json.dumps({"key": SECRET}),
        json.dumps({"key": SECRET}, ensure_ascii=False),
        json.dumps(json.dumps([SECRET])),
        "https://example.com/?q=" + urllib.parse.quote(SECRET),
        "https://example.com/?q=" + urllib.parse.quote(SECRET, safe=""),
        "https://example.com/?q=" + urllib.parse.quote(SECRET, safe="").lower(),
        "q=" + urllib.parse.urlencode({"q": SECRET}),
        "Basic " + base64.b64encode(SECRET.encode()).decode(),
        "Basic " + base64.b64encode(b"user:" + SECRET.encode()).decode(),
        "Basic " + base64.b64encode(b"user1:" + SECRET.encode() + b"\n").decode(),
        "Basic " + base64.b64encode(b"user12:" + SECRET.encode() + b", and more").decode(),
        base64.urlsafe_b64encode(b"??" + SECRET.encode()).decode(),
    ],
)
def test_other_spellings_of_a_secret_are_masked_too(text: str) -> None:
    masked = Masker([SECRET]).text(text)
    assert "***" in masked
    assert "s+s" not in masked and "s%2Bs" not in masked.upper().replace("S%2BS", "s%2Bs")
    assert decodes_to_secret(masked) is False


def decodes_to_secret(text: str) -> bool:
    core = text.rsplit(" ", 1)[-1].replace("***", "").rstrip("=")
    return any(
        b"s+s w"
        in base64.urlsafe_b64decode((before * "A" + core).encode() + b"=" * (-(len(core) + before) % 4))
        for before in range(4)
        if core.isascii() and core.isalnum() and (len(core) + before) % 4 != 1
    )


def test_short_values_are_words() -> None:
    masker = Masker(["abc", "", "  a "])
    assert not masker
    assert masker.text("abc a") == "abc a"


def test_json_is_masked_in_values_names_and_numbers() -> None:
    masker = Masker(["hunter22", "12345678"])
    assert masker.json({"a hunter22": [1, None, True, {"x": ("hunter22", 12345678, 1.5)}]}) == {
        "a ***": [1, None, True, {"x": ["***", "***", 1.5]}]
    }


def test_neighbours_are_two_and_overlapping_ones_are_one() -> None:
    assert Masker(["abcd"]).text("abcdabcd") == "******"
    assert Masker(["abcd", "cdef"]).text("xabcdefx") == "x***x"
    assert Masker(["abcd", "bcdefgh"]).text("abcdefgh") == "***"


def test_a_record_is_masked_where_it_speaks_and_nowhere_else() -> None:
    masker = Masker(["fetch", "SECRET-1"])
    ended = TaskEnded(
        key="fetch",
        name="fetch",
        kind="HTTP_CALL",
        state="FAILED",
        output={"x": "SECRET-1"},
        error="at fetch",
        at="t",
    )
    assert mask_record(ended, masker) == TaskEnded(
        key="fetch",
        name="fetch",
        kind="HTTP_CALL",
        state="FAILED",
        output={"x": "***"},
        error="at ***",
        at="t",
    )
    call = ToolCallSet(
        id="fetch",
        message=0,
        name="fetch",
        args={"k": "SECRET-1"},
        status="FAILED",
        result="SECRET-1",
        error="SECRET-1",
        started_at="t",
        completed_at="t",
    )
    masked = mask_record(call, masker)
    assert isinstance(masked, ToolCallSet)
    assert (masked.id, masked.name, masked.args, masked.result, masked.error) == (
        "fetch",
        "fetch",
        {"k": "***"},
        "***",
        "***",
    )


def test_an_unfinished_message_does_not_show_the_beginning_of_a_secret() -> None:
    masker = Masker(["SECRET-1"])

    def shown(content: str, *, complete: bool) -> str:
        record = MessageSet(index=0, role="AI", content=content, complete=complete, at="t", metadata={})
        masked = mask_record(record, masker)
        assert isinstance(masked, MessageSet)
        return masked.content

    assert shown("it is SECR", complete=False) == "it is "
    assert shown("it is SECRET-1 and", complete=False) == "it is *** and"
    assert shown("it is SECR", complete=True) == "it is SECR"


def test_a_reported_status_is_masked() -> None:
    masker = Masker(["SECRET-1"])
    workflow = WorkflowExecutionStatus(error="no SECRET-1")
    task = workflow.tasks.add(task_id="SECRET-1", error="SECRET-1")
    task.output.update({"a": ["x SECRET-1"], "b": {"c": "SECRET-1"}})
    mask_message(workflow, masker)
    assert workflow.tasks[0].task_id == "SECRET-1"
    assert "SECRET-1" not in without_ids(workflow)
    agent = AgentExecutionStatus()
    agent.messages.add(content="SECRET-1").tool_calls.add(result="SECRET-1").args.update({"a": "SECRET-1"})
    agent.sub_agent_executions.add(input="SECRET-1", output="SECRET-1")
    agent.todos["t"].content = "SECRET-1"
    mask_message(agent, masker)
    assert "SECRET-1" not in str(agent)


def without_ids(message: Message) -> str:
    return str(message).replace('task_id: "SECRET-1"', "")
