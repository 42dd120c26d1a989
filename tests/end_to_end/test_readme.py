"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.world import World

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MADE_UP = (
    (re.compile(r"^running main\.py …$"), ""),  # a slow machine
    (re.compile(r"\b([a-z]{3})-[0-9a-hjkmnp-tv-z]{26}\b"), r"\1-ID"),
    (re.compile(r"<?\b\d+(\.\d+)? ?m?s\b"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "CLOCK"),
)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A command and what stands below it."""

    command: str
    lines: tuple[str, ...]


def sessions(text: str) -> list[list[Shown]]:
    """Each console block of a page: its commands with their output."""
    found = []
    for block in CONSOLE.findall(text):
        parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        found.append(
            [Shown(command=part.split("\n")[0], lines=tuple(part.split("\n")[1:])) for part in parts]
        )
    return found


def plain(line: str) -> str:
    """The line without what differs from run to run."""
    for pattern, word in MADE_UP:
        line = pattern.sub(word, line)
    return line.rstrip()


TEXT = (ROOT / "README.md").read_text()
FILE = re.compile(r"`([\w.]+)`[.:]\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def readme_project(shared: World) -> Path:
    """The files that the README shows."""
    directory = shared.dir / "hello"
    directory.mkdir()
    for name, text in FILE.findall(TEXT):
        (directory / name).write_text(text)
    assert shared.run("server", "start").code == 0
    assert {file.name for file in directory.iterdir()} == {"Stigmer.yaml", "main.py", "critic.yaml"}
    return directory


@pytest.mark.parametrize("session", sessions(TEXT), ids=lambda session: session[0].command)
def test_the_commands_say_what_the_readme_shows(
    shared: World, readme_project: Path, session: list[Shown]
) -> None:
    assert session
    for shown in session:
        program, *arguments = shlex.split(shown.command)
        assert program == "stigmer"
        done = shared.run(*arguments, cwd=readme_project)
        said = list(filter(None, map(plain, done.text.splitlines())))
        for part in parts(shown.lines):
            assert follows(said, part), f"{shown.command!r} does not say {part} but {said}"


def test_a_save_does_what_the_readme_shows(shared: World, readme_project: Path) -> None:
    text = re.search(r"^```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert text
    main = readme_project / "main.py"
    known = main.read_text()
    assert shared.run("apply", cwd=readme_project).code == 0
    running = shared.start("run", "hello", "-m", "Ada", "--watch", "--runs", "2", cwd=readme_project)
    running.until("watching")
    main.write_text(known.replace("Hello", "Good morning"))
    done = running.end()
    main.write_text(known)
    assert done.code == 0, done.text
    said = list(filter(None, map(plain, done.out.splitlines())))
    for part in parts(text[1].splitlines()):
        assert follows(said, part), f"{part} is not in {said}"


def parts(shown: Iterable[str]) -> list[list[str]]:
    """The lines that stand one below the other; `…` is for lines left out."""
    groups = groupby(filter(None, map(plain, shown)), lambda line: line == "…")
    return [list(lines) for left_out, lines in groups if not left_out]


def follows(said: list[str], part: list[str]) -> bool:
    return any(said[at : at + len(part)] == part for at in range(len(said)))


def test_the_readme_has_sessions() -> None:
    assert len(sessions(TEXT)) >= 3


MADE = {".venv", ".venv-docs", ".venv-protos", "build"}
PAGES = [page for page in ROOT.rglob("*.md") if not MADE & set(page.relative_to(ROOT).parts)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not dead


def test_the_make_targets_exist() -> None:
    known = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        assert set(re.findall(r"\bmake ([a-z]+)\b(?= +#|`)", page.read_text())) <= known
