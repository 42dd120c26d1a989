"""What workflows tell beside their tasks: what activities print, and what is waited for."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from stigmer_api.devloop_pb2 import Note
from tests.stigmerd.engine.bench import Bench, WebServer, as_json, workflow_of
from tests.support.tasks import task

FACTS = "devloop.stigmer.ai/"
SECRET = "hunter2-correct-horse"
MAIN = """
    import os, subprocess, sys, threading
    from pathlib import Path
    from stigmer import activity

    print("the program, each time anew")

    @activity
    def speak(go):
        print("one")
        print("two", file=sys.stderr)
        open(go).read()  # until somebody has heard it
        print("the third has \\r", end="")
        print("no end", end="")

    @activity
    def secret():
        value = os.environ["TOKEN"]
        print("all of it:", value)
        os.write(1, f"half {value[:9]}".encode())
        os.write(1, f"{value[9:]} and half".encode())

    @activity
    def bytes_and_others():
        os.write(1, b"caf\\xe9\\n")
        thread = threading.Thread(target=print, args=("a thread",))
        thread.start()
        thread.join()
        subprocess.run([sys.executable, "-c", "print('a child')"])

    @activity
    def much():
        for number in range(100_000):
            print(f"{number:06d}", "x" * 100)

    @activity
    def long():
        print("y" * 1_000_000)
        print("after it")

    @activity
    def fail():
        print("before it fails")
        raise ValueError("no such thing")

    @activity
    def leave():
        print("before it leaves")
        os._exit(3)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(dedent(MAIN))
    return tmp_path


def begin(bench: Bench, project: Path, name: str, given: Any = None, **more: Any) -> str:
    definition = workflow_of(task("call", "CALL_ACTIVITY", {"activity": name, "input": given or {}}))
    for fact, value in {
        "python": sys.executable,
        "main": project / "main.py",
        "project-dir": project,
    }.items():
        definition.metadata.annotations[FACTS + fact] = str(value)
    execution_id = bench.add(definition, **more)
    bench.engine.start(execution_id)
    return execution_id


async def told(bench: Bench, execution_id: str) -> list[Note]:
    """All of it, after its end."""
    notes: list[Note] = []
    async for sight in bench.executions.subscriptions.watch_closely(execution_id, 0):
        notes += sight.notes
    return notes


async def printed(bench: Bench, project: Path, name: str, **more: Any) -> dict[str, str]:
    """By stream."""
    execution_id = begin(bench, project, name, **more)
    await bench.ended(execution_id)
    found: dict[str, list[str]] = {"stdout": [], "stderr": []}
    for note in await told(bench, execution_id):
        if note.HasField("print"):
            assert (note.print.source, note.print.name, note.print.task) == ("activity", name, "call")
            found[note.print.stream].append(note.print.text)
    return {stream: "\n".join(texts) for stream, texts in found.items()}


async def test_lines_are_told_while_the_activity_runs(bench: Bench, project: Path) -> None:
    go = project / "go"
    os.mkfifo(go)
    execution_id = begin(bench, project, "speak", {"go": str(go)})
    heard: list[tuple[str, str]] = []
    async for sight in bench.executions.subscriptions.watch_closely(execution_id, 0):
        heard += [(note.print.stream, note.print.text) for note in sight.notes if note.HasField("print")]
        if len(heard) == 2:
            await asyncio.to_thread(go.write_text, "")
    assert sorted(heard[:2]) == [("stderr", "two"), ("stdout", "one")]
    assert heard[2:] == [("stdout", "no end")]  # as a terminal shows it


async def test_no_secret_is_told_in_one_piece_or_in_two(bench: Bench, project: Path) -> None:
    found = await printed(bench, project, "secret", secrets={"TOKEN": SECRET})
    assert found["stdout"] == "all of it: ***\nhalf *** and half"


async def test_what_is_no_utf_8_and_what_others_print(bench: Bench, project: Path) -> None:
    found = await printed(bench, project, "bytes_and_others")
    assert found == {"stdout": "caf\ufffd\na thread\na child", "stderr": ""}


async def test_of_ten_megabytes_the_end_is_kept_and_the_rest_is_counted(bench: Bench, project: Path) -> None:
    execution_id = begin(bench, project, "much")
    await bench.ended(execution_id)
    gone, *rest = await told(bench, execution_id)
    lines = "\n".join(note.print.text for note in rest).split("\n")
    assert lines[-1].startswith("099999 x")
    assert [int(line[:6]) for line in lines] == list(range(100_000 - len(lines), 100_000))
    assert 1_000_000 < sum(map(len, lines)) < 3_000_000
    assert gone.gone.notes == rest[0].number - 1
    assert 7_000_000 < gone.gone.bytes < 11_000_000


async def test_a_line_that_nobody_reads_is_cut(bench: Bench, project: Path) -> None:
    first, second = (await printed(bench, project, "long"))["stdout"].split("\n")
    assert len(first) < 5000
    assert first.endswith("… (the line is longer)")
    assert second == "after it"


@pytest.mark.parametrize(("name", "text"), [("fail", "before it fails"), ("leave", "")])
async def test_an_activity_that_fails_has_printed_before(
    bench: Bench, project: Path, name: str, text: str
) -> None:
    assert (await printed(bench, project, name))["stdout"].startswith(text)


async def test_a_signal_is_awaited_with_the_command_that_sends_it(bench: Bench) -> None:
    signals = {"to": {"mode": "all", "signals": [{"id": "yes"}, {"id": "it's me"}]}}
    execution_id = bench.add(workflow_of(task("ask", "LISTEN", signals)))
    bench.engine.start(execution_id)
    notes: list[Note] = []
    async for sight in bench.executions.subscriptions.watch_closely(execution_id, 0):
        notes += sight.notes
        if len(notes) == 2:
            bench.engine.signal(execution_id, "yes", None)
            bench.engine.signal(execution_id, "it's me", None)
    waits = {note.wait.on: note.wait for note in notes if note.HasField("wait")}
    assert waits.keys() == {"signal yes", "signal it's me"}
    assert waits["signal yes"].text == "waiting for the signal yes"
    assert waits["signal yes"].hint == f"stigmer executions signal {execution_id} yes"
    assert waits["signal it's me"].hint.endswith(""" 'it'"'"'s me'""")
    assert waits["signal yes"].task == "ask"
    assert {note.wait_over.on for note in notes if note.HasField("wait_over")} == waits.keys()


async def test_an_http_call_that_is_tried_again_says_why_and_when(bench: Bench, web: WebServer) -> None:
    web.answers["/"] = lambda request, times: as_json({}, 503 if times == 1 else 200)(request, times)
    execution_id = bench.add(workflow_of(web.call("fetch", "/")))
    bench.engine.start(execution_id)
    await bench.ended(execution_id)
    wait, over = await told(bench, execution_id)
    assert (wait.wait.on, wait.wait.task) == ("retry", "fetch")
    assert wait.wait.text == f"HTTP 503 from GET {web.url('/')}"
    assert wait.wait.seconds > 0
    assert (over.wait_over.on, over.wait_over.task) == ("retry", "fetch")
