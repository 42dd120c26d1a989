"""`stigmer run --task`: one task alone, with the values of the last run, also on each save."""

from __future__ import annotations

import signal

from tests.end_to_end.resuming.steps import Steps, answer


def test_one_task_alone(steps: Steps) -> None:
    missing = steps.run("--task", "last")
    assert missing.code == 2
    assert "last needs first, pick, second" in missing.err
    assert "--values" in missing.err
    given = '{"first": {"did": "a"}, "pick": {"number": 1}, "second": {"did": "b"}, "number": 1}'
    assert answer(steps.run("--task", "last", "--values", given, "-o", "quiet")) == {"all": ["a", 1, "b"]}
    assert not steps.notes
    assert steps.run("-o", "quiet", "--input", '{"n": 3}').code == 0
    done = steps.run("--task", "inner", "--input", '{"what": "alone"}')
    assert "Only task rounds[2]/inner, values of wex-" in done.out
    assert "Task: first" not in done.out
    assert steps.notes == {"first": 1, "round-1": 1, "round-2": 1, "round-3": 1, "second": 1, "alone": 1}
    again = steps.run("--resume", "last", "--from", "inner")
    assert again.code == 2
    assert "run that again with: stigmer run steps --task 'rounds[2]/inner'" in again.err
    unknown = steps.run("--task", "lst")
    assert unknown.code == 1
    assert "did you mean last?" in unknown.err


def test_on_each_save_that_task_runs_again(steps: Steps) -> None:
    assert steps.run("-o", "quiet", "--input", '{"n": 3}').code == 0
    before = steps.notes
    loop = steps.world.start(
        "run", "--watch", "--task", "last", "--runs", "2", "-o", "json", cwd=steps.directory
    )
    loop.event("run_finished")
    steps.change("all=[first.did,", 'all=["saved", first.did,')
    done = loop.end()
    assert done.code == 0, done.text
    assert [each["only_task"] for each in done.named("execution_created")] == ["last", "last"]
    answers = [each["answer"] for each in done.named("run_finished")]
    assert answers == ['{"all": ["first", 3, "second"]}', '{"all": ["saved", "first", 3, "second"]}']
    assert steps.notes == before


def test_a_watch_loop_survives_a_task_that_is_gone(steps: Steps) -> None:
    assert steps.run("-o", "quiet", "--input", '{"n": 3}').code == 0
    loop = steps.world.start("run", "--watch", "--task", "last", "-o", "json", cwd=steps.directory)
    assert loop.event("run_finished")["exit_code"] == 0
    steps.change('"last", all', '"ending", all')
    assert loop.event("run_finished")["error"].startswith("the workflow has no task last")
    steps.change('"ending", all', '"last", all')
    assert loop.event("run_finished")["exit_code"] == 0
    loop.signal(signal.SIGINT)
    loop.end()
