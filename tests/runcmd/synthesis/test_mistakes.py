"""All mistakes of a program come together, each at its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from runcmd.errors import ProjectError
from runcmd.events import Event
from runcmd.mistakes import Mistake
from runcmd.synthesis.discover import discover
from tests.runcmd.synthesis.programs import declaring

PARTS = """\
from stigmer import Workflow

other = Workflow("other")
made = other.set("made", total=1)
other.set("told", x=made.totl)
"""
MAIN = """\
from stigmer import Workflow

wf = Workflow("w")
greet = wf.set("greet", line="hello")
wf.set("b", c=greet.lin, then="ned")
wf.set("c", d='${ $context["gret"].line }')
wf.set("end-of-it", e=1)
"""


async def failure(directory: Path, main: str) -> ProjectError:
    with pytest.raises(ProjectError) as caught:
        await discover(declaring(directory, main), _ignored)
    return caught.value


async def test_all_are_told_at_once_sorted_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(PARTS)
    error = await failure(tmp_path, MAIN + "import parts\n")
    assert error.message == "4 mistakes in what main.py declares"
    assert error.details == (
        '  main.py:5: "greet" has no field "lin" (did you mean "line"?)',
        '  main.py:5: the task "b" goes on to "ned", and there is no such task; '
        'after it there are "c", "end-of-it"',
        '  main.py:6: ${ $context["gret"].line } refers to a task "gret", '
        'and there is none before this place (did you mean "greet"?)',
        '  parts.py:5: "made" has no field "totl" (did you mean "total"?)',
    )
    assert error.mistakes[3] == Mistake(
        file=str(tmp_path / "parts.py"),
        line=5,
        message='"made" has no field "totl" (did you mean "total"?)',
        nearest="total",
    )
    assert error.facts["line"] == "5"


async def test_one_alone_is_the_error_itself(tmp_path: Path) -> None:
    error = await failure(tmp_path, MAIN.replace("greet.lin", "greet.line").replace('"ned"', '"end"'))
    assert error.message.startswith("main.py:6: ${")
    assert [each.nearest for each in error.mistakes] == ["greet"]


async def test_twenty_are_shown_and_all_are_there(tmp_path: Path) -> None:
    many = "".join(f'wf.set("t{number}", x=greet.lin)\n' for number in range(27))
    main = 'from stigmer import Workflow\nwf = Workflow("w")\ngreet = wf.set("greet", line=1)\n' + many
    error = await failure(tmp_path, main)
    assert (error.message, len(error.mistakes)) == ("27 mistakes in what main.py declares", 27)
    assert (len(error.details), error.details[-1]) == (21, "  … and 7 more")
    assert [each.line for each in error.mistakes] == list(range(4, 31))


async def test_a_mistake_that_ends_the_program_comes_with_those_before(tmp_path: Path) -> None:
    error = await failure(tmp_path, MAIN + 'wf.set("c", d=1)\nwf.set("z", y=greet.lin)\n')
    assert error.message == "3 mistakes in what main.py declares"  # jumps are looked at when all is there
    assert error.details[-1].startswith('  main.py:8: workflow "w" has a task "c" already')


async def test_a_program_that_breaks_says_what_it_had_wrong_before(tmp_path: Path) -> None:
    error = await failure(tmp_path, MAIN + "1 / 0\n")
    assert error.message == "main.py:8: ZeroDivisionError: division by zero"
    assert error.details[-3] == "And before that:"
    assert error.details[-2].startswith('  main.py:5: "greet" has no field "lin"')
    assert len(error.mistakes) == 2


async def _ignored(event: Event) -> None:
    """Nobody looks at the events."""
