"""What every test gets: a home of its own, no keys, asyncio."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# What helpers assert is explained as what tests assert.
pytest.register_assert_rewrite(
    *(f"tests.{folder}" for folder in ("support", "devloop", "runcmd", "stigmer", "stigmerd"))
)

from tests.support.event_loops import Policy  # noqa: E402

asyncio.set_event_loop_policy(Policy())

# Tests have gRPC at work and fork for terminals: without this, what they start may die before it begins.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

# With nohup or in the background of a script, what is started would ignore a hang-up or Ctrl-C, too.
# A handler is not inherited.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

FOREIGN = (
    "STIGMER_SERVER_ADDR",
    "STIGMER_DATA_DIR",
    "STIGMER_OUT_DIR",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "PYTHONPATH",
    "CI",
    "NO_COLOR",
)
THOROUGH = [
    Path(__file__).parent / folder
    for folder in (
        "attacks",
        "defects",
        "devloop/cli/test_texts.py",
        "docs/test_pictures.py",
        "docs/test_tutorial.py",
        "end_to_end/approving",
        "end_to_end/chat",
        "end_to_end/resuming",
        "end_to_end/servers",
        "end_to_end/test_attached.py",
        "end_to_end/test_bare_environments.py",
        "end_to_end/test_built_ins.py",
        "end_to_end/test_choosing_screen.py",
        "end_to_end/test_completion.py",
        "end_to_end/test_crash.py",
        "end_to_end/test_deployed.py",
        "end_to_end/test_gone_directory.py",
        "end_to_end/test_limit_options.py",
        "end_to_end/test_lost_races.py",
        "end_to_end/test_manifests.py",
        "end_to_end/test_mcp_login.py",
        "end_to_end/test_mcp_prompts.py",
        "end_to_end/test_moved_project.py",
        "end_to_end/test_nested.py",
        "end_to_end/test_new.py",
        "end_to_end/test_paused.py",
        "end_to_end/test_record.py",
        "end_to_end/test_replay.py",
        "end_to_end/test_reports.py",
        "end_to_end/test_requests.py",
        "end_to_end/test_several_targets.py",
        "faults",
        "fuzz",
        "protos/test_values.py",
        "runcmd/follow/test_nested.py",
        "runcmd/synthesis/forks/test_keeper_ends.py",
        "runcmd/synthesis/forks/test_kept.py",
        "runcmd/synthesis/forks/test_zygote_ends.py",
        "runcmd/test_cancel.py",
        "runcmd/test_hot_turns.py",
        "runcmd/test_nested_executions.py",
        "soak",
        "starts",
        "stigmerd/agents/answers/test_cut_anywhere.py",
        "stigmerd/agents/answers/test_misbehaviour.py",
        "stigmerd/agents/mcp/test_registry_servers.py",
        "stigmerd/agents/test_alike_wires.py",
        "stigmerd/agents/test_d10_dead_helpers.py",
        "stigmerd/agents/test_local_models.py",
        "stigmerd/agents/test_many_runs.py",
        "stigmerd/agents/test_registry_everything.py",
        "stigmerd/agents/test_silence.py",
        "stigmerd/agents/test_wires.py",
        "stigmerd/resuming",
    )
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in THOROUGH):
            item.add_marker("thorough")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty directory for a project."""
    directory = tmp_path / "project"
    directory.mkdir()
    return directory


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A directory with a short path: a Unix socket's name may have 107 bytes at most."""
    path = Path(tempfile.mkdtemp(prefix="st", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, short_dir: Path) -> None:
    home = short_dir / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
