"""No renderer ever hears a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devloop.render.mask import MaskedRenderer, Secrets
from runcmd.events import (
    Event,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Nested,
    Outcome,
    Phase,
    Role,
    RunFinished,
    TargetKind,
    TaskFinished,
    TaskNoted,
    TaskState,
    ThinkingGrew,
    Warned,
)
from stigmer_api.masking import masker_of
from tests.devloop.render.scripts import CHILD, REVIEWER, TRANSLATOR, grew, phase_of, said

SECRET = "hunter2-correct-horse"


class Heard:
    """A renderer that remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = False

    def show(self, event: Event) -> None:
        self.events.append(event)

    def close(self) -> None:
        self.closed = True

    def texts(self) -> Iterator[str]:
        for event in self.events:
            match event:
                case MessageGrew():
                    yield event.more
                case MessageStarted() | MessageReplaced():
                    yield event.text
                case _:
                    pass


def shown(events: list[Event], *secrets: str) -> Heard:
    heard = Heard()
    renderer = MaskedRenderer(heard, secrets or (SECRET,))
    for event in events:
        renderer.show(event)
    renderer.close()
    return heard


@given(
    before=st.text(max_size=12),
    after=st.text(max_size=12),
    cuts=st.lists(st.integers(0, 60), max_size=8),
    pauses=st.sets(st.integers(0, 9)),
)
def test_however_the_text_is_cut(before: str, after: str, cuts: list[int], pauses: set[int]) -> None:
    text = before + SECRET + after
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    stream = masker_of([SECRET]).stream()
    out = ""
    for number, (start, end) in enumerate(pairwise(edges)):
        out += stream.feed(text[start:end])
        if number in pauses:
            out += stream.pause()
    out += stream.flush()
    assert SECRET not in out
    assert SECRET[4:] not in out
    assert out.startswith(before)
    assert out.endswith(after)


@given(st.lists(st.text(alphabet="hunter2-x", max_size=6)))
def test_text_without_a_secret_arrives_whole(pieces: list[str]) -> None:
    stream = masker_of([SECRET]).stream()
    out = "".join(stream.feed(piece) + stream.pause() for piece in pieces) + stream.flush()
    assert out == "".join(pieces).replace(SECRET, "***")


def test_a_secret_whose_beginning_is_another_secret() -> None:
    stream = masker_of(["abcd", "abcdefgh"]).stream()
    assert stream.feed("abcd") + stream.pause() + stream.feed("efgh.") + stream.flush() == "***."
    assert stream.feed("abcd") + stream.feed("x") + stream.flush() == "***x"
    assert stream.feed("abcd") + stream.flush() == "***"


def test_other_events_between_the_two_halves_of_a_secret() -> None:
    heard = shown(
        [
            MessageStarted(index=0, role=Role.AI, text="the key is hunter2-cor"),
            MessageStarted(index=1, role=Role.AI, text="meanwhile"),
            TaskNoted(task="a", name="a", text="still running"),
            MessageGrew(index=0, role=Role.AI, more="rect-horse, yes"),
        ]
    )
    assert "".join(heard.texts()) == "the key is meanwhile***, yes"
    assert heard.closed


def test_a_message_that_goes_on_shows_not_even_a_beginning() -> None:
    heard = shown(
        [
            MessageStarted(index=0, role=Role.AI, text="the key is hu"),
            MessageGrew(index=0, role=Role.AI, more="nter2-correct-horse"),
        ]
    )
    assert "".join(heard.texts()) == "the key is ***"


def test_a_few_letters_do_not_wait_for_the_next_message() -> None:
    heard = shown(
        [
            MessageStarted(index=0, role=Role.AI, text="which hu"),
            TaskNoted(task="a", name="a", text="still running"),
            MessageGrew(index=0, role=Role.AI, more="nter2-correct-horse?"),
        ]
    )
    texts = [event.more for event in heard.events if isinstance(event, MessageGrew)]
    assert isinstance(heard.events[1], MessageGrew)
    assert texts == ["hu", "***?"]


def test_nested_executions_whose_messages_have_the_same_number() -> None:
    heard = shown(
        [
            said(REVIEWER, 1, Role.AI, "the key is hunter2-cor"),
            said(TRANSLATOR, 1, Role.AI, "nothing is rect-horse"),
            grew(REVIEWER, 1, "rect-horse, or hunter2-corr"),
            phase_of(REVIEWER, Phase.COMPLETED),
            grew(TRANSLATOR, 1, " hunter2-correct"),
            phase_of(CHILD, Phase.FAILED, error=SECRET),
            grew(TRANSLATOR, 1, "-horse"),
        ]
    )
    texts = {"reviewer": "", "translator": "", "translate": ""}
    ended_at = 0
    for place, event in enumerate(heard.events):
        assert isinstance(event, Nested)
        match event.event:
            case MessageStarted(text=text) | MessageGrew(more=text):
                texts[event.nested.name] += text
                assert event.nested.name != "reviewer" or not ended_at
            case other:
                assert SECRET not in repr(other)
                ended_at = ended_at or place
    assert texts == {
        "reviewer": "the key is ***, or hunter2-corr",
        "translator": "nothing is rect-horse ***",
        "translate": "",
    }


@pytest.mark.parametrize("form", [SECRET, 'quo"ted\\secret', "sp ace&key", "line one\nline two", "pässwörd"])
def test_everywhere_and_in_every_form(form: str) -> None:
    said = f"{form} {json.dumps(form)} {quote(form)} {quote(form, safe='')}"
    heard = shown(
        [
            Warned(text=said, hint=said),
            TaskFinished(task=said, name="a", kind="set", state=TaskState.FAILED, seconds=1, error=said),
            RunFinished(
                outcome=Outcome.FAILED,
                exit_code=1,
                kind=TargetKind.AGENT,
                answer=said,
                error=said,
                details=(said, said),
                facts={"file": said},
            ),
        ],
        form,
    )
    for event in heard.events:
        assert form not in repr(event)
        assert json.dumps(form)[1:-1] not in repr(event)
        assert quote(form, safe="") not in repr(event)
    assert len(heard.events) == 3


def test_short_values_are_words_and_not_secrets() -> None:
    assert Secrets(["yes"]).text("yes, yesterday") == "yes, yesterday"
    assert Secrets([]).text("nothing to hide") == "nothing to hide"


def test_a_secret_that_a_model_thinks_in_two_pieces_is_hidden() -> None:
    halves = [
        ThinkingGrew(index=1, more=f"the key {SECRET[:9]}"),
        ThinkingGrew(index=1, more=f"{SECRET[9:]} is"),
    ]
    heard = shown([*halves, MessageStarted(index=1, role=Role.AI, text="ok")])
    thought = "".join(event.more for event in heard.events if isinstance(event, ThinkingGrew))
    assert SECRET[:9] not in thought
    assert thought == "the key *** is"
