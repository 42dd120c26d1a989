"""The plain form, as people read it."""

from __future__ import annotations

import pytest

from runcmd.events import (
    CancelFinished,
    CancelOutcome,
    CancelReason,
    CancelStarted,
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageReplaced,
    MessageStarted,
    Outcome,
    Phase,
    PhaseChanged,
    ProgramWrote,
    Reconnected,
    Reconnecting,
    Role,
    RunFinished,
    TargetKind,
    Warned,
)
from tests.devloop.render import scripts
from tests.devloop.render.screens import GOLDEN, Screen


@pytest.mark.parametrize(
    ("name", "events", "named"),
    [
        ("workflow", scripts.WORKFLOW, True),
        ("agent", scripts.AGENT, False),
        ("failed", scripts.FAILED, True),
        ("told", scripts.TOLD, True),
    ],
)
def test_a_whole_run_looks_like_this(screen: Screen, name: str, events: list[Event], named: bool) -> None:
    screen.plain(events, named=named)
    assert screen.out == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_the_error_of_an_execution_goes_to_standard_error(screen: Screen) -> None:
    screen.plain(scripts.FAILED)
    assert screen.err == (
        "Error: task fetch failed: HTTP 404 from http://shop/prices\n\nis the shop running?\n"
    )


def test_two_messages_that_grow_at_once_stay_apart(screen: Screen) -> None:
    screen.plain(
        [
            MessageStarted(index=0, role=Role.AI, text="one"),
            MessageStarted(index=1, role=Role.AI, text="uno"),
            MessageGrew(index=0, role=Role.AI, more=" two"),
            MessageGrew(index=0, role=Role.AI, more=" three"),
            MessageGrew(index=1, role=Role.AI, more=" dos"),
        ]
    )
    assert screen.out == "🤖 Agent: one\n🤖 Agent: uno\n🤖 Agent: … two three\n🤖 Agent: … dos\n"


def test_a_message_that_was_rewritten_is_shown_anew(screen: Screen) -> None:
    screen.plain(
        [
            MessageStarted(index=0, role=Role.AI, text="helo"),
            MessageReplaced(index=0, role=Role.AI, text="hello"),
        ]
    )
    assert screen.out == "🤖 Agent: helo\n🤖 Agent: hello\n"


def test_text_is_written_before_the_message_ends(screen: Screen) -> None:
    from devloop.render.plain import PlainRenderer

    renderer = PlainRenderer(screen.out_terminal, screen.err_terminal)
    renderer.show(MessageStarted(index=0, role=Role.AI, text="half a sen"))
    assert screen.out == "🤖 Agent: half a sen"


def test_a_phase_is_shown_once_and_also_when_only_the_end_is_known(screen: Screen) -> None:
    end = RunFinished(outcome=Outcome.CANCELLED, exit_code=1, execution="wex-01", kind=TargetKind.WORKFLOW)
    screen.plain([end])
    assert screen.out.count("⚠️  Execution cancelled") == 1
    again = Screen().plain([PhaseChanged(execution="wex-01", phase=Phase.CANCELLED), end])
    assert again.out == screen.out


def test_a_quick_execution_has_started_too(screen: Screen) -> None:
    quick = [event for event in scripts.WORKFLOW if not isinstance(event, PhaseChanged)]
    screen.plain(quick, named=True)
    assert screen.out == (GOLDEN / "workflow.txt").read_text("utf-8")


def test_where_signs_cannot_be_shown_there_are_none() -> None:
    screen = Screen("ascii").plain([*scripts.WORKFLOW, ProgramWrote(stream="stdout", text="prix: 3 €")])
    assert "\nTask: validate_email [Completed] 200ms\n" in screen.out
    assert "\n" + "-" * 80 + "\n" in screen.out
    assert "prix: 3 \\u20ac" in screen.out


def test_colours_only_where_asked() -> None:
    assert "\x1b[" not in Screen().plain(scripts.AGENT).out
    assert "\x1b[32m✓ Auto-selected: data-processor\x1b[0m\n" in Screen(colour=True).plain(scripts.AGENT).out


def test_a_model_cannot_drive_the_terminal(screen: Screen) -> None:
    screen.plain([MessageStarted(index=0, role=Role.AI, text="\x1b]0;owned\x07a\x9bb\rc\td\n")])
    assert screen.out == "🤖 Agent: ]0;ownedabc\td\n"


def test_trouble_on_the_way_goes_to_standard_error(screen: Screen) -> None:
    screen.plain(
        [
            Reconnecting(attempt=1, delay=0.5, reason="connection reset"),
            Reconnecting(attempt=2, delay=1.0, reason="connection reset"),
            Reconnected(attempt=1),
            Warned(text="the server is old", hint="update it"),
            ProgramWrote(stream="stderr", text="deprecated\n"),
        ]
    )
    assert screen.out == ""
    assert screen.err == (
        "Connection lost (connection reset); trying again in 500ms\nConnected again\n"
        "Warning: the server is old\nupdate it\ndeprecated\n"
    )


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (CancelOutcome.CONFIRMED, "cancelled (200ms)"),
        (CancelOutcome.ALREADY_FINISHED, "it had already finished"),
        (CancelOutcome.STILL_RUNNING, "Error: detached; still running on the server: wex-01"),
        (CancelOutcome.UNSUPPORTED, "Error: detached; still running on the server: wex-01"),
        (CancelOutcome.UNREACHABLE, "the backend does not answer"),
    ],
)
def test_a_cancel_says_what_became_of_it(screen: Screen, outcome: CancelOutcome, text: str) -> None:
    screen.plain(
        [
            CancelStarted(execution="wex-01", reason=CancelReason.INTERRUPTED),
            CancelFinished(execution="wex-01", outcome=outcome, seconds=0.2),
            RunFinished(
                outcome=Outcome.DETACHED,
                exit_code=130,
                execution="wex-01",
                error="detached; still running on the server: wex-01",
                hint="stop it with: stigmer executions cancel wex-01",
            ),
        ]
    )
    first, second, *_ = screen.err.splitlines()
    assert first.startswith("cancelling wex-01 … ")
    assert second.startswith(text)


def test_a_run_that_we_cancelled_is_no_error(screen: Screen) -> None:
    end = RunFinished(
        outcome=Outcome.CANCELLED, exit_code=130, execution="wex-01", error="the execution was cancelled"
    )
    screen.plain([CancelStarted(execution="wex-01", reason=CancelReason.INTERRUPTED), end])
    assert "Error" not in screen.err
    assert Screen().plain([end]).err == "Error: the execution was cancelled\n"


def test_leaving_the_choice_is_no_error(screen: Screen) -> None:
    screen.plain([RunFinished(outcome=Outcome.ERROR, exit_code=130, error="Selection cancelled")])
    assert screen.err == "Selection cancelled\n"


def test_a_detached_run_says_how_to_come_back(screen: Screen) -> None:
    screen.plain(
        [
            ExecutionCreated(execution="aex-01", kind=TargetKind.AGENT, name="a"),
            RunFinished(
                outcome=Outcome.DETACHED, exit_code=0, execution="aex-01", hint="follow it with: stigmer …"
            ),
        ]
    )
    assert screen.out == ("✓ Agent execution started: a\nExecution ID: aex-01\n\nfollow it with: stigmer …\n")


def test_a_run_that_never_started_is_an_error_block(screen: Screen) -> None:
    screen.plain(
        [
            RunFinished(
                outcome=Outcome.ERROR,
                exit_code=2,
                error="No Stigmer.yaml found in current directory",
                details=("Either:", "  • Run from a Stigmer project directory"),
            )
        ]
    )
    assert screen.out == ""
    assert screen.err == (
        "Error: No Stigmer.yaml found in current directory\n\n"
        "Either:\n  • Run from a Stigmer project directory\n"
    )
