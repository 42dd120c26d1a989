"""From a save to the result of the new code: our watch loop beside those of others, in the same run.

Each runs a program that says a number, and is asked how long it takes to say the one that was just saved.
Peers are installed into a directory of their own, which is given as the argument: they are never a part of
this product. Who cannot be installed here is named and left out.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from loops import PERSON_SECONDS, loop
from measure import table

from tests.support.world import World, new_world

SAVES = 10
READY_SECONDS = 2.0  # they do not say when they are ready
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.001
INSTALL_SECONDS = 600

OURS = "from stigmer import Workflow\nWorkflow('w').set('number', value={number})\n"
# A new process each time, as with us; the number goes to a file.
THEIRS = """
from pathlib import Path
result = Path({result!r})
new = result.with_suffix(".new")
new.write_text("{number}")
new.replace(result)
"""
GRAPH = """
from typing import TypedDict
from langgraph.graph import END, START, StateGraph

class State(TypedDict):
    number: int

graph = StateGraph(State)
graph.add_node("say", lambda state: {{"number": {number}}})
graph.add_edge(START, "say")
graph.add_edge("say", END)
app = graph.compile()
"""

Times = list[float]


def main(place: Path) -> None:
    bin_dir = installed(place)
    with new_world() as world, tempfile.TemporaryDirectory(prefix="peers-") as scratch:
        times = {"stigmer run --watch": ours(world)}
        for name, command in commands(bin_dir, Path(scratch)).items():
            directory = Path(scratch, name)
            directory.mkdir()
            if found := measured(name, lambda c=command, d=directory: command_line(c, d)):  # type: ignore[misc]
                times[name] = found
        if (bin_dir / "langgraph").exists():
            if found := measured(
                "langgraph dev", lambda: langgraph(bin_dir / "langgraph", Path(scratch, "lg"))
            ):
                times["langgraph dev"] = found
        else:
            print("langgraph dev is not installed (pip install 'langgraph-cli[inmem]')")
    print(f"save → the result of the new code, {SAVES} saves each")
    table(times, "stigmer run --watch")


def measured(name: str, measure: Callable[[], Times]) -> Times | None:
    try:
        return measure()
    except (OSError, TimeoutError) as error:
        print(f"{name} could not be measured: {error}")
        return None


def installed(place: Path) -> Path:
    """Their commands. What is there already stays; what cannot be installed is missing."""
    place.mkdir(parents=True, exist_ok=True)
    commands = place / "venv/bin"
    if not commands.exists():
        run(sys.executable, "-m", "venv", str(place / "venv"))
        run(commands / "python", "-m", "pip", "install", "-q", "-U", "pip")
    for package, command in (("watchfiles", "watchfiles"), ("langgraph-cli[inmem]", "langgraph")):
        if not (commands / command).exists():
            run(commands / "python", "-m", "pip", "install", "-q", package)
    if shutil.which("entr") is None and not (commands / "entr").exists() and shutil.which("apt-get"):
        run("apt-get", "download", "entr", cwd=place)
        for archive in place.glob("entr_*.deb"):
            run("dpkg", "-x", archive, place / "entr")
            with suppress(FileExistsError):
                (commands / "entr").symlink_to(place / "entr/usr/bin/entr")
    return commands


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Whatever comes of it: who is not there afterwards is left out."""
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, cwd=cwd, capture_output=True, check=False, timeout=INSTALL_SECONDS)


def ours(world: World) -> Times:
    times: Times = []
    project = world.project(OURS.format(number=0), name="ours")
    with loop(world, project, "w") as running:
        running.event("watch_ready")
        for number in range(1, SAVES + 1):
            time.sleep(PERSON_SECONDS)
            start = time.perf_counter()
            (project / "main.py").write_text(OURS.format(number=number))
            finished = running.event("run_finished")
            times.append(1000 * (time.perf_counter() - start))
            assert str(number) in json.dumps(finished), finished
            running.event("watch_ready")
    return times


def commands(bin_dir: Path, scratch: Path) -> dict[str, list[str]]:
    """How to start those that run a command at each save; `{file}` is the program."""
    python = sys.executable
    found: dict[str, list[str]] = {}
    if (bin_dir / "watchfiles").exists():
        found["watchfiles"] = [str(bin_dir / "watchfiles"), f"{python} {{file}}", "{directory}"]
    for entr in filter(None, (shutil.which("entr"), shutil.which("entr", path=str(bin_dir)))):
        found["entr"] = ["sh", "-c", f"echo {{file}} | {entr} -n -r {python} {{file}}"]
    if watchexec := shutil.which("watchexec") or shutil.which("watchexec", path=str(bin_dir)):
        found["watchexec"] = [watchexec, "-r", "-w", "{directory}", "--", python, "{file}"]
    where = {
        "watchfiles": "pip install watchfiles",
        "entr": "apt-get install entr",
        "watchexec": "cargo install watchexec-cli",
    }
    for name in where.keys() - found.keys():
        print(f"{name} is not installed ({where[name]})")
    return found


def command_line(command: Sequence[str], directory: Path) -> Times:
    file, result = directory / "program.py", directory.parent / f"{directory.name}.result"
    file.write_text(THEIRS.format(result=str(result), number=0))
    filled = [part.format(file=file, directory=directory) for part in command]

    def said(number: int) -> bool:
        with suppress(FileNotFoundError):
            return result.read_text() == str(number)
        return False

    with started(filled, directory.parent):
        time.sleep(READY_SECONDS)
        return saves(file, lambda number: THEIRS.format(result=str(result), number=number), said)


def langgraph(command: Path, directory: Path) -> Times:
    """It serves graphs, and reloads when a file changes; runs are asked for until one is the new graph's."""
    directory.mkdir()
    graph = directory / "graph.py"
    graph.write_text(GRAPH.format(number=0))
    (directory / "langgraph.json").write_text('{"dependencies": ["."], "graphs": {"g": "./graph.py:app"}}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def said(number: int) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/runs/wait",
            data=json.dumps({"assistant_id": "g", "input": {"number": -1}}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with (
            suppress(OSError, urllib.error.URLError, ValueError),
            urllib.request.urlopen(request, timeout=5) as answer,
        ):
            found: dict[str, int] = json.load(answer)
            return found.get("number") == number
        return False

    arguments = [str(command), "dev", "--no-browser", "--port", str(port)]
    with started(arguments, directory):
        wait_for(lambda: said(0))
        return saves(graph, lambda number: GRAPH.format(number=number), said)


def saves(file: Path, text: Callable[[int], str], said: Callable[[int], bool]) -> Times:
    """From each save until the number that was saved is said. Raises TimeoutError."""
    times: Times = []
    for number in range(1, SAVES + 1):
        time.sleep(PERSON_SECONDS)
        start = time.perf_counter()
        file.write_text(text(number))
        wait_for(lambda wanted=number: said(wanted))  # type: ignore[misc]
        times.append(1000 * (time.perf_counter() - start))
    return times


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no result within {PATIENCE_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)


@contextmanager
def started(command: Sequence[str], directory: Path) -> Iterator[None]:
    """In a process group of its own, gone afterwards."""
    quiet = {
        "LANGSMITH_TRACING": "false",
        "LANGGRAPH_NO_VERSION_CHECK": "1",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    }
    process = subprocess.Popen(
        command, cwd=directory, env={**os.environ, **quiet}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
