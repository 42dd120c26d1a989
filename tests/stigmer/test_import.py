"""Importing the SDK costs a program nothing but the SDK."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.support.paths import ROOT, SAMPLE_PROJECT

LOADED = """
import sys
before = set(sys.modules)
import stigmer
import json
print(json.dumps([sorted(set(sys.modules) - before), sorted(sys.stdlib_module_names)]))
"""


def test_only_the_standard_library_is_loaded_and_nothing_heavy_of_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(ROOT)!r})\n{LOADED}"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded, standard = json.loads(ended.stdout)
    roots = {name.partition(".")[0] for name in loaded}
    assert roots - {"stigmer"} <= set(standard)
    assert not roots & {"asyncio", "inspect", "typing", "dataclasses", "pathlib", "importlib", "google"}


def test_a_program_run_by_hand_does_nothing(tmp_path: object) -> None:
    program = SAMPLE_PROJECT / "main.py"
    ended = subprocess.run(
        [sys.executable, "-B", str(program)],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
