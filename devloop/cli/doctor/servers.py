"""Can the MCP servers of the project's agents be started, or reached?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from devloop.cli import dotenv
from devloop.cli.doctor.containers import container, no_client
from devloop.cli.doctor.deadline import unreachable
from devloop.cli.doctor.finding import Finding, bad, doubtful, good
from devloop.cli.doctor.handshake import greet
from runcmd.errors import RunError
from runcmd.events import TargetKind
from runcmd.project import Project
from runcmd.synthesis.manifest import Manifest

if TYPE_CHECKING:
    from stigmer_api.agent_pb2 import Agent

AREA = "MCP servers"


def servers(project: Project | None, manifest: Manifest | None) -> Iterator[Finding]:
    """Each once, of all agents."""
    if project is None or manifest is None:
        return
    agents: list[Any] = [each.message for each in manifest.resources if each.kind is TargetKind.AGENT]
    agents = [agent for agent in agents if agent.spec.mcp_servers]
    if not agents:
        return
    if find_spec("mcp") is None:
        yield bad(AREA, "the library for MCP servers is not installed", "pip install 'stigmer-devloop[mcp]'")
    seen: set[bytes] = set()
    for agent in agents:
        values, secrets = _variables(project, agent)
        for definition in agent.spec.mcp_servers:
            if (key := definition.SerializeToString(deterministic=True)) not in seen:
                seen.add(key)
                yield _masked(_server(definition, values, project), secrets)


def _variables(project: Project, agent: Agent) -> tuple[Mapping[str, str], Sequence[str]]:
    """As far as they are known before a run, of the agent and of run.env_file; and what is secret of them."""
    data = agent.spec.env_spec.data
    values = {name: each.value for name, each in data.items() if each.value}
    secrets = [each.value for each in data.values() if each.is_secret is True]
    if project.run.env_file is not None:
        try:
            found = dotenv.read(project.run.env_file, os.environ)
        except RunError:
            found = []  # said of the project already
        values |= {each.name: each.value for each in found}
        declared = {name for name, each in data.items() if each.is_secret is True}
        secrets += [each.value for each in found if each.secret or each.name in declared]
    return values, secrets


def _masked(finding: Finding, secrets: Sequence[str]) -> Finding:
    """A server may say its secrets when it fails."""
    from stigmerd.executions.masking import Masker

    masker = Masker([each for each in secrets if each != ""])
    return finding.with_text(masker.text(finding.text), masker.text(finding.next))


def _server(definition: Any, variables: Mapping[str, str], project: Project) -> Finding:
    from stigmerd.agents.mcp.config import ServerProblem, resolve

    name = definition.name
    if definition.WhichOneof("server_type") is None:
        return good(AREA, f"{name}: is stored in the backend, and looked up when the agent runs")
    if definition.HasField("docker") and (missing := no_client(AREA, name)) is not None:
        return missing
    try:
        config: Any = resolve(definition, variables, project.main.parent)
    except ServerProblem as problem:
        return doubtful(AREA, str(problem), "give the variable to the run with -e, or in run.env_file")
    if config["kind"] == "http":
        return _remote(name, config["url"])
    if config["image"]:
        return container(AREA, name, config)
    return _command(name, config)


def _remote(name: str, url: str) -> Finding:
    from stigmerd.agents.models.address import public

    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return bad(AREA, f"{name}: its url is no address", "correct it in the program")
    if why := unreachable(parts.hostname or "", port):
        return doubtful(
            AREA, f"{name}: {public(url)} {why}", "start it, or correct its address in the program"
        )
    return good(AREA, f"{name}: {public(url)} can be reached")


def _command(name: str, config: Mapping[str, Any]) -> Finding:
    folder = Path(config["cwd"])
    environ = {**os.environ, **config["env"]}
    if not folder.is_dir():
        return bad(AREA, f"{name}: its directory {folder} does not exist", f"mkdir -p {folder}")
    command = str(config["command"])
    where = str(folder / command) if "/" in command else command
    found = shutil.which(where, path=environ.get("PATH"))
    if found is None:
        return _not_found(name, command, where)
    greeting = greet([found, *config["args"]], folder, environ)
    if greeting.problem:
        again = " ".join([command, *map(str, config["args"])])
        return bad(AREA, f"{name}: {command} {greeting.problem}", f"start it by hand: cd {folder} && {again}")
    return good(AREA, f"{name}: {command} answers as {greeting.server}")


def _not_found(name: str, command: str, where: str) -> Finding:
    if "/" not in command:
        return bad(AREA, f"{name}: {command} is not on the PATH", f"install {command}")
    if Path(where).exists():
        return bad(AREA, f"{name}: {command} is not executable", f"chmod +x {where}")
    return bad(AREA, f"{name}: {command} is not there", f"ls {Path(where).parent}")
