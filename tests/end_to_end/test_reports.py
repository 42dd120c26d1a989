"""`--report`: what a pipeline reads of a run, however it ended."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from devloop.cli.schemas import Schema, schema_text
from tests.end_to_end.programs import ONE_WORKFLOW, SLOW_WORKFLOW, TWO_WORKFLOWS
from tests.support.poll import wait_until
from tests.support.world import World

MIXED = (
    ONE_WORKFLOW
    + """
bad = Workflow("bad")
bad.set("first", ok=True)
bad.raise_("stop", "out of \\x07coffee & <milk>")
"""
)
SECRET = """
from stigmer import Workflow

print("the program says swordfish-42")
leak = Workflow("leak")
leak.set("say", text="the task says swordfish-42")
"""


def report_of(file: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(file.read_text("utf-8"))
    jsonschema.validate(report, json.loads(schema_text(Schema.REPORT)))
    return report


def cases_of(file: Path) -> dict[str, TestCase]:
    (suite,) = JUnitXml.fromfile(str(file))
    return {case.name: case for case in suite}


def test_each_target_is_a_test_case_and_a_failure_says_why(world: World) -> None:
    project = world.project(MIXED)
    done = world.run("run", "--all", "--report", "junit=j.xml", "--report", "json=deep/r.json", cwd=project)
    assert done.code == 1
    cases = cases_of(project / "j.xml")
    assert list(cases) == ["greet", "bad"]
    assert cases["greet"].result == []
    assert cases["greet"].classname == "stigmer.workflow"
    (failure,) = cases["bad"].result
    assert isinstance(failure, Failure)
    assert "out of coffee & <milk>" in failure.text
    assert "task stop: failed" in cases["bad"].system_out
    report = report_of(project / "deep" / "r.json")
    greet, bad = report["runs"]
    assert (report["exit_code"], greet["outcome"], bad["outcome"]) == (1, "succeeded", "failed")
    assert [(task["task"], task["state"]) for task in bad["tasks"]] == [
        ("first", "completed"),
        ("stop", "failed"),
    ]
    assert json.loads(greet["answer"]) == {"text": "hello"}
    assert greet["execution"] in cases["greet"].system_out


def test_a_project_that_cannot_be_deployed_is_an_error_of_the_report(world: World) -> None:
    project = world.project("from stigmer import Workflow\nnonsense(\n")
    done = world.run("run", "--report", "junit=j.xml", "--report", "json=r.json", cwd=project)
    assert done.code == 3
    (case,) = cases_of(project / "j.xml").values()
    (error,) = case.result
    assert isinstance(error, Error)
    assert "main.py" in f"{error.message}{error.text}"
    assert report_of(project / "r.json")["exit_code"] == 3


def test_a_timeout_and_what_never_began_are_in_the_report(world: World) -> None:
    project = world.project(SLOW_WORKFLOW + '\nlater = Workflow("later")\nlater.wait("pause", 600)\n')
    running = world.start(
        *("run", "--all", "--jobs", "1", "-o", "json"), "--report", "junit=j.xml", cwd=project
    )
    running.event("task_started")
    running.signal(signal.SIGINT)
    assert running.end().code == 130
    cases = cases_of(project / "j.xml")
    assert [type(case.result[0]) for case in cases.values()] == [Failure, Skipped]
    done = world.run("run", "slow", "--timeout", "0.5", "--report", "junit=t.xml", cwd=project)
    assert done.code == 124
    (case,) = cases_of(project / "t.xml").values()
    assert (case.result[0].type, case.name) == ("timeout", "slow")


@pytest.mark.parametrize("how", ["one", "several", "watch"])
def test_no_secret_is_in_a_report_or_a_transcript(world: World, how: str) -> None:
    project = world.project(SECRET + '\nWorkflow("other").set("say", text="nothing")\n')
    more = {"one": ("leak",), "several": ("--all",), "watch": ("leak", "--watch", "--runs", "1")}[how]
    done = world.run(
        *("run", *more, "-e", "secret:TOKEN=swordfish-42", "--save-transcript", "t.jsonl"),
        *("--report", "junit=j.xml", "--report", "json=r.json"),
        cwd=project,
    )
    assert done.code == 0, done.text
    for name in ("t.jsonl", "j.xml", "r.json"):
        text = (project / name).read_text("utf-8")
        assert "***" in text
        assert "swordfish" not in text


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--report", "junti=r.xml"), 'did you mean "junit"?'),
        (("--report", "junit"), "names no file"),
        (("--report", "junit="), "names no file"),
        (("--report", "junit=a", "--report", "json=a"), "two reports into"),
        (("--report", "json=."), "Is a directory"),
        (("--report", "json=main.py/r.json"), "cannot write the report"),
        (("--save-transcript", "."), "Is a directory"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_runs(
    world: World, flags: tuple[str, ...], said: str
) -> None:
    project = world.project(ONE_WORKFLOW)
    done = world.run("run", *flags, cwd=project)
    assert (done.code, said in done.err) == (2, True), done.text
    assert "Execution" not in done.out


def test_an_execution_that_goes_on_has_a_report_and_a_transcript_too(world: World) -> None:
    project = world.project(MIXED)
    assert world.run("run", "bad", cwd=project).code == 1
    again = ("--resume", "last", "--yes", "--report", "json=r.json", "--save-transcript", "t.jsonl")
    (project / "main.py").write_text(MIXED.replace("bad.raise_(", "bad.set(").replace('", "out', '", a="out'))
    done = world.run("run", *again, cwd=project)
    assert done.code == 0, done.text
    (run,) = report_of(project / "r.json")["runs"]
    assert (run["name"], run["outcome"]) == ("bad", "succeeded")
    assert world.run("replay", "t.jsonl", cwd=project).out == done.out


def test_a_full_disk_ends_the_transcript_and_not_the_run(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    full = ("--save-transcript", "/dev/full", "--report", "json=/dev/full")
    done = world.run("run", *full, "--report", "junit=j.xml", cwd=project)
    assert done.code == 0
    assert "the transcript /dev/full ends here: No space left on device" in done.err
    assert "cannot write the report /dev/full: No space left on device" in done.err
    assert cases_of(project / "j.xml")


def test_a_loop_keeps_the_newest_end_of_each_target_and_does_not_run_for_it(world: World) -> None:
    project = world.project(TWO_WORKFLOWS)
    report = project / "r.json"
    running = world.start(
        *("run", "--all", "--watch", "-o", "json", "--save-transcript", "t.jsonl"),
        *("--report", "json=r.json", "--report", "junit=j.xml"),
        cwd=project,
    )
    running.event("run_finished")
    running.event("run_finished")
    wait_until(lambda: report.exists() and len(report_of(report)["runs"]) == 2)
    (project / "main.py").write_text(TWO_WORKFLOWS.replace('"hello"', '"good morning"'))
    changed = running.event("change_seen")
    assert (changed["created"], changed["modified"]) == ([], ["main.py"])
    running.event("run_finished")
    wait_until(lambda: "good morning" in report.read_text("utf-8"))
    assert {each["target"] for each in report_of(report)["runs"]} == {"greet", "part"}
    running.signal(signal.SIGINT)
    done = running.end()
    assert len(done.named("change_seen")) == 1
    assert report_of(report)["exit_code"] == done.code
    assert len((project / "t.jsonl").read_text("utf-8").splitlines()) == len(done.events)
