"""Does the judge see what is wrong with variables, and with a queue?"""

from __future__ import annotations

import pytest

from tests.soak.story import A, B, C, Story, with_variables
from tests.soak.variables import in_words, parsed

TWO = with_variables(A, "X=1 Y=2")
OTHER = with_variables(A, "X=2")
BROKEN = with_variables(A, None)


def test_a_variable_that_runs_is_all_right() -> None:
    story = Story()
    story.save(TWO)
    assert "the last run had other variables" in story.judge.unquiet()
    story.see(2, ".env")
    story.run(2, TWO, cause="environment")
    story.save(A)
    story.see(3, ".env")
    story.run(3, A, cause="environment")
    story.tell("watch_ready", 3)
    assert not story.faults()
    assert not story.judge.unquiet()


def test_a_variable_that_was_removed_and_is_there_is_stale() -> None:
    story = Story()
    story.save(TWO)
    story.see(2, ".env")
    story.run(2, TWO, cause="environment")
    story.save(A)
    story.wait()
    story.see(3, ".env")
    story.begin(3, A, cause="environment")
    story.end(3, "succeeded", TWO)
    assert "stale: it got X=1 Y=2, not one of ['X=1']" in story.faults()
    assert "the last run had other variables" in story.judge.unquiet()


def test_other_variables_are_another_content() -> None:
    story = Story()
    story.save(TWO)
    story.see(2, ".env")
    story.tell("not_affected", 2)
    story.wait()
    story.tell("not_affected", 2)
    assert not story.faults()  # the first one may have been read before
    story.see(3, "a")
    story.wait()
    story.tell("not_affected", 3)
    assert "it is affected" in story.faults()


def test_a_comment_runs_nothing() -> None:
    story = Story()
    story.save({**A, ".env": "with a comment"})
    story.see(2, ".env")
    story.tell("not_affected", 2)
    story.tell("watch_ready", 2)
    assert not story.faults()
    assert not story.judge.unquiet()
    story.run(2, A, cause="environment")
    assert "doubled: the run of generation 1" in story.faults()
    assert "its cause is environment: X=1 became X=1" in story.faults()


def test_a_run_for_variables_says_so() -> None:
    story = Story()
    story.save(TWO)
    story.wait()
    story.see(2, ".env")
    story.run(2, TWO)
    assert "its cause is change: X=1 became X=1 Y=2" in story.faults()


def test_a_touch_of_the_file_is_no_change() -> None:
    story = Story()
    story.see(2, ".env")
    assert ".env did not change" in story.faults()


def test_a_name_without_a_value_is_broken() -> None:
    story = Story()
    story.save(BROKEN)
    story.see(2, ".env")
    story.tell("edit_broken", 2)
    assert not story.faults()
    story.save(A)
    story.wait()
    story.see(3, ".env")
    story.tell("edit_broken", 3)
    assert "nothing was broken" in story.faults()


def test_a_queue_stops_no_run() -> None:
    story = Story(queue=True)
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.save(C)
    story.see(3, "b")
    story.tell("run_superseded", 2, by=3)
    assert "a queue stops no run" in story.faults()


def test_an_edit_in_the_queue_runs_after_the_end() -> None:
    story = Story(queue=True)
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.save(C)
    story.see(3, "b")
    assert "the last run did not read what is on disk" in story.judge.unquiet()
    story.end(2, "succeeded", B)
    story.run(3, C)
    story.tell("watch_ready", 3)
    assert not story.faults()
    assert not story.judge.unquiet()


@pytest.mark.parametrize("queue", [False, True])
def test_what_is_old_when_its_turn_comes_does_not_run(queue: bool) -> None:
    story = Story(queue=queue)
    story.save(B)
    story.see(2, "a")
    story.save(C)
    story.see(3, "b")
    story.run(2, B)
    assert "it begins although a change was told for generation 3" in story.faults()


def test_an_edit_in_the_queue_that_runs_twice_is_doubled() -> None:
    story = Story(queue=True)
    story.save(B)
    story.see(2, "a")
    story.run(2, B)
    story.run(3, B)
    assert "doubled: the run of generation 2" in story.faults()


def test_a_file_of_variables_in_the_soaks_own_reading() -> None:
    assert parsed("# no\nB=2\n\nA=1\nC=\n") == {"B": "2", "A": "1"}
    assert parsed("A=1\nB") is None
    assert in_words({"B": "2", "A": "1"}) == "A=1 B=2"
