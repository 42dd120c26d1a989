"""Which files do a project's agents use when they run? Those that their MCP servers are made of."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from devloop.changes.fingerprint import extra_key
from runcmd.events import TargetKind
from runcmd.request import RunRequest
from runcmd.synthesis.manifest import Declared, Manifest, Uses

if TYPE_CHECKING:
    from stigmer_api.agent_pb2 import AgentSpec, DockerServer, McpServerDefinition, StdioServer
    from stigmer_api.program.files import Launch

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
STARTED = ("stdio", "docker")
STATE = (".db", ".sqlite", ".sqlite3")  # what a server writes while it runs


def starts_programs(manifest: Manifest) -> bool:
    """Has an agent of it a server that is a program on this machine?"""
    return any(
        server.WhichOneof("server_type") in STARTED
        for each in manifest.resources
        for server in _servers(each)
    )


def with_uses(manifest: Manifest, request: RunRequest) -> Manifest:
    """With the files as they are now. Reads and parses them: for a thread."""
    assert request.project is not None, "a loop has a project"
    variables = {each.name: each.value for each in request.env}
    found = {}
    for declared in manifest.resources:
        launches = [*_launches(declared, variables, request.project.directory)]
        if launches:
            found[declared.key] = _uses(launches, request.project.directory)
    return replace(manifest, uses=found) if found else manifest


def counted(manifest: Manifest, root: Path, watched: Container[str]) -> Manifest:
    """Without the data that a rule leaves out of what is watched; code counts wherever it is."""
    if not manifest.uses:
        return manifest

    def counts(file: Path) -> bool:
        return is_program(file) or extra_key(root, file) in watched

    uses = {
        key: replace(each, files={file: digest for file, digest in each.files.items() if counts(file)})
        for key, each in manifest.uses.items()
    }
    return replace(manifest, uses=uses)


def is_program(file: Path) -> bool:
    """Is it code, rather than something that code reads?"""
    from stigmer_api.program.known import PYTHON, SCRIPTS

    return file.suffix in (*PYTHON, *SCRIPTS, "")


def _uses(launches: list[Launch], root: Path) -> Uses:
    from stigmer_api.program.files import program_files

    found = [program_files(each, written=False) for each in launches]
    files = {
        place: digest or _stat(file)
        for each in found
        for file, digest in each.files.items()
        if file.suffix not in STATE
        for place in _places(file, root)
    }
    return Uses(files=files, everything=any(each.everything for each in found))


def _places(file: Path, root: Path) -> list[Path]:
    """Where it is watched: also what a link leads to outside of the project, where nobody looks otherwise."""
    real = Path(os.path.realpath(file))
    return [file] if real == file or real.is_relative_to(os.path.realpath(root)) else [file, real]


def _stat(file: Path) -> bytes:
    """Of one that is too large to be read at each edit."""
    try:
        status = file.stat()
    except OSError:
        return b""
    return f"{status.st_size} {status.st_mtime_ns}".encode()


def _launches(declared: Declared, variables: Mapping[str, str], directory: Path) -> Iterator[Launch]:
    """The servers of an agent, with the variables that are known here filled in."""
    if not (servers := _servers(declared)):
        return
    own = cast("AgentSpec", declared.message.spec).env_spec.data
    known = {name: each.value for name, each in own.items() if each.value} | dict(variables)
    for server in servers:
        match server.WhichOneof("server_type"):
            case "stdio":
                yield _stdio(server.stdio, known, directory)
            case "docker":
                yield _docker(server.docker, known, directory)


def _servers(declared: Declared) -> Sequence[McpServerDefinition]:
    if declared.kind is not TargetKind.AGENT:
        return ()
    return cast("AgentSpec", declared.message.spec).mcp_servers


def _stdio(server: StdioServer, variables: Mapping[str, str], directory: Path) -> Launch:
    from stigmer_api.program.files import Launch

    return Launch(
        command=_filled(server.command, variables),
        args=[_filled(each, variables) for each in server.args],
        env={name: _filled(value, variables) for name, value in server.env_placeholders.items()},
        folder=directory / _at_home(_filled(server.working_dir, variables)),
        project=directory,
    )


def _docker(server: DockerServer, variables: Mapping[str, str], directory: Path) -> Launch:
    """Of a container, what is mounted into it."""
    from stigmer_api.program.files import Launch

    volumes = [str(_at_home(_filled(each.host_path, variables))) for each in server.volumes]
    return Launch(command="docker", args=volumes, folder=directory, project=directory)


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: variables.get(found[1], found[0]), text)


def _at_home(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # the backend says so when it is to run
        return Path(text)
