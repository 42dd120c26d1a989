"""A name, an id or a path is one line on the screen, and shows what is in it."""

from __future__ import annotations

import io
import json
import sys
import types
import typing
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import grpc
import pytest

from devloop.cli.choosing.labels import label
from devloop.loop import events as loop_events
from devloop.render.history import HistoryScreen
from devloop.render.jsonl import JsonRenderer
from devloop.render.loop import LoopScreen
from devloop.render.output import Output
from devloop.render.plain import PlainRenderer
from devloop.render.quiet import QuietRenderer
from devloop.render.table import TableRenderer
from devloop.terminal.stream import Terminal
from devloop.terminal.visible import BLANK, harmless, safe_json, visible
from runcmd import events
from runcmd.events import Phase, TargetKind
from runcmd.history.past import PastExecution
from runcmd.resolve import Candidate
from stigmer_api import workflow_pb2, workflow_pb2_grpc
from tests.end_to_end.programs import ONE_WORKFLOW, TWO_WORKFLOWS
from tests.support.snapshots import address
from tests.support.world import World

UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")
HOSTILE = [
    *(
        "\n",
        "\r",
        "\r\n",
        "\v",
        "\f",
        "\x00",
        "\x07",
        "\x08",
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\x7f",
        "\x85",
        "\x9b2J",
    ),
    *("\u2028", "\u2029", "\u202e", "\u202a", "\u2066", "\u2067", "\u200e", "\u200f", "\u061c"),
    *(
        "\u200b",
        "\u200c",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u180e",
        "\u034f",
        "\u3164",
        "\u115f",
        "\u2800",
    ),
    *("\U000e0041", "\ufff9", "\udcff", "\ud800"),
]
TAKEN = "taken   Workflow   good   Completed"
# What somebody says may have several lines.
WORDS = {
    "diff",
    "text",
    "more",
    "answer",
    "error",
    "details",
    "content",
    "input",
    "output",
    "arguments",
    "result",
    "reason",
}


def filled(kind: Any, text: str, words: str) -> Any:
    """A value of this type with the text in each place that holds one; `words` where there may be lines."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return filled(next(each for each in arguments if each is not type(None)), text, words)
    if kind is str:
        return text
    if kind is Path:
        return Path("/a", text.replace("\0", "0"))
    if kind in (int, float):
        return kind(1)
    if kind is bool:
        return True
    if origin in (tuple, list, Sequence, typing.Sequence):
        return (filled(arguments[0], text, words),)
    if origin in (dict, Mapping, typing.Mapping):
        return {}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    hints = typing.get_type_hints(kind)
    return kind(
        **{
            each.name: filled(hints[each.name], words if each.name in WORDS else text, words)
            for each in fields(kind)
        }
    )


class Screen:
    """Both streams as text."""

    def __init__(self) -> None:
        self.raw = io.BytesIO()
        stream = io.TextIOWrapper(self.raw, encoding="utf-8", newline="")
        self.terminal = Terminal(stream)

    @property
    def said(self) -> str:
        self.terminal.flush()
        return self.raw.getvalue().decode()


def plain(screen: Screen, event: Any) -> None:
    PlainRenderer(screen.terminal, screen.terminal).show(event)


def table(screen: Screen, event: Any) -> None:
    TableRenderer(screen.terminal, screen.terminal).show(event)


def quiet(screen: Screen, event: Any) -> None:
    QuietRenderer(screen.terminal, screen.terminal).show(event)


def loop(screen: Screen, event: Any) -> None:
    LoopScreen(Output.PLAIN, screen.terminal, screen.terminal, named=False, clear=False).emit(event)


def shown(render: Callable[[Screen, Any], None], event: Any) -> str:
    screen = Screen()
    render(screen, event)
    return screen.said


def check_safe(said: str, what: object = "") -> None:
    wrong = {
        each
        for each in said
        if each not in "\n\t" and (unicodedata.category(each) in UNSAFE or each in BLANK)
    }
    assert not wrong, (what, wrong, said)


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_no_event_shows_more_lines_for_a_name(hostile: str) -> None:
    """All events, all renderers, all fields that hold a text."""
    text = f"a{hostile}b"
    cases = [(kind, render) for kind in typing.get_args(events.Event) for render in (plain, table, quiet)]
    cases += [(kind, loop) for kind in typing.get_args(loop_events.LoopEvent)]
    assert len(cases) > 80
    for kind, render in cases:
        said = shown(render, filled(kind, text, "words"))
        check_safe(said, kind)
        assert said.count("\n") == shown(render, filled(kind, "aXb", "words")).count("\n"), (kind, said)
        check_words(shown(render, filled(kind, text, text)), kind, hostile)


def check_words(said: str, kind: type, hostile: str) -> None:
    """Words may have lines, and joined letters, and nothing else that a terminal obeys."""
    if hostile not in ("\u200c", "\u200d") and hostile not in BLANK:
        check_safe(said, kind)


@pytest.mark.parametrize("category", UNSAFE)
def test_every_character_of_that_kind(category: str) -> None:
    found = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == category]
    assert found
    for each in found:
        check_safe(visible(f"a{each}b"))
        assert "\n" not in visible(f"a{each}b")
        assert json.loads(safe_json(json.dumps(f"a{each}b", ensure_ascii=False))) == f"a{each}b"
        check_safe(safe_json(json.dumps(f"a{each}b", ensure_ascii=False)))
        if each not in "\u200c\u200d":
            check_safe(harmless(f"a{each}b"))


def test_what_people_write_stays_as_it_is() -> None:
    for text in ("Grüße, 世界", "👨‍👩‍👧 family", "می‌خواهم", "⚙️ works", "naïve — “quoted”", "שלום"):
        assert visible(text) == text
        assert harmless(text) == text


def test_escapes_can_be_read() -> None:
    assert visible("a\nb\x1b[2J\u202ec\udcff\U000e0041") == "a\\nb\\x1b[2J\\u202ec\\xff\\U000e0041"


def test_a_row_is_a_row() -> None:
    screen = Screen()
    past = [
        PastExecution(
            execution=f"wex-1{hostile}x",
            kind=TargetKind.WORKFLOW,
            target=f"name{hostile}wex-2   Workflow   {TAKEN}",
            phase=Phase.FAILED,
            started_at="",
            seconds=1.0,
        )
        for hostile in HOSTILE
    ]
    HistoryScreen(screen.terminal, Output.PLAIN, datetime.now(UTC)).show(past)
    check_safe(screen.said)
    rows = screen.said.splitlines()
    assert len(rows) == 1 + len(past)
    column = rows[0].index("PHASE")
    assert {row[column:].split()[0] for row in rows[1:]} == {"Failed"}, "columns stand below each other"
    assert "   good   " not in screen.said


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_a_choice_is_one_line(hostile: str) -> None:
    said = label(
        Candidate(
            kind=TargetKind.AGENT, name=f"a{hostile}b", slug="a", id="1", description=f"some{hostile}thing"
        )
    )
    check_safe(said)
    assert "\n" not in said


def test_json_says_all_and_drives_nothing() -> None:
    for hostile in HOSTILE[:-2]:
        screen = Screen()
        event = events.TargetResolved(
            kind=TargetKind.AGENT, name=f"a{hostile}b", slug="a", id="1", description="", how="only"
        )
        JsonRenderer(screen.terminal).show(event)
        check_safe(screen.said)
        assert json.loads(screen.said)["name"] == f"a{hostile}b"


BAD_NAME = "evil\nwex-00000000000000000000000000   Workflow   good   Completed\x1b[31m\u202e"


def test_commands_show_what_is_in_a_name(world: World) -> None:
    """A name that another client gave it."""
    project = world.project(ONE_WORKFLOW)
    assert world.run("apply", cwd=project).code == 0
    with grpc.insecure_channel(address(world)) as channel:
        workflows = workflow_pb2_grpc.WorkflowCommandControllerStub(channel)
        query = workflow_pb2_grpc.WorkflowQueryControllerStub(channel)
        listed = world.run("apply", "-o", "json", cwd=project).named("resource_applied")
        evil = query.get(workflow_pb2.WorkflowId(value=listed[0]["id"]))
        evil.metadata.id, evil.metadata.name, evil.metadata.slug = "", BAD_NAME, "evil"
        workflows.create(evil)
    commands = [
        ["run", "evil"],
        ["executions", "list"],
        ["run", BAD_NAME],
        ["executions", "follow", BAD_NAME],
    ]
    for command in [*commands, ["executions", "cancel", BAD_NAME], ["run", "evil", "-C", BAD_NAME]]:
        done = world.run(*command)
        check_safe(done.text, command)
        assert not [line for line in done.text.splitlines() if line.startswith("wex-0000")], done.text
    assert "evil\\nwex-0000" in world.run("executions", "list").out


def test_the_loop_shows_a_file_in_one_line(world: World) -> None:
    project = world.project(
        ONE_WORKFLOW.replace(
            "greet =", "import pathlib; [p.read_text() for p in pathlib.Path().glob('*.txt')]\ngreet ="
        )
    )
    running = world.start("run", "greet", "--watch", "--runs", "2", cwd=project)
    running.until("watching")
    (project / "a\n── run 99 · \u202e\x1b[2J.txt").write_text("x")
    (project / "main.py").write_text((project / "main.py").read_text().replace("hello", "again"))
    done = running.end()
    check_safe(done.text)
    assert not [line for line in done.text.splitlines() if line.startswith("── run 99")], done.text


def test_a_prompt_shows_a_name_in_one_line(world: World) -> None:
    program = TWO_WORKFLOWS.replace("Says goodbye", "Says\\x1b[2J\\u202e\\ngoodbye")
    terminal = world.terminal("run", cwd=world.project(program))
    terminal.expect("Says")
    terminal.send("\x03")
    terminal.expect_exact("cancelled")
    assert "\x1b[2J\u202e" not in (terminal.before or "")
    terminal.close()
