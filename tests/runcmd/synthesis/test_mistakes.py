"""All mistakes of a program come together, each at its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jq
import pytest

from runcmd.errors import ProjectError
from runcmd.events import Event
from runcmd.mistakes import Mistake
from runcmd.synthesis.checks import mistakes_of, references_of
from runcmd.synthesis.discover import discover
from runcmd.synthesis.known_good import MOST, KnownGood
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
        '  main.py:6: ${ $context["gret"].line }: refers to a task "gret", '
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


JQ = """\
from stigmer import Workflow, jq

wf = Workflow("w")
wf.set("a", x=jq("$input.rows | map(.x) | lenght"))
wf.set("b", x="${ [$input.a }")
wf.set("c", x=jq("$contxt.a"), y=wf.input.rows.map(lambda row: jq("$row.x")), z="${ 'a' + $input.b }")
wf.set("d", x=wf["a"].y)
"""


async def test_jq_that_does_not_compile_is_told_with_the_others(tmp_path: Path) -> None:
    error = await failure(tmp_path, JQ)
    assert error.details == (
        "  main.py:4: ${ $input.rows | map(.x) | lenght } is no jq program: lenght/0 is not defined "
        '(did you mean "length"?)',
        "  main.py:5: ${ [$input.a } is no jq program: syntax error, unexpected end of file, "
        "expecting '|' or ',' or ']'",
        '  main.py:6: ${ $contxt.a } is no jq program: $contxt is not defined (did you mean "$context"?)',
        '  main.py:7: "a" has no field "y"; it has "x"',
    )
    assert [each.nearest for each in error.mistakes] == ["length", "", "$context", ""]


GOOD = 'from stigmer import Workflow, jq\nwf = Workflow("w")\nwf.set("a", x=jq("$input.rows | length"))\n'


async def test_good_jq_is_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[str]
) -> None:
    monkeypatch.setenv("STIGMER_DATA_DIR", str(tmp_path))
    for _ in range(2):
        await discover(declaring(tmp_path, GOOD), _ignored)
    assert len(compiled) == 1
    await discover(declaring(tmp_path, GOOD.replace("length", "keys")), _ignored)
    assert len(compiled) == 2


async def test_without_a_place_to_remember_it_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled: list[str]
) -> None:
    monkeypatch.setenv("STIGMER_DATA_DIR", str(tmp_path / "nowhere"))
    for _ in range(2):
        await discover(declaring(tmp_path, GOOD), _ignored)
    assert len(compiled) == 2


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were compiled, by the real library."""
    programs: list[str] = []
    usual = jq.compile

    def compile_noting(program: str, args: Mapping[str, object]) -> object:
        programs.append(program)
        return usual(program, args=args)

    monkeypatch.setattr(jq, "compile", compile_noting)
    return programs


def test_the_file_of_good_contents_does_not_grow_without_end(tmp_path: Path) -> None:
    good = KnownGood(tmp_path / "checked")
    for number in range(MOST + 5):
        good.add("jq", str(number))
    assert len((tmp_path / "checked").read_text().split()) == MOST
    again = KnownGood(tmp_path / "checked")
    assert (again.has("jq", "0"), again.has("jq", str(MOST)), again.has("script", str(MOST))) == (
        False,
        True,
        False,
    )


@pytest.mark.parametrize("checks", ["[", "[]", '{"programs": [{}]}', '{"references": [{"kind": "x"}]}'])
def test_checks_that_are_none(checks: str) -> None:
    files = {"checks.json": checks.encode()}
    with pytest.raises(ProjectError, match=r"checks\.json cannot be read"):
        mistakes_of(files, KnownGood(Path("/nowhere/checked")))
        references_of(files)


async def test_a_typo_in_a_script_is_told_at_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "echo.yaml").write_text("- say: hello\n- sai: hello\n")
    main = (
        'from stigmer import Agent, Scripted\nAgent("echo", "Say it again.", model=Scripted("echo.yaml"))\n'
    )
    error = await failure(tmp_path, main)
    assert error.message == 'echo.yaml:2: unknown key "sai" in a turn (did you mean "say"?)'
    assert error.mistakes == (
        Mistake(
            file=str(tmp_path / "echo.yaml"),
            line=2,
            message='unknown key "sai" in a turn (did you mean "say"?)',
            nearest="say",
        ),
    )
