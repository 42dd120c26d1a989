"""Libraries beside a project, in one run after the other: each has the code that is there."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.world import World

PROGRAM = """
from stigmer import Workflow, activity
import shared

@activity
def late():
    import shared_late
    return [shared.TEXT, shared_late.TEXT]

flow = Workflow("flow", description=shared.TEXT)
flow.set("say", text=shared.TEXT)
flow.call_activity("later", late)
"""


def write(library: Path, text: str) -> None:
    for name in ("shared", "shared_late"):
        file = library / f"{name}.py"
        file.write_text(f"TEXT = {text!r}\n")
        os.utime(file, ns=(0, 10**18))  # bytecode of the text before would pass for this one's


def test_libraries_on_pythonpath_are_as_they_are_now(world: World) -> None:
    project = world.project(PROGRAM)
    library = world.dir / "library"
    library.mkdir()
    for path in ("../library", str(library)):
        for text in ("one", "two"):
            write(library, text)
            done = world.run("run", "-o", "quiet", cwd=project, env={"PYTHONPATH": path})
            assert done.code == 0, done.text
            assert done.out.count(f'"{text}"') == 2, done.out
            compiled = (library / "__pycache__").exists()
            assert not compiled
    done = world.run("run", "-o", "quiet", cwd=project)
    assert (done.code, "No module named 'shared'" in done.err) == (3, True)
