"""The process that calls a project's functions: whatever they do, each call gets one answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import PYTHONPATH

PYTHON = (sys.executable, "-P", "-B", "-X", "utf8", "-c")
CALL = "from stigmer._program.tool_host import main; main()"
QUEUE = """
from __future__ import annotations
from dataclasses import dataclass
from typing import Literal

WHOSE = "mine"

@dataclass
class Item:
    name: str
    unit: Literal["kg", "g"] = "kg"
"""
MAIN = """
import logging, sys, threading
from queue import Item
from stigmer import *

logging.basicConfig(format="%(message)s")
print("before")

def shadowed() -> str:
    import queue  # the project's own, beside main.py, and not Python's
    return queue.WHOSE

def typed(item: Item) -> list:
    return [item.name, item.unit]

def asks() -> str:
    return input("name? ")

def leaves() -> None:
    sys.exit("enough")

def stops() -> None:
    raise KeyboardInterrupt

def iterates() -> None:
    next(iter(()))

def yields() -> object:
    return (each for each in "ab")

async def breaks() -> None:
    import asyncio
    raise asyncio.CancelledError

def big() -> str:
    return "x" * (5 << 20)

def floods(lines: int) -> int:
    for at in range(lines):
        print("line", at)
    return lines

def logs() -> None:
    logging.warning("logged")
    print("caf\\udce9 \\N{SNOWMAN}")
    sys.stdout.buffer.write(b"raw\\n")
    thread = threading.Thread(target=print, args=("of a thread",))
    thread.start()
    thread.join()

def returns_a_coroutine() -> object:
    async def later() -> int:
        return 7
    return later()

class Counter:
    def __init__(self) -> None:
        self.count = 0
    def step(self, by: int = 1, /) -> int:
        self.count += by
        return self.count

counter = Counter()
Agent("guide", "You know it all.", tools=[
    shadowed, typed, asks, leaves, stops, iterates, yields, breaks, big, floods, logs, returns_a_coroutine,
    counter.step, tool(name="twice")(lambda number: 2 * number)])
sys.exit(0)
"""


@dataclass
class Host:
    process: subprocess.Popen[str]
    printed: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def call(self, tool: str, agent: str = "guide", **arguments: Any) -> dict[str, Any]:
        """Its answer; what is printed under it is kept."""
        call = str(next(self.numbers))
        message = {"id": call, "agent": agent, "sub_agent": "", "tool": tool, "arguments": arguments}
        assert self.process.stdin
        print(json.dumps({**message, "context": {"workspace": "/"}}), file=self.process.stdin, flush=True)
        self.printed.clear()
        while "stream" in (answer := self.next()):
            assert answer["id"] == call
            self.printed.append(answer["text"])
        assert answer.pop("id") == call
        return answer

    def next(self) -> dict[str, Any]:
        assert self.process.stdout
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("hosted")
    (folder / "main.py").write_text(MAIN)
    (folder / "queue.py").write_text(QUEUE.lstrip())
    process = start(folder)
    host = Host(process)
    assert host.next() == {"ready": True}
    yield host
    assert process.stdin
    process.stdin.close()
    assert process.wait() == 0
    assert process.stdout
    process.stdout.close()


def start(folder: Path) -> subprocess.Popen[str]:
    nowhere = [os.open(os.devnull, os.O_WRONLY) for _ in range(2)]
    try:
        return subprocess.Popen(
            [*PYTHON, CALL, str(folder / "main.py"), str(folder), ",".join(map(str, nowhere))],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": PYTHONPATH},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=nowhere,
            text=True,
        )
    finally:
        for each in nowhere:
            os.close(each)


@pytest.mark.parametrize(
    ("tool", "kind", "said"),
    [
        ("asks", "EOFError", "EOF when reading a line"),
        ("leaves", "SystemExit", "enough"),
        ("stops", "KeyboardInterrupt", ""),
        ("iterates", "RuntimeError", "StopIteration: "),
        ("breaks", "CancelledError", ""),
        ("yields", "TypeError", "yields returned a generator: return a list of what it yields"),
        ("big", "ValueError", "big returned 5,242,882 bytes; a model is given at most 4 MiB"),
        ("nothing", "StigmerError", '"guide" has no tool "nothing" any more; it has '),
    ],
)
def test_what_a_function_raises_is_an_answer(host: Host, tool: str, kind: str, said: str) -> None:
    error = host.call(tool)["error"]
    assert error["type"] == kind
    assert error["message"].startswith(said)


def test_an_agent_that_is_gone_is_an_answer_too(host: Host) -> None:
    error = host.call("asks", agent="other")["error"]
    assert error["message"] == 'the program does not declare "other" any more'


def test_results_of_any_callable(host: Host) -> None:
    assert host.call("returns_a_coroutine") == {"result": 7}
    assert [host.call("step", by=2), host.call("step")] == [{"result": 2}, {"result": 3}]
    assert host.call("twice", number=21) == {"result": 42}


def test_arguments_that_do_not_fit_may_be_given_again(host: Host) -> None:
    assert host.call("twice") == {"retry": "number: is missing"}
    assert host.call("twice", number=1, nummer=2) == {"retry": "nummer: is not known; there is number"}


def test_a_module_of_the_project_is_found_before_pythons(host: Host) -> None:
    assert host.call("shadowed") == {"result": "mine"}


def test_types_are_those_of_the_project_whatever_its_modules_are_called(host: Host) -> None:
    assert host.call("typed", item={"name": "car", "unit": "kg"}) == {"result": ["car", "kg"]}
    assert host.call("typed", item={"name": "car", "unit": "m"}) == {
        "retry": 'item.unit: must be one of "kg", "g", not "m"'
    }


def test_what_is_printed_is_told_with_its_call(host: Host) -> None:
    assert host.call("logs") == {"result": None}
    text = "".join(host.printed)
    assert text == "logged\ncaf\\udce9 ☃\nraw\n"  # a thread of its own prints for nobody


def test_nothing_is_lost_of_much(host: Host) -> None:
    assert host.call("floods", lines=20_000) == {"result": 20_000}
    assert "".join(host.printed).splitlines() == [f"line {at}" for at in range(20_000)]


def test_a_program_that_fails_says_so(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("x = 1\nraise ValueError('no')\n")
    process = start(tmp_path)
    said, _ = process.communicate()
    failed = json.loads(said)["failed"]
    assert (failed["type"], failed["message"], failed["line"]) == ("ValueError", "no", 2)
    assert process.returncode == 1
