"""Runs the project as a user would, against a backend that lives only as long as the command."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def answer(message: str, *options: str) -> str:
    """What the assistant says in the end."""
    command = ["stigmer", "run", "assistant", "-m", message, *options, "--ephemeral", "-o", "quiet"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_is_told_a_name_and_whom_it_works_for() -> None:
    said = answer("My name is Ada.", "-e", "TEAM=the night shift")
    assert said == "Nice to meet you, Ada. I work for the night shift."


def test_it_remembers_the_name_in_a_conversation() -> None:
    command = ["stigmer", "run", "assistant", "-i", "--ephemeral", "-o", "quiet"]
    typed = "My name is Ada.\nWho am I?\n"
    done = subprocess.run(command, cwd=PROJECT, input=typed, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Hello Ada." in done.stdout


def test_the_translator_helps() -> None:
    assert answer("Say good morning in French.") == "In French: bonjour"
