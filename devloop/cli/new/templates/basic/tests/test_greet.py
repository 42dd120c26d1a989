"""Runs the project as a user would, against a backend that lives only as long as the command."""

import json
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def answer(target: str, message: str) -> str:
    """What it says in the end."""
    command = ["stigmer", "run", target, "-m", message, "--ephemeral", "-o", "quiet"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_somebody_is_greeted_and_the_greeting_is_judged() -> None:
    assert json.loads(answer("greet", "Ada")) == {
        "greeting": "Hello, Ada!",
        "verdict": "Short, and friendly.",
    }


def test_another_greeting_could_be_warmer() -> None:
    assert answer("critic", "Good day.") == "It could be warmer."
