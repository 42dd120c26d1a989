"""The functions alone, then the project as a user would run it, with a backend that ends with the command."""

import json
import subprocess
from pathlib import Path

from tools import forecast, place_of

PROJECT = Path(__file__).parent.parent


def test_a_function_is_an_ordinary_function() -> None:
    assert place_of("A day in Bergen, please.") == {"city": "Bergen"}
    assert forecast("Oslo") == {"sky": "cloudy", "degrees": 14}


def test_a_day_is_planned() -> None:
    command = ["stigmer", "run", "day", "-m", "A day in Paris", "--ephemeral", "-o", "quiet"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "city": "Paris",
        "plan": "Take an umbrella, or see a museum.",
    }
