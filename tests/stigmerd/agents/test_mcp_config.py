"""How an MCP server is started, as it is declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from stigmer_api.agent_pb2 import McpServerDefinition
from stigmerd.agents.mcp.config import ServerProblem, resolve

VARIABLES = {"TOKEN": "t", "DIR": "data"}


def test_stdio() -> None:
    server = McpServerDefinition(name="files", enabled_tools=["read"])
    server.stdio.command = "npx"
    server.stdio.args.extend(["-y", "${DIR}", "$HOME"])
    server.stdio.env_placeholders["KEY"] = "Bearer ${TOKEN}"
    server.stdio.working_dir = "${DIR}"
    assert resolve(server, VARIABLES, Path("/project")) == {
        "name": "files",
        "enabled_tools": ["read"],
        "options": {},
        "roots": ["file:///project"],
        "kind": "stdio",
        "command": "npx",
        "args": ["-y", "data", "$HOME"],
        "env": {"KEY": "Bearer t"},
        "cwd": "/project/data",
        "project": "/project",
        "image": "",
    }


def test_http() -> None:
    server = McpServerDefinition(name="remote")
    server.http.url = "https://there/${DIR}?a=1"
    server.http.headers["X"] = "${TOKEN}"
    server.http.query_params["q"] = "x&y"
    resolved = resolve(server, VARIABLES, Path("/"))
    assert (resolved["url"], resolved["headers"]) == ("https://there/data?a=1&q=x%26y", {"X": "t"})
    assert resolved["connect_seconds"] == 30


def docker_server() -> McpServerDefinition:
    server = McpServerDefinition(name="boxed")
    server.docker.image = "acme/server:1"
    server.docker.args.append("--verbose")
    server.docker.env_placeholders["KEY"] = "${TOKEN}"
    server.docker.volumes.add(host_path="${DIR}", container_path="/data", read_only=True)
    server.docker.network = "none"
    server.docker.ports.add(host_port=8080, container_port=80, protocol="tcp")
    return server


def test_docker_keeps_values_out_of_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    resolved = resolve(docker_server(), VARIABLES, Path("/project"))
    assert resolved["command"] == str(client)
    assert " ".join(resolved["args"]) == (
        "run --interactive --rm --init --env KEY --volume /project/data:/data:ro "
        "--publish 8080:80/tcp --network none acme/server:1 --verbose"
    )
    assert resolved["env"] == {"KEY": "t"}


def test_without_a_docker_client_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerProblem, match=r"acme/server:1 needs docker \(or podman\)"):
        resolve(docker_server(), VARIABLES, Path("/"))


def test_all_missing_variables_are_named() -> None:
    server = McpServerDefinition(name="x")
    server.stdio.command = "${ONE}"
    server.stdio.args.extend(["${TWO}", "${ONE}", "${TOKEN}"])
    with pytest.raises(ServerProblem, match=r'"x" needs \$\{ONE\}, \$\{TWO\}, which nobody set'):
        resolve(server, VARIABLES, Path("/"))


def test_a_server_without_a_type() -> None:
    with pytest.raises(ServerProblem, match="needs stdio, http or docker"):
        resolve(McpServerDefinition(name="x"), {}, Path("/"))
