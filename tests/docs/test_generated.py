"""What is generated is what the code says; the man pages are whole."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.commands import stigmer
from tests.docs.generated import DOCS, generated
from tests.support.paths import ROOT
from tests.support.world import World

GENERATED = generated()
MAN = sorted((DOCS / "man").glob("*.1"))


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_generated_page_is_up_to_date(file: Path) -> None:
    known = file.read_text("utf-8") if file.exists() else ""
    assert known == GENERATED[file], "run: python -m tests.docs.write_pages"


def test_no_man_page_is_of_a_command_that_is_gone() -> None:
    assert set(MAN) == {file for file in GENERATED if file.suffix == ".1"}


def test_the_page_of_options_has_what_help_shows(world: World) -> None:
    page = (DOCS / "options.md").read_text("utf-8").replace("\\|", "|").replace("\\[", "[")
    commands = list(stigmer().all())
    assert len(commands) > 15
    for command in commands:
        _, *arguments = command.name.split()
        shown = " ".join(world.run(*arguments, "--help").out.split())
        for each in (*command.arguments, *command.options):
            assert each.typed in shown, command.name
            assert f"`{each.typed}`" in page
        assert f"`{command.name}`" in page


def test_every_page_has_its_place_in_the_site() -> None:
    nav = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]
    pages = [str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page.parent.name != "errors"]
    assert [
        page for page in sorted(pages) if not re.search(rf"[ /]{re.escape(page)}$", nav, re.MULTILINE)
    ] == []


@pytest.mark.parametrize("page", MAN, ids=lambda page: page.name)
def test_a_man_page_can_be_set(page: Path) -> None:
    """Without a warning; where nothing can set it, its requests are those that every system knows."""
    lines = page.read_text("utf-8").splitlines()
    requests = {line.split()[0] for line in lines if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".PP", ".TP", ".nf", ".fi"}
    if groff := shutil.which("groff"):
        done = subprocess.run([groff, "-man", "-ww", "-Tutf8", page], capture_output=True, check=True)
        assert done.stderr == b""
