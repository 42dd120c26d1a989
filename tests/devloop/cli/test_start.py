"""`stigmer` starts the same, wherever it is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import stigmer_start
from devloop.cli.version import line

ROOT = Path(stigmer_start.__file__).parent
STDLIB = "/usr/lib/python3.11"
ARCHIVE = f"/usr/lib/python{sys.version_info[0]}{sys.version_info[1]}.zip"
TRAP = "import sys; sys.stderr.write('TRAPPED'); sys.exit(99)"


def clean(path: list[str], own: str = "/site-packages/stigmer_start.py") -> list[str]:
    return stigmer_start.clean(path, own, f"{STDLIB}/os.py")


def test_what_stands_before_the_standard_library_goes() -> None:
    assert clean(["/venv/bin", "/hostile", "", ARCHIVE, STDLIB, "/site-packages"]) == [
        ARCHIVE,
        STDLIB,
        "/site-packages",
    ]
    assert clean(["", "/hostile", STDLIB, "/site-packages"]) == [STDLIB, "/site-packages"]


def test_a_checkout_keeps_itself() -> None:
    assert clean(["", "/checkout", ARCHIVE, STDLIB], "/checkout/stigmer_start.py") == [
        ARCHIVE,
        STDLIB,
        "/checkout",
        "/checkout/protos",
    ]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    for name in ("devloop", "runcmd", "grpc", "typer", "anyio", "json", "typing", "enum"):
        (tmp_path / f"{name}.py").write_text(TRAP)
    for name in ("protos", "stigmer_api", "stigmerd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(TRAP)
    return tmp_path


@pytest.mark.parametrize("arguments", ["--version", "--help", "run --help", "run -Z", "run"])
def test_a_hostile_directory_changes_nothing(hostile: Path, arguments: str) -> None:
    # As the console script does it: the interpreter without the current directory, PYTHONPATH in force.
    start = f"import sys; sys.path.append({str(ROOT)!r}); from stigmer_start import main; main()"
    # What the interpreter itself imports first is not ours to protect.
    for name in ("typing", "enum"):
        (hostile / f"{name}.py").unlink()
    done = subprocess.run(
        [sys.executable, "-c", start, *arguments.split()],
        cwd=hostile,
        env=os.environ | {"PYTHONPATH": ".", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
    )
    assert "TRAPPED" not in done.stderr
    assert done.returncode == (0 if "--" in arguments else 2)


@pytest.mark.parametrize(
    ("flag", "not_needed"),
    [
        ("--version", {"typer", "asyncio", "runcmd", "dataclasses", "re"}),
        ("--help", {"asyncio", "anyio", "runcmd.events", "rich", "yaml", "grpc", "pydantic"}),
    ],
)
def test_what_need_not_be_loaded_is_not(flag: str, not_needed: set[str]) -> None:
    code = f"""
import sys
import stigmer_start
sys.argv = ["stigmer", {flag!r}]
def leave(code):
    sys.exit(code)
stigmer_start.leave = leave  # the real one leaves no time to look
try:
    stigmer_start.main()
finally:
    sys.stderr.write(repr(sorted({not_needed!r} & set(sys.modules))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr == "[]"
    assert done.stdout == f"{line()}\n" or "Usage: stigmer" in done.stdout


def test_the_commands_of_the_server_need_no_event_loop() -> None:
    code = "import sys; import devloop.cli.server; sys.exit('asyncio' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
