"""Which one did they mean?"""

from __future__ import annotations

import pytest

from runcmd.events import TargetKind
from runcmd.resolve import (
    Candidate,
    as_id,
    as_slugs,
    command,
    default_missing,
    no_project,
    nobody_chose,
    not_found,
    resolve,
)

ULID = "01arz3ndektsv4rrffq69g5fav"


def candidate(kind: TargetKind, slug: str, at: int = 0, name: str = "") -> Candidate:
    prefix = "agt" if kind is TargetKind.AGENT else "wfl"
    return Candidate(kind=kind, name=name or slug, slug=slug, id=f"{prefix}-{at}{ULID[1:]}")


HELPER = candidate(TargetKind.AGENT, "helper", 1)
BUILD_AGENT = candidate(TargetKind.AGENT, "build", 2)
BUILD = candidate(TargetKind.WORKFLOW, "build", 3)
REPORT = candidate(TargetKind.WORKFLOW, "my-weekly-report", 4, "My weekly_report!")
ALL = (HELPER, BUILD_AGENT, BUILD, REPORT)


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("helper", HELPER),
        ("build", BUILD),
        ("agent:build", BUILD_AGENT),
        ("workflow:build", BUILD),
        ("workflow:helper", None),
        (BUILD_AGENT.id, BUILD_AGENT),
        (BUILD_AGENT.id.replace("-", "_"), BUILD_AGENT),
        (REPORT.id.replace("wfl-", "wf_"), REPORT),
        (REPORT.id.replace("wfl-", "wf-").upper().replace("WF", "wf"), REPORT),
        ("My weekly_report!", REPORT),
        ("my Weekly Report", REPORT),
        ("HELPER", HELPER),
        ("nobody", None),
        ("", None),
        ("agt-", None),
    ],
)
def test_by_id_slug_and_name(selector: str, found: Candidate | None) -> None:
    assert resolve(selector, ALL) == found


def test_of_equal_display_names_the_first_that_is_declared_wins_and_workflows_before_agents() -> None:
    name = "Nightly build!?"
    first, second = (candidate(TargetKind.AGENT, slug, at, name) for at, slug in enumerate(["one", "two"], 5))
    assert resolve(name, (first, second)) == first
    assert resolve(name, (second, first)) == second
    workflow = candidate(TargetKind.WORKFLOW, "three", 7, name)
    assert resolve(name, (first, second, workflow)) == workflow
    assert command(second, (first, second)) == "stigmer run two", "its slug always means it"


def test_an_id_has_26_characters_and_a_slug_may_look_like_its_beginning() -> None:
    assert as_id("wf-build") is None
    wanted = as_id(f"wf_{ULID}")
    assert wanted is not None
    assert (wanted.kind, wanted.ids) == (TargetKind.WORKFLOW, (f"wf_{ULID}", f"wfl-{ULID}"))


def test_a_display_name_by_the_rule_of_the_sdk_and_of_the_server() -> None:
    assert as_slugs("My_Flow v2.0") == ("My_Flow v2.0", "my-flow-v2-0", "myflow-v20")
    assert as_slugs("plain") == ("plain",)


def test_the_block_of_what_was_not_found() -> None:
    error = not_found("reviewr", ["builder", "reviewer"])
    assert error.message == "Agent or Workflow not found: reviewr"
    assert error.hint == 'did you mean "reviewer"?'
    assert list(error.details) == [
        "Checked for:",
        "  • Workflow with ID/name: reviewr",
        "  • Agent with ID/name: reviewr",
        "  • Instance of a workflow or agent with ID/name: reviewr",
        "",
        "Possible reasons:",
        "  • Resource doesn't exist in organization",
        "  • Resource hasn't been deployed yet (run: stigmer apply)",
        "  • Wrong organization context",
    ]
    assert error.exit_code == 1
    assert not_found("zzz", ["builder"]).hint == ""


def test_the_block_outside_a_project() -> None:
    error = no_project()
    assert error.message == "No Stigmer.yaml found in current directory"
    assert error.details == (
        "Either:",
        "  • Run from a Stigmer project directory",
        "  • Or specify agent/workflow: stigmer run <name-or-id>",
        "  • Or make a project: stigmer new <name>",
    )


def test_the_commands_to_choose_from_really_choose() -> None:
    error = nobody_chose(ALL)
    assert error.details == (
        "Run one of:",
        "  stigmer run helper",
        f"  stigmer run {BUILD_AGENT.id}",
        "  stigmer run build",
        "  stigmer run my-weekly-report",
    )
    assert all(resolve(command(each, ALL).split()[-1], ALL) == each for each in ALL)


def test_a_default_that_is_gone() -> None:
    assert 'run.default in Stigmer.yaml is "helpr"' in default_missing("helpr", ALL).message
    assert default_missing("helpr", ALL).hint == 'did you mean "helper"?'
    assert default_missing("zzz", ALL).hint.startswith("declared: helper, build")
