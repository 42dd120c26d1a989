"""Several executions on one stream: lines stay whole, and each says who it is from."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from devloop.loop.events import Cause, RunStarted
from devloop.render.execution_lines import Executing
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.render.plain import PlainRenderer
from devloop.render.said import Said
from devloop.render.voices import Voices
from devloop.terminal.marked import MarkedTerminal
from runcmd.events import (
    Event,
    ExecutionCreated,
    MessageGrew,
    MessageStarted,
    Nested,
    NestedExecution,
    Outcome,
    Phase,
    PhaseChanged,
    Role,
    RunFinished,
    TargetKind,
    TaskNoted,
    TaskState,
)
from tests.devloop.render import scripts
from tests.devloop.render.screens import GOLDEN, Screen
from tests.support.poll import until

END = RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0, execution="wex-1", kind=TargetKind.WORKFLOW)


def agent(name: str, *path: str) -> NestedExecution:
    return NestedExecution(
        execution=f"aex-{name}{len(path)}",
        kind=TargetKind.AGENT,
        name=name,
        path=path or (f"pair/{name}/ask",),
        parent="wex-1",
        origin=(path or (f"pair/{name}/ask",))[-1],
    )


POET, CRITIC = agent("poet"), agent("critic")
POETS, CRITICS = "   [pair/poet/ask › poet] ", "   [pair/critic/ask › critic] "


def said(who: NestedExecution, text: str) -> Event:
    return Nested(nested=who, event=MessageStarted(index=1, role=Role.AI, text=text))


def grew(who: NestedExecution, more: str) -> Event:
    return Nested(nested=who, event=MessageGrew(index=1, role=Role.AI, more=more))


def ended(who: NestedExecution, phase: Phase = Phase.COMPLETED) -> Event:
    return Nested(nested=who, event=PhaseChanged(execution=who.execution, phase=phase))


def lines(screen: Screen) -> list[str]:
    """Without the end of the run."""
    return screen.out.partition("✅")[0].splitlines()


@pytest.fixture
def watched(screen: Screen) -> Screen:
    """Somebody looks at it."""
    screen.out_terminal.interactive = True
    return screen


@pytest.mark.parametrize("interactive", [True, False])
def test_a_run_with_agents_below_agents_looks_like_this(screen: Screen, interactive: bool) -> None:
    screen.out_terminal.interactive = interactive
    form = "nested.watched" if interactive else "nested"
    assert screen.plain(scripts.NESTED).out == (GOLDEN / f"{form}.txt").read_text("utf-8")


@pytest.mark.parametrize("interactive", [True, False])
def test_two_that_talk_at_the_same_time_have_whole_lines(screen: Screen, interactive: bool) -> None:
    screen.out_terminal.interactive = interactive
    screen.plain(
        [
            said(POET, "The sea"),
            said(CRITIC, "It is "),
            grew(POET, " is wide,\nthe"),
            grew(CRITIC, "fine."),
            grew(POET, " sea is blue."),
            ended(CRITIC),
            ended(POET),
            END,
        ]
    )
    assert lines(screen) == [
        f"{POETS}🤖 Agent: The sea is wide,",
        f"{CRITICS}🤖 Agent: It is fine.",
        f"{POETS}the sea is blue.",
    ]


def test_one_that_talks_alone_is_seen_as_it_talks(watched: Screen) -> None:
    renderer = PlainRenderer(watched.out_terminal, watched.err_terminal)
    renderer.show(said(POET, "half a"))
    assert watched.out == f"{POETS}🤖 Agent: half a"
    renderer.show(grew(POET, " line\n\nand more"))
    assert watched.out == f"{POETS}🤖 Agent: half a line\n{POETS}and more"


def test_a_log_has_whole_lines_only(screen: Screen) -> None:
    renderer = PlainRenderer(screen.out_terminal, screen.err_terminal)
    renderer.show(said(POET, "half a"))
    assert screen.out == ""
    renderer.show(ended(POET))
    assert screen.out == f"{POETS}🤖 Agent: half a\n"


def test_what_happens_beside_a_line_that_grows_waits_until_it_is_whole(watched: Screen) -> None:
    renderer = PlainRenderer(watched.out_terminal, watched.err_terminal)
    renderer.show(said(POET, "The sea"))
    renderer.show(scripts.started("other", "other"))
    renderer.show(scripts.finished_task("other", "other", TaskState.COMPLETED))
    renderer.show(grew(POET, " is wide"))
    assert watched.out == f"{POETS}🤖 Agent: The sea is wide"
    renderer.show(grew(POET, ",\nand"))
    renderer.show(grew(POET, " deep"))
    assert watched.out == (
        f"{POETS}🤖 Agent: The sea is wide,\n"
        "⚙️ Task: other [Running]\n✓ Task: other [Completed] 200ms\n"
        f"{POETS}and deep"
    )


async def test_nothing_waits_for_long(watched: Screen) -> None:
    voices = Voices(watched.out_terminal, Said(), patience_seconds=0.0)
    voices.show(nested(said(POET, "The sea")))
    voices.show(nested(said(CRITIC, "It is")))
    await until(lambda: "It is" in watched.out, "both are cut")
    voices.show(nested(grew(POET, " is wide.\n")))
    voices.close_lines()
    assert lines(watched) == [
        f"{POETS}🤖 Agent: The sea",
        f"{CRITICS}🤖 Agent: It is",
        f"{POETS}🤖 Agent: … is wide.",
    ]


async def test_what_cannot_be_written_is_said_to_who_shows_the_next(watched: Screen) -> None:
    voices = Voices(watched.out_terminal, Said(), patience_seconds=0.0)
    voices.show(nested(said(POET, "The sea")))
    voices.show(nested(said(CRITIC, "It is")))

    def gone(text: str) -> None:
        raise BrokenPipeError

    watched.out_terminal.piece = watched.out_terminal.record = gone  # type: ignore[method-assign]
    await until(lambda: voices.unwritable, "it was tried")
    with pytest.raises(BrokenPipeError):
        voices.show(nested(grew(POET, " is wide")))


def test_the_end_of_the_run_shows_all_that_waits(watched: Screen) -> None:
    watched.plain([said(POET, "The sea"), said(CRITIC, "It is"), scripts.started("c", "c"), END])
    assert lines(watched) == [
        f"{POETS}🤖 Agent: The sea",
        f"{CRITICS}🤖 Agent: It is",
        "⚙️ Task: c [Running]",
    ]


@pytest.mark.parametrize("interactive", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_whatever_the_order_no_line_is_cut_and_none_is_lost(seed: int, interactive: bool) -> None:
    chance = random.Random(seed)
    who = [agent(name) for name in ("ann", "bob", "cleo")]
    texts = {
        each.name: [" ".join(f"{each.name}{line}.{word}" for word in range(9)) for line in range(6)]
        for each in who
    }
    left = {
        each.execution: [said(each, ""), *pieces(each, "\n".join(texts[each.name]), chance), ended(each)]
        for each in who
    }
    events: list[Event] = []
    while left:
        name = chance.choice(sorted(left))
        events.append(left[name].pop(0))
        left = {key: rest for key, rest in left.items() if rest}
        if chance.random() < 0.1:
            events.append(scripts.started(f"task{len(events)}", f"task{len(events)}"))
    screen = Screen()
    screen.out_terminal.interactive = interactive
    shown = lines(screen.plain([*events, END]))
    assert sum(line.startswith("⚙️ Task: task") for line in shown) == sum(
        not isinstance(event, Nested) for event in events
    )
    for each in who:
        mark = f"   [pair/{each.name}/ask › {each.name}] "
        own = [line.removeprefix(mark) for line in shown if line.startswith(mark)]
        first, *more = texts[each.name]
        assert own == [f"🤖 Agent: {first}", *more]
    assert len(shown) == 6 * len(who) + sum("Task:" in line for line in shown)


def pieces(who: NestedExecution, text: str, chance: random.Random) -> list[Event]:
    """As a model says it."""
    found: list[Event] = []
    while text:
        size = chance.randint(1, 30)
        found.append(grew(who, text[:size]))
        text = text[size:]
    return found


def test_two_places_of_one_short_name_have_long_names(screen: Screen) -> None:
    here = agent("judge", "a/very/long/path/child", "ask-for-a-verdict")
    there = agent("judge", "another/very/long/path/child", "ask-for-a-verdict")
    there = NestedExecution(
        execution="aex-2", kind=there.kind, name="judge", path=there.path, parent="", origin=""
    )
    screen.plain([said(here, "yes"), ended(here), said(there, "no"), ended(there), END])
    assert lines(screen) == [
        "      [… › ask-for-a-verdict › judge] 🤖 Agent: yes",
        "      [another/very/long/path/child › ask-for-a-verdict › judge] 🤖 Agent: no",
    ]


def test_what_a_task_started_is_told_once(screen: Screen) -> None:
    note = TaskNoted(task="ask", name="ask", text=f"execution {POET.execution}")
    created = ExecutionCreated(execution=POET.execution, kind=TargetKind.AGENT, name="poet")
    screen.plain([note, Nested(nested=POET, event=created), ended(POET), END])
    assert screen.out.count(POET.execution) == 1
    alone = Screen().plain([note, scripts.finished_task("ask", "ask", TaskState.COMPLETED), END])
    assert f"   ask: execution {POET.execution}\n" in alone.out, "it cannot be followed"


def test_with_several_targets_the_targets_mark_comes_first(screen: Screen) -> None:
    out = MarkedTerminal(screen.out_terminal, "both")
    renderer = PlainRenderer(out, screen.err_terminal)
    for event in (said(POET, "The"), said(CRITIC, "It"), grew(POET, " sea"), ended(CRITIC), ended(POET)):
        renderer.show(event)
    renderer.close()
    assert screen.out == f"[both] {CRITICS}🤖 Agent: It\n[both] {POETS}🤖 Agent: The sea\n"


def test_kept_runs_whose_agents_talk_at_once_have_whole_lines_with_both_marks(watched: Screen) -> None:
    loop = LoopScreen(
        Output.PLAIN, watched.out_terminal, watched.err_terminal, named=True, clear=False, clock=lambda: 0.0
    )
    events = [
        said(POET, "The"),
        said(CRITIC, "It"),
        grew(POET, " sea\nis"),
        grew(CRITIC, " is"),
        grew(POET, " wide."),
    ]
    for gen in (1, 2):  # `--on-change keep`: the first one goes on
        started = RunStarted(gen=gen, run=gen, cause=Cause.CHANGE, changed=(), applied=0, total=0)
        loop.emit(replace(started, target="both", mark=f"run {gen}"))
    for event in [*events, ended(POET), ended(CRITIC)]:
        for gen in (1, 2):
            loop.show(gen, event, "both")
    for gen in (1, 2):
        loop.show(gen, END, "both")
    loop.close()
    for mark in ("[run 1] ", "[run 2] "):
        own = [line.removeprefix(mark) for line in watched.out.splitlines() if line.startswith(mark)]
        assert own[:3] == [
            f"{POETS}🤖 Agent: The sea",
            f"{POETS}is wide.",
            f"{CRITICS}🤖 Agent: It is",
        ]


def test_where_signs_cannot_be_shown_words_are() -> None:
    screen = Screen("ascii").plain([said(POET, "hello"), ended(POET), END])
    assert screen.out.startswith("   [pair/poet/ask > poet] Agent: hello\n")


def nested(event: Event) -> Executing | Nested:
    assert isinstance(event, Nested)
    return event


def test_an_agent_cannot_make_a_line_of_another(screen: Screen) -> None:
    evil = said(POET, "one\r\n   [pair/critic/ask › critic] no\x1b[2Ktwo")
    assert all(line.startswith(POETS) for line in lines(screen.plain([evil, ended(POET), END])))


def test_nobody_typed_what_a_nested_agent_was_asked(screen: Screen) -> None:
    screen.plain(
        [
            Nested(nested=POET, event=MessageStarted(index=0, role=Role.HUMAN, text="Write")),
            Nested(nested=POET, event=MessageGrew(index=0, role=Role.HUMAN, more=" a lot")),
            ended(POET),
            END,
        ]
    )
    assert lines(screen) == [f"{POETS}💬 Asked: Write"]
