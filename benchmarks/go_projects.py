"""An unchanged Go project: how long until its program has said what it declares?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import anyio
from measure import table

from runcmd.events import Event
from runcmd.project import load
from runcmd.synthesis.discover import discover
from stigmer_api.manifest_files import OUT_DIR
from tests.runcmd.synthesis.golang.gophers import MODULE, program

ROUNDS = 15
DEADLINE_SECONDS = 300
STILL_SECONDS = 0.5  # a build right after an edit may not be kept
ORIGINAL = "go mod tidy; go run main.go"


async def main() -> None:
    if shutil.which("go") is None:
        sys.exit("needs Go: https://go.dev/dl")
    with tempfile.TemporaryDirectory(prefix="bench-go-") as scratch:
        os.environ["STIGMER_DATA_DIR"] = f"{scratch}/data"
        directory, out = Path(scratch, "app"), Path(scratch, "out")
        directory.mkdir()
        out.mkdir()
        (directory / "Stigmer.yaml").write_text("name: demo\nruntime: go\n")
        (directory / "go.mod").write_text(MODULE)
        (directory / "main.go").write_text(program("_ = http.DefaultClient", imports='"net/http"'))
        project = load(directory / "Stigmer.yaml")
        call = partial(go, directory, out)
        candidates: dict[str, Callable[[], Awaitable[object]]] = {
            ORIGINAL: lambda: call("go mod tidy && go run main.go"),
            "go run main.go": lambda: call("go run main.go"),
            "stigmer: synthesis": lambda: discover(project, ignore, deadline=DEADLINE_SECONDS),
        }
        await anyio.sleep(STILL_SECONDS)
        times: dict[str, list[float]] = {name: [] for name in candidates}
        for number in range(ROUNDS + 1):
            for name, candidate in candidates.items():
                start = time.perf_counter()
                await candidate()
                if number:
                    times[name].append(1000 * (time.perf_counter() - start))
    table(times, ORIGINAL)
    print("goal: at most 1.2 x")


async def go(directory: Path, out: Path, command: str) -> None:
    env = {**os.environ, OUT_DIR: str(out)}
    await anyio.run_process(command, cwd=directory, env=env, stdout=subprocess.DEVNULL, stderr=None)


async def ignore(event: Event) -> None:
    """Nobody listens."""


if __name__ == "__main__":
    anyio.run(main)
