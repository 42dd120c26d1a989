"""What a program writes is emitted while it runs, and once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TypeVar

import anyio
import pytest

from runcmd.events import Event, ProgramWrote, SynthesisLasted
from runcmd.project import Project
from runcmd.synthesis.discover import discover
from runcmd.synthesis.forks.zygote import open_zygote
from runcmd.synthesis.fresh import fresh_child
from runcmd.synthesis.interfaces import Finished, Synthesizer
from runcmd.synthesis.live import LiveOutput, RepeatedText
from tests.runcmd.synthesis.golang.gophers import PATIENT
from tests.runcmd.synthesis.golang.gophers import program as go_program
from tests.runcmd.synthesis.programs import AGENT, declaring
from tests.support.poll import PATIENCE_SECONDS

Wanted = TypeVar("Wanted", bound=Event)
WAITS = """
import time
from pathlib import Path
go_on = Path(__file__).parent / "go-on"
while not go_on.exists():
    time.sleep(0.005)
go_on.unlink()
"""
GO_WAITS = """
for { if _, err := os.Stat("go-on"); err == nil { break }; time.Sleep(5 * time.Millisecond) }
os.Remove("go-on")
"""


@pytest.fixture(autouse=True)
def _as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python keeps what is printed until it is much, unless it is told otherwise."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


class Live:
    """A discovery under way: what it has emitted so far."""

    def __init__(self, project: Project) -> None:
        self.rest: list[Event] = []  # that was not waited for
        self._project = project
        self._news = anyio.Event()

    async def discover(self, synthesizer: Synthesizer) -> None:
        await discover(self._project, self._emit, deadline=PATIENCE_SECONDS, synthesizer=synthesizer)

    async def _emit(self, event: Event) -> None:
        self.rest.append(event)
        self._news.set()
        self._news = anyio.Event()

    async def until(self, kind: type[Wanted]) -> Wanted:
        with anyio.fail_after(PATIENCE_SECONDS):
            while True:
                news = self._news
                while self.rest:
                    event = self.rest.pop(0)
                    if isinstance(event, kind):
                        return event
                await news.wait()

    def all(self, kind: type[Wanted]) -> list[Wanted]:
        return [event for event in self.rest if isinstance(event, kind)]

    def go_on(self) -> None:
        (self._project.directory / "go-on").touch()


async def each_line_comes_at_once(live: Live, synthesizer: Synthesizer) -> None:
    """The program waits for us after each line."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(live.discover, synthesizer)
        for wanted in (("stdout", "one\n"), ("stderr", "two\n")):
            wrote = await live.until(ProgramWrote)
            assert (wrote.stream, wrote.text) == wanted
            live.go_on()
    assert [each.text for each in live.all(ProgramWrote)] == ["the end"]


PROGRAM = f"""{AGENT}
import sys
print("one")
{WAITS}
print("two", file=sys.stderr)
{WAITS}
print("the end", end="")
"""


async def test_each_line_of_a_fresh_child_comes_at_once(tmp_path: Path) -> None:
    await each_line_comes_at_once(Live(declaring(tmp_path, PROGRAM)), fresh_child)


async def test_each_line_of_a_fork_comes_at_once(tmp_path: Path) -> None:
    async with open_zygote() as zygote:
        await each_line_comes_at_once(Live(declaring(tmp_path, PROGRAM)), zygote)


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")
@PATIENT
@pytest.mark.usefixtures("go_cache")
async def test_each_line_of_a_go_program_comes_at_once(tmp_path: Path) -> None:
    out = f'fmt.Println("one")\n{GO_WAITS}\nprintln("two")\n{GO_WAITS}\nfmt.Print("the end")'
    project = declaring(tmp_path, go_program(out, imports='"fmt"; "time"'), runtime="go")
    (tmp_path / "go.mod").write_text("module demo\n\ngo 1.19\n")
    await each_line_comes_at_once(Live(project), fresh_child)


async def test_a_program_that_takes_long_is_mentioned_while_it_runs(tmp_path: Path) -> None:
    live = Live(declaring(tmp_path, AGENT + WAITS))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(live.discover, fresh_child)
        assert (await live.until(SynthesisLasted)).main == tmp_path / "main.py"
        live.go_on()
    assert not live.all(SynthesisLasted)


async def test_a_second_attempt_repeats_nothing(tmp_path: Path) -> None:
    project = declaring(tmp_path, f"{AGENT}print('one')\nprint('two')\n")

    async def twice(found: Project, out: Path, deadline: float, output: LiveOutput | None = None) -> Finished:
        await fresh_child(found, out, deadline, output)
        project.main.write_text(f"{AGENT}print('one')\nprint('two')\nprint('three')\n")
        return await fresh_child(found, out, deadline, output)

    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    await discover(project, emit, synthesizer=twice)
    wrote = "".join(each.text for each in events if isinstance(each, ProgramWrote))
    assert wrote == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("first", "second", "new"),
    [
        ([], ["a\n"], ["a\n"]),
        (["a\nb\n"], ["a\n", "b\n", "c\n"], ["", "", "c\n"]),
        (["a\n", "b\n"], ["a\nb\nc\n"], ["c\n"]),
        (["a\nb\n"], ["x\nb\n", "a\n"], ["x\nb\n", "a\n"]),
        (["a\nb\n"], ["a\nx\n", "b\n"], ["x\n", "b\n"]),
        (["a"], ["a\n"], ["a\n"]),
    ],
)
def test_what_was_shown_is_left_out_line_by_line(first: list[str], second: list[str], new: list[str]) -> None:
    repeated = RepeatedText()
    for each in first:
        assert repeated.new("stdout", each.encode()) == each.encode()
    repeated.again()
    assert repeated.new("stderr", b"a\n") == b"a\n", "the other stream has nothing to do with it"
    assert [repeated.new("stdout", each.encode()).decode() for each in second] == new


def test_an_attempt_that_was_cut_early_does_not_make_the_next_one_repeat_more() -> None:
    repeated = RepeatedText()
    repeated.new("stdout", b"a\nb\n")
    repeated.again()
    assert repeated.new("stdout", b"a\n") == b""
    repeated.again()
    assert repeated.new("stdout", b"a\nb\nc\n") == b"c\n"


async def test_very_much_output_is_cut_in_the_middle_as_it_was(tmp_path: Path) -> None:
    program = f"{AGENT}import os\nfor at in range(4): os.write(1, (str(at) * 1023 + '\\n').encode() * 1024)\n"
    live = Live(declaring(tmp_path, program))
    await live.discover(fresh_child)
    wrote = "".join(each.text for each in live.all(ProgramWrote))
    assert "bytes left out" in wrote
    assert len(wrote) < 3 << 20
    assert wrote.startswith("0")
    assert wrote.endswith("3\n")


@pytest.mark.parametrize(
    ("chunks", "well", "emitted", "echoed"),
    [
        (
            ["Traceback (most recent call last):\n", '  File "<string>", line 1\n', "no sdk\n"],
            False,
            "",
            False,
        ),
        (["Traceback (most recent call last):\n", '  File "<string>", line 1\n'], True, "all", True),
        (["Traceback (most recent call last):\n", '  File "/p/main.py"\n'], False, "all", True),
        (["Traceback (most recent call last):\n"], False, "all", True),
        (["log\n", "Traceback (most recent call last):\n", '  File "<string>"\n'], False, "all", True),
    ],
)
async def test_a_traceback_of_ours_before_the_program_begins_is_in_the_error_alone(
    chunks: list[str], well: bool, emitted: str, echoed: bool
) -> None:
    events: list[Event] = []

    async def emit(event: Event) -> None:
        events.append(event)

    output = LiveOutput(emit)
    for each in chunks:
        await output.wrote("stderr", each.encode())
    assert await output.ended(well=well) is echoed
    wrote = "".join(each.text for each in events if isinstance(each, ProgramWrote))
    assert wrote == ("".join(chunks) if emitted else "")
