"""Errors as they look: the guess first, the code last."""

from __future__ import annotations

import io

import pytest

from devloop.render.errors import error_block
from devloop.terminal.stream import Terminal
from tests.support.paths import ROOT

GOLDEN = ROOT / "tests" / "devloop" / "render" / "golden" / "errors.txt"
ERRORS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("there is no directory ../other", "name the directory of a project", (), "E0202"),
    (
        "Agent or Workflow not found: reviewr",
        'did you mean "reviewer"?',
        ("Checked for:", "  • Workflow with ID/name: reviewr", "  • Agent with ID/name: reviewr"),
        "E0601",
    ),
    ("cannot read .env: Permission denied", "", (), "E0112"),
    ("main.py:3: ZeroDivisionError: division by zero", "", ("  frame", "  frame"), "E0302"),
    (
        "could not deploy workflow w: it is not valid",
        "fix it in the program that declares it",
        ("  workflow w: it is not valid", "Not deployed:", "  workflow w"),
        "E0511",
    ),
    ("a message\nof two lines, the second of which\nError: is foreign", "", (), "E0510"),
    ("an error of another server", "", (), ""),
)


def shown(colour: bool) -> str:
    out = io.StringIO()
    err = Terminal(out, colour=colour)
    for message, hint, details, code in ERRORS:
        error_block(err, message, hint, details, code=code)
        err.line("────")
    return out.getvalue()


def test_errors_look_as_they_did() -> None:
    assert shown(False) == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize(
    "line", ["Error: there is no directory", 'did you mean "reviewer"?', "more: stigmer"]
)
def test_with_colours_the_words_are_the_same(line: str) -> None:
    assert line in shown(True)
    assert "\x1b[" in shown(True)


if __name__ == "__main__":
    GOLDEN.write_text(shown(False), "utf-8")
