"""What an MCP server is made of: one that was made of something else is not used again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from stigmer_api.program.files import Launch, program_files, resolved_command
from stigmer_api.program.installed import installed
from stigmerd.agents.mcp.bytecode import remove_doubtful
from stigmerd.store.json import Json

INSPECT_SECONDS = 10

NOT_FILES = ("VIRTUAL_ENV",)  # it says which program runs, and is itself no part of what that does

# Of files: path, stat and content. The stat shows an edit that was undone, which the server may have read.
State = frozenset[tuple[str, tuple[int, ...], bytes]]


def state_of(config: Mapping[str, Json]) -> State | None:
    """As the files are now; None: nobody can say, so that the server must not be used a second time.

    Also makes sure that a Python which starts now reads no bytecode of an earlier edit.
    """
    if config["kind"] == "http":
        return frozenset()
    if config.get("image"):
        image = _image(config["command"], config["image"])
        return None if image is None else frozenset({(config["image"], (), image)})
    folder, project = Path(config["cwd"]), Path(config["project"])
    launch = Launch(
        command=config["command"],
        args=config["args"],
        env={name: value for name, value in environment_of(config).items() if name not in NOT_FILES},
        folder=folder,
        project=project,
    )
    found = program_files(launch)
    remove_doubtful(found.files)
    if found.everything:
        return None
    facts = {(str(file), _stat(file), digest) for file, digest in found.files.items()}
    return frozenset(facts | {(str(mark), _stat(mark), b"") for mark in _marks(launch)})


def environment_of(config: Mapping[str, Json]) -> dict[str, str]:
    """What it is given besides the environment of this process: first where its caller finds programs."""
    return {**config.get("caller", {}), **config["env"]}


def _marks(launch: Launch) -> Iterable[Path]:
    """What changes when a program or a library is installed anew."""
    program = resolved_command(launch.command, launch.folder, launch.env.get("PATH"))
    if program is not None:
        yield Path(program)
        yield from installed(program)
    for folder in (launch.folder, launch.project):
        yield folder / "node_modules" / ".package-lock.json"


def _stat(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _image(client: str, image: str) -> bytes | None:
    """A name may stand for another image by now."""
    command = [client, "image", "inspect", "--format", "{{.Id}}", image]
    try:
        asked = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=INSPECT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None
