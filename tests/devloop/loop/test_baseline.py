"""Does a version of the project make a difference to what ran last?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from devloop.changes.digest import FileState
from devloop.loop.baseline import Baseline, Verdict, judge
from devloop.loop.events import Cause
from devloop.loop.footprint import footprint
from runcmd.events import TargetKind
from runcmd.request import RunRequest, RuntimeVariable
from runcmd.resolve import Candidate
from runcmd.synthesis.manifest import Manifest
from stigmer_api.agent_options import annotation_of
from stigmer_api.facts import ACTIVITIES_ANNOTATION
from tests.devloop.loop.edits import declared
from tests.runcmd.declarations import agent, manifest, workflow

ONE = RuntimeVariable(name="ONE", value="1", secret=False)
TWO = RuntimeVariable(name="TWO", value="2", secret=False)
REQUEST = RunRequest(project=None, selector="main", env=(ONE, TWO))
MAIN = Candidate(kind=TargetKind.WORKFLOW, name="main", slug="main", id="wfl-1")
TEXTS = {"main": "one", "other": "one"}
FILES = {"main.py": FileState(b"1", ())}


def ran(found: Manifest, request: RunRequest = REQUEST) -> Baseline:
    return Baseline().started(MAIN, found, request).accepted(FILES)


def verdict(
    baseline: Baseline, found: Manifest, request: RunRequest = REQUEST, files: Any = FILES
) -> tuple[Verdict, Cause]:
    return judge(baseline, Cause.CHANGE, files, request, found)


@pytest.mark.parametrize(
    "difference",
    [{"message": "another"}, {"org": "acme"}, {"timeout": 60.0}, {"env": (ONE,)}],
    ids=lambda each: next(iter(each)),
)
def test_the_settings_of_a_run_make_a_difference(difference: dict[str, Any]) -> None:
    found = declared(TEXTS)
    request = replace(REQUEST, **difference)
    assert footprint(found, "workflow:main", request) != footprint(found, "workflow:main", REQUEST)
    assert verdict(ran(found), found, request) == (Verdict.RUN, Cause.ENVIRONMENT)


@pytest.mark.parametrize(
    "same", [{"env": (TWO, ONE)}, {"owner": "loop-1"}], ids=lambda each: next(iter(each))
)
def test_what_a_run_does_not_see_makes_none(same: dict[str, Any]) -> None:
    found = declared(TEXTS)
    assert verdict(ran(found), found, replace(REQUEST, **same))[0] is Verdict.UNAFFECTED


def test_only_the_target_and_what_it_calls_count() -> None:
    before = ran(declared(TEXTS))
    assert verdict(before, declared({**TEXTS, "other": "two"}))[0] is Verdict.UNAFFECTED
    assert verdict(before, declared({**TEXTS, "main": "two"})) == (Verdict.RUN, Cause.CHANGE)


def test_any_file_counts_for_who_calls_the_functions_of_the_project() -> None:
    calls = workflow("main")
    calls.metadata.annotations[ACTIVITIES_ANNOTATION] = "note"
    found = manifest(calls, dependencies={})
    other = {"main.py": FileState(b"2", ())}
    assert verdict(ran(found), found)[0] is Verdict.UNAFFECTED
    assert verdict(ran(found), found, files=other)[0] is Verdict.RUN
    assert verdict(ran(declared(TEXTS)), declared(TEXTS), files=other)[0] is Verdict.UNAFFECTED


@pytest.mark.parametrize("whose", ["", "aide"])
def test_any_file_counts_for_an_agent_with_functions(whose: str) -> None:
    functions = {"functions": [{"name": "note", "schema": {}}]}
    calls = agent("host")
    said = annotation_of({} if whose else functions, {whose: functions} if whose else {})
    calls.metadata.annotations.update(said)
    outer = workflow("main")
    outer.spec.tasks[0].task_config.update({"agent": "host"})
    found = manifest(outer, calls, dependencies={})
    other = {"note.py": FileState(b"2", ())}
    assert verdict(ran(found), found)[0] is Verdict.UNAFFECTED
    assert verdict(ran(found), found, files=other)[0] is Verdict.RUN


def test_what_is_called_by_its_name_counts_too_however_deep() -> None:
    """Also two that call each other."""
    outer, inner = workflow("main"), workflow("other")
    outer.spec.tasks[0].task_config.update({"do": [{"taskConfig": {"workflow": "other"}}]})
    inner.spec.tasks[0].task_config.update(
        {"try": {"agent": "helper", "workflow": "main", "x": ["workflow"]}}
    )
    before = ran(manifest(outer, inner, agent(), dependencies={}))
    changed = manifest(outer, inner, agent(instructions="Help nobody at all."), dependencies={})
    assert verdict(before, changed)[0] is Verdict.RUN
    assert verdict(before, manifest(outer, inner, agent(), agent("else"), dependencies={}))[0] is (
        Verdict.UNAFFECTED
    )


def test_what_was_forgotten_runs_again() -> None:
    found = declared(TEXTS)
    assert verdict(ran(found).forgotten(), found) == (Verdict.RUN, Cause.CHANGE)


def test_a_target_that_the_code_declared_is_missing_without_it() -> None:
    found = declared(TEXTS)
    assert verdict(ran(found), declared({"other": "one"}))[0] is Verdict.MISSING
    backends = Baseline().started(MAIN, declared({"other": "one"}), REQUEST)
    assert verdict(backends, declared({"other": "two"}))[0] is Verdict.UNAFFECTED


def test_the_first_run_needs_no_difference() -> None:
    assert verdict(Baseline(), declared(TEXTS)) == (Verdict.RUN, Cause.CHANGE)


def test_what_is_watched_only_now_is_as_it_was_deployed() -> None:
    more = {"main.py": FileState(b"2", ()), "run.env": FileState(b"3", ())}
    files = ran(declared(TEXTS)).watched_too(more).files
    assert files == {**more, **FILES}
