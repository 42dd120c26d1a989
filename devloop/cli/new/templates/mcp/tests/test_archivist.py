"""Runs the project as a user would, against a backend that lives only as long as the command."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def answer(message: str) -> str:
    """What the archivist says in the end."""
    command = ["stigmer", "run", "archivist", "-m", message, "--ephemeral", "-o", "quiet"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_knows_which_notes_there_are() -> None:
    said = answer("What do we have?")
    assert "kitchen" in said and "shopping" in said


def test_it_reads_a_note() -> None:
    assert answer("Read the note shopping.") == (PROJECT / "notes" / "shopping.md").read_text().strip()
