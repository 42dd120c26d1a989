"""A project may have files with our names: they change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.programs import ONE_WORKFLOW
from tests.support.world import World

OURS = ("devloop", "runcmd", "stigmerd", "protos", "grpc", "typer", "anyio", "prompt_toolkit", "cryptography")
# What the user's own program needs, too: with PYTHONPATH the user has replaced these for every program.
SHARED = ("stigmer_api", "google", "json", "asyncio")
TRAP = "import os\nos.write(2, b'TRAPPED')\nos._exit(99)\n"


def set_traps(project: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (project / f"{name}.py").write_text(TRAP)
    for name in ("protos", "devloop", "stigmerd"):
        (project / name).mkdir(exist_ok=True)
        (project / name / "__init__.py").write_text(TRAP)


def check_all_is_well(world: World, project: Path, env: dict[str, str]) -> None:
    for arguments in (["--version"], ["--help"], ["run", "-o", "quiet"], ["server", "status"]):
        done = world.run(*arguments, cwd=project, env=env)
        assert "TRAPPED" not in done.text
        assert done.code == 0, done.text


def test_files_with_our_names_change_nothing(shared: World) -> None:
    project = shared.project(ONE_WORKFLOW, name="hostile")
    set_traps(project, (*OURS, *SHARED, "stigmer_start"))
    check_all_is_well(shared, project, {})


@pytest.mark.parametrize("path", [".", "..", ""], ids=["here", "in the project", "an empty entry"])
def test_not_even_on_pythonpath(shared: World, path: str) -> None:
    project = shared.project(ONE_WORKFLOW, name="on_path")
    set_traps(project, OURS)
    where = str(project) if path == ".." else path
    check_all_is_well(shared, project, {"PYTHONPATH": f"{where}:/nowhere"})


def test_a_daemon_that_was_started_there_is_not_trapped(world: World) -> None:
    project = world.project(ONE_WORKFLOW)
    set_traps(project, OURS)
    done = world.run("server", "start", cwd=project, env={"PYTHONPATH": "."})
    assert done.code == 0, done.text
    assert world.daemon_pid()
