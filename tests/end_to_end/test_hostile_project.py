"""A project may have files with our names: they change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.programs import ONE_WORKFLOW
from tests.end_to_end.world import World

NAMES = (
    "devloop",
    "runcmd",
    "stigmerd",
    "stigmer_api",
    "protos",
    "grpc",
    "google",
    "typer",
    "anyio",
    "asyncio",
    "json",
)
TRAP = "import os\nos.write(2, b'TRAPPED')\nos._exit(99)\n"


@pytest.fixture
def hostile(shared: World) -> Path:
    project = shared.project(ONE_WORKFLOW, name="hostile")
    for name in NAMES:
        (project / f"{name}.py").write_text(TRAP)
    for name in ("protos", "devloop", "stigmerd"):
        (project / name).mkdir(exist_ok=True)
        (project / name / "__init__.py").write_text(TRAP)
    return project


@pytest.mark.parametrize(
    "path", ["", ".", "..."], ids=["no PYTHONPATH", "PYTHONPATH=.", "PYTHONPATH=project"]
)
def test_files_with_our_names_change_nothing(shared: World, hostile: Path, path: str) -> None:
    if not path:
        # With PYTHONPATH=. Python itself takes this one before a line of ours runs.
        (hostile / "stigmer_start.py").write_text(TRAP)
    else:
        (hostile / "stigmer_start.py").unlink(missing_ok=True)
    env = {"PYTHONPATH": str(hostile) if path == "..." else path} if path else {}
    for arguments in (["--version"], ["--help"], ["run", "-o", "quiet"], ["server", "status"]):
        done = shared.run(*arguments, cwd=hostile, env=env)
        assert "TRAPPED" not in done.text
        assert done.code == 0, done.text


def test_a_daemon_that_was_started_in_it_is_not_trapped(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    for name in NAMES:
        (project / f"{name}.py").write_text(TRAP)
    done = world.run("server", "start", cwd=project, env={"PYTHONPATH": "."})
    assert done.code == 0, done.text
    assert world.daemon_pid()
