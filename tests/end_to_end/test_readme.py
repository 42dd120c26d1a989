"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.support.pages import Shown, Written, missing, steps
from tests.support.paths import ROOT
from tests.support.world import World

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
TEXT = (ROOT / "README.md").read_text()
STEPS = steps(TEXT)
SESSIONS = [step for step in STEPS if isinstance(step, Shown) and step.command]


@pytest.fixture(scope="module")
def readme_project(shared: World) -> Path:
    """The files that the README shows."""
    directory = shared.dir / "hello"
    directory.mkdir()
    for file in (step for step in STEPS if isinstance(step, Written)):
        (directory / file.name).write_text(file.text)
    assert shared.run("server", "start").code == 0
    assert {file.name for file in directory.iterdir()} == {"Stigmer.yaml", "main.py", "critic.yaml"}
    return directory


@pytest.mark.parametrize("shown", SESSIONS, ids=lambda shown: shown.command)
def test_the_commands_say_what_the_readme_shows(shared: World, readme_project: Path, shown: Shown) -> None:
    program, *arguments = shlex.split(shown.command)
    assert program == "stigmer"
    said = shared.run(*arguments, cwd=readme_project).text
    assert missing(said, shown.lines) == [], said


def test_a_save_does_what_the_readme_shows(shared: World, readme_project: Path) -> None:
    (shown,) = (step for step in STEPS if isinstance(step, Shown) and not step.command)
    main = readme_project / "main.py"
    known = main.read_text()
    assert shared.run("apply", cwd=readme_project).code == 0
    running = shared.start("run", "hello", "-m", "Ada", "--watch", "--runs", "2", cwd=readme_project)
    running.until("watching")
    main.write_text(known.replace("Hello", "Good morning"))
    done = running.end()
    main.write_text(known)
    assert done.code == 0, done.text
    assert missing(done.out, shown.lines) == [], done.out


def test_the_readme_has_sessions() -> None:
    assert len(SESSIONS) >= 3


MADE = {".venv", ".venv-docs", ".venv-protos", ".mcp-servers", ".peers", "build"}
PAGES = [page for page in ROOT.rglob("*.md") if not MADE & set(page.relative_to(ROOT).parts)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not dead


def test_the_make_targets_exist() -> None:
    known = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        assert set(re.findall(r"\bmake ([a-z]+)\b(?= +#|`)", page.read_text())) <= known
