"""Does the judge see what is wrong about a project that goes away?"""

from __future__ import annotations

from tests.soak.story import A, B, Story

AWAY: dict[str, str] = {}


def moved() -> Story:
    """Away, and not yet back."""
    story = Story()
    story.save(AWAY)
    return story


def test_away_and_back_is_all_right() -> None:
    story = moved()
    story.tell("project_gone", 1)
    story.save(A)
    assert "the project is said to be gone" in story.judge.unquiet()
    story.tell("project_back", 1, replaced=False)
    story.tell("watch_ready", 1)
    assert not story.faults()
    assert not story.judge.unquiet()


def test_one_that_was_there_all_the_time() -> None:
    story = Story()
    story.wait()
    story.tell("project_gone", 1)
    assert "the project is there" in story.faults()


def test_gone_is_said_once() -> None:
    story = moved()
    story.tell("project_gone", 1)
    story.tell("project_gone", 1)
    assert "was gone already" in story.faults()


def test_back_is_said_only_of_one_that_was_gone_or_replaced() -> None:
    story = moved()
    story.save(A)
    story.tell("project_back", 1, replaced=True)
    assert not story.faults()
    story.tell("project_back", 1, replaced=False)
    assert "neither gone nor replaced" in story.faults()


def test_what_was_away_was_not_deleted() -> None:
    story = moved()
    story.save(A)
    story.see(2, deleted=("a", "b"))
    assert story.judge.unquiet()


def test_what_differs_when_it_is_back_has_to_run() -> None:
    story = moved()
    story.tell("project_gone", 1)
    story.save(B)
    story.tell("project_back", 1, replaced=True)
    story.tell("watch_ready", 1)
    assert "the last run did not read what is on disk" in story.judge.unquiet()
