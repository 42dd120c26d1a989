"""Text from outside that is not UTF-8 is refused where it comes in: what, where, and status 2."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pexpect
import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from devloop.cli.main import app
from devloop.cli.texts import not_text
from tests.support.command import Done
from tests.support.world import STIGMER, World, new_world

USAGE = 2
BYTES = os.fsdecode(b"caf\xe9")
PROGRAM = 'from stigmer import Workflow\n\nWorkflow("hello").set("say", text="hello")\n'
PATHS = {"--project", "--env-file", "--config", "--socket", "--save-transcript"}


@pytest.fixture(scope="module")
def outside() -> Iterator[World]:
    """A project in which nothing has been deployed."""
    with new_world() as world:
        world.project(PROGRAM)
        yield world


def places() -> Iterator[list[str]]:
    """Each command with each of its options and arguments that take a value, in every spelling."""
    for words, command in commands(get_command(app), ()):
        arguments = [each for each in command.params if each.param_type_name == "argument"]
        needed = ["wex-1" for each in arguments if each.required]
        for number in range(len(arguments)):
            before, after = ["wex-1"] * number, needed[number + 1 :]
            yield [*words, *before, BYTES, *after]
            yield [*words, "--", *before, f"-C{BYTES}", *after]  # looks like a path
        for option in command.params:
            no_value = getattr(option, "is_flag", False) or getattr(option, "count", False)
            path = PATHS & set(option.opts) or option.type.name == "path"
            if option in arguments or no_value or path:
                continue
            for spelling in option.opts:
                yield [*words, *needed, spelling, BYTES]
            yield [*words, *needed, option.opts[0], f"-C{BYTES}"]
        yield [*words, f"--{BYTES}"]
    yield [BYTES]
    yield ["server", BYTES]


def commands(command: object, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield from commands(each, (*words, name))
    else:
        assert isinstance(command, TyperCommand)
        yield words, command


@pytest.mark.parametrize("arguments", [*places()], ids=ascii)
def test_every_option_and_argument(outside: World, arguments: list[str]) -> None:
    refused(outside, outside.run(*arguments, cwd=outside.dir / "project"))


def test_a_variable_is_named_and_its_value_is_not_shown(outside: World) -> None:
    done = outside.run("run", "-e", f"secret:KEY=hidden{BYTES}", cwd=outside.dir / "project")
    refused(outside, done)
    assert "secret:KEY= after -e" in done.err
    assert "hidden" not in done.text


def test_the_place_is_named() -> None:
    assert "the argument caf\\xe9 after -m" in not_text(["run", "-m", BYTES])
    assert "…" in not_text(["run", "-m", "x" * 100 + BYTES])
    assert not_text(["run", "-wC", BYTES, f"--env-file={BYTES}", "ü"]) == ""


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"STIGMER_SERVER_ADDR": f"unix:/tmp/{BYTES}"}, "STIGMER_SERVER_ADDR"),
        ({"STIGMER_SERVER_ADDR": "127.0.0.1:1", "STIGMER_API_KEY": BYTES}, "STIGMER_API_KEY"),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["apply"], ["executions", "list"], ["run", "--watch"]])
def test_variables_of_the_command(
    outside: World, command: list[str], variables: dict[str, str], said: str
) -> None:
    done = outside.run(*command, cwd=outside.dir / "project", env=variables)
    refused(outside, done)
    assert f"in {said} is not UTF-8 text" in done.err


@pytest.mark.parametrize("token", [r'"\udce9"', r'"a \ud83d b"'])
def test_half_a_character_in_a_configuration_file(outside: World, token: str) -> None:
    file = outside.dir / ".stigmer" / "config.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"backend:\n  type: cloud\n  cloud: {{org_id: a, token: {token}}}\n")
    try:
        done = outside.run("run", cwd=outside.dir / "project")
    finally:
        file.unlink()
    assert done.code == USAGE
    assert f"{file}:3:" in done.err


def test_a_secret_that_is_typed(outside: World) -> None:
    terminal = pexpect.spawn(
        str(STIGMER),
        ["run", "-e", "secret:KEY"],
        cwd=str(outside.dir / "project"),
        env=outside.environ | {"TERM": "xterm-256color"},
        timeout=60,
    )
    terminal.expect(b"KEY:")
    terminal.send(b"caf\xe9\n")
    terminal.expect(b"what was typed for KEY is not UTF-8 text")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == USAGE


def refused(world: World, done: Done) -> None:
    assert done.code == USAGE, done.text
    assert "Error: " in done.err
    assert "\\xe9" in done.err or "UTF-8" in done.err or "\\udce9" in done.err
    assert "a bug" not in done.text
    assert done.out == ""
    assert not world.data.exists(), "no backend was started for it"
    assert not list(world.dir.rglob("crash-*"))


@pytest.mark.parametrize("name", ["STIGMER_DATA_DIR", "HOME"])
def test_a_directory_of_the_backend_may_be_called_anything(short_world: World, name: str) -> None:
    directory = short_world.dir / BYTES
    directory.mkdir()
    short_world.extra[name] = str(directory)
    project = short_world.project(PROGRAM)
    done = short_world.run("run", "hello", "-o", "quiet", cwd=project)
    assert done.code == 0, done.text
    assert short_world.run("server", "stop").code == 0


@pytest.fixture
def short_world() -> Iterator[World]:
    with new_world() as world:
        yield world


def test_a_temporary_directory_is_named_where_it_cannot_be_used(short_world: World) -> None:
    directory = short_world.dir / BYTES
    directory.mkdir()
    project = short_world.project(PROGRAM)
    done = short_world.run("run", "hello", "--ephemeral", cwd=project, env={"TMPDIR": str(directory)})
    assert done.code == USAGE
    assert "the temporary directory" in done.err
    assert list(directory.iterdir()) == []


ASCII_ONLY = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
GREETING = """
from stigmer import Workflow

greeting = Workflow("greeting")
greeting.set("say", text=f"Grüße, {greeting.input.message} ☃")
"""


def test_a_python_that_was_told_to_know_ascii_only(short_world: World) -> None:
    project = short_world.project(GREETING, name="jürgen", yaml="name: jürgen\nruntime: python\n")
    for more in ([], ["--watch", "--runs", "1"]):
        done = short_world.run("run", "greeting", "-m", "Jürgen", *more, cwd=project, env=ASCII_ONLY)
        assert done.code == 0, done.text
        assert "Grüße, Jürgen ☃" in done.out
    done = short_world.run("run", "-C", str(project), "-m", BYTES, env=ASCII_ONLY)
    assert done.code == USAGE, done.text
