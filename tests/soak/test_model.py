"""Does the judge see what is wrong? Disks and events that never were."""

from __future__ import annotations

from tests.soak.story import A, B, C, Story, tree


def test_an_edit_that_runs_is_all_right() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.run(2, B)
    story.tell("watch_ready", 2)
    assert not story.faults()
    assert not story.judge.unquiet()


def test_quiet_waits_for_the_run_of_what_is_on_disk() -> None:
    story = Story()
    story.save(B)
    assert "the last run did not read what is on disk" in story.judge.unquiet()
    story.see(2, "a")
    story.begin(2, B)
    assert "the last run did not succeed" in story.judge.unquiet()
    story.end(2, "succeeded", B)
    assert story.judge.unquiet() == ["the loop is not ready"]


def test_an_edit_that_hides_behind_another_one_is_missed() -> None:
    story = Story()
    story.save(B)
    story.save(C)
    story.see(2, "b")
    story.run(2, C)
    story.tell("watch_ready", 2)
    assert story.judge.unquiet() == ["never named: ['a']"]


def test_a_file_that_was_not_told_as_created_is_missed() -> None:
    story = Story()
    more = tree(a="1", b="1", c="1")
    story.save(more)
    story.see(2, "a")
    story.run(2, more)
    story.tell("watch_ready", 2)
    assert "files told: ['c'] differ" in story.judge.unquiet()


def test_a_run_of_what_was_before_is_stale() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.save(C)
    story.wait()
    story.see(3, "b")
    story.run(3, A)
    assert "stale: it read ['a', 'b']" in story.faults()


def test_a_module_that_runs_from_its_old_text_is_stale() -> None:
    story = Story()
    new = {**A, "module.py": "N", "module.py!": "1"}
    story.save(new)
    story.wait()
    story.see(2, "module.py")
    story.run(2, {**new, "module.py!": "0"})
    assert "stale: it read ['module.py!']" in story.faults()


def test_a_torn_look_is_let_pass_until_quiet() -> None:
    story = Story()
    story.save(B)
    story.save(C)
    story.see(2, "a", "b")
    story.run(2, tree(a="1", b="2"))
    assert not story.faults()
    assert [run.torn for run in story.judge.runs] == [False, True]
    story.tell("watch_ready", 2)
    assert story.judge.unquiet() == ["the last run did not read what is on disk"]


def test_what_was_executed_is_what_was_declared() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.end(2, "succeeded", A)
    assert "stale: it executed" in story.faults()


def test_the_same_content_twice_is_doubled() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.save(A)
    story.see(3, "a")
    story.run(3, A)
    assert "doubled: the run of generation 1" in story.faults()


def test_a_run_that_was_stopped_for_one_that_never_began_comes_again() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.save(C)
    story.see(3, "b")
    story.tell("run_superseded", 2, by=3)
    story.end(2, "cancelled")
    story.save(B)
    story.see(4, "b")
    story.run(4, B)
    story.tell("watch_ready", 4)
    assert not story.faults()
    assert not story.judge.unquiet()


def test_a_run_that_was_stopped_for_itself_is_doubled() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.save(C)
    story.see(3, "b")
    story.save(B)
    story.see(4, "b")
    story.tell("run_superseded", 2, by=4)
    story.end(2, "cancelled")
    story.run(4, B)
    assert "doubled: the run of generation 2" in story.faults()


def test_a_run_that_was_stopped_for_nothing_is_doubled() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.tell("run_superseded", 2, by=3)
    story.end(2, "cancelled")
    story.run(3, B)
    assert "doubled: the run of generation 2" in story.faults()


def test_a_touch_is_no_change() -> None:
    story = Story()
    story.save(B)
    story.wait()
    story.see(2, "a")
    story.run(2, B)
    story.see(3, "a")
    assert "a did not change" in story.faults()


def test_a_second_execution_is_doubled() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.tell("execution_created", 2, execution="wex-other")
    assert "it executes twice" in story.faults()


def test_an_older_generation_is_silent_after_the_header() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.tell("task_finished", 1)
    assert "generation 1 speaks after the header of 2" in story.faults()


def test_an_edit_that_was_said_to_have_no_effect_has_one() -> None:
    story = Story()
    story.save(B)
    story.wait()
    story.see(2, "a")
    story.tell("not_affected", 2)
    assert "it is affected" in story.faults()


def test_only_a_broken_module_breaks() -> None:
    story = Story()
    story.save({"main.py": "half", "module.py": "n", "module.py!": "0"})
    story.see(2, "main.py")
    story.tell("edit_broken", 2)
    assert not story.faults()
    story.save(A)
    story.see(3, "main.py")
    story.save(B)
    story.wait()
    story.see(4, "a")
    story.tell("edit_broken", 4)
    assert "nothing was broken" in story.faults()


def test_nobody_knows_what_was_there_while_git_was_at_work() -> None:
    story = Story()
    story.save(C, blurred=True)
    story.see(2, "a", created=("c",))
    story.run(2, tree(a="3", b="1", c="1"))
    assert not story.faults()
    assert len(story.judge.unquiet()) == 3 + 1


def test_a_run_ends_well_or_because_a_newer_one_came() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.end(2, "cancelled")
    assert "it ended as cancelled" in story.faults()


def test_a_run_that_gives_way_does_not_go_on_to_its_end() -> None:
    story = Story()
    story.save(B)
    story.see(2, "a")
    story.begin(2, B)
    story.save(C)
    story.see(3, "b")
    story.tell("run_superseded", 2, by=3)
    story.wait()
    story.end(2, "succeeded", B)
    assert "it was not stopped" in story.faults()


def test_what_is_left_behind_is_told() -> None:
    story = Story()
    story.tell("watch_finished", 1, left=["wex-1"])
    assert "left behind: ['wex-1']" in story.faults()
