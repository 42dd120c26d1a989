"""`stigmer mcp login`: the browser shows a page, comes back, and agents use the login."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyUrl

from tests.stigmerd.agents.oauth_server import Authority, guarded
from tests.support.project import write_project
from tests.support.world import World

BROWSER = """
import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1]).read()
"""
BOTH = ("sh", "-c", 'exec "$@" 2>&1', "sh")  # streams as one
PROGRAM = """
from stigmer import Agent, HttpServer, Scripted
tickets = HttpServer("tickets", "URL")
Agent("clerk", "You look after the tickets.", mcp_servers=[tickets], model=Scripted("s.yaml"))
"""
SCRIPT = "- call: {tool: search, args: {text: a bug}}\n- say: 'It says: {{ result }}'\n"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Authority]]:
    with guarded() as running:
        yield running


def test_a_login_from_the_page_to_the_tool_and_back(
    world: World, tmp_path: Path, server: tuple[str, Authority]
) -> None:
    url, authority = server
    browser = tmp_path / "browser.py"
    browser.write_text(BROWSER)
    project = tmp_path / "shop"
    write_project(project, PROGRAM.replace("URL", url))
    (project / "s.yaml").write_text(SCRIPT)
    refused = world.run("run", "clerk", "-m", "hello", cwd=project)
    assert f"stigmer mcp login {url}" in refused.err
    assert world.run("mcp", "list").out == "no login at an MCP server; for one: stigmer mcp login URL\n"

    done = world.run("mcp", "login", url, env={"BROWSER": f"{sys.executable} {browser} %s"})
    assert done.code == 0, done.err
    assert done.out == f"✓ Logged in at {url}: it has 1 tool\n"
    assert "A page has been opened in the browser" in done.err
    assert json.loads(world.run("mcp", "list", "-o", "json").out) == [{"url": url}]
    answered = world.run("run", "clerk", "-m", "hello", cwd=project)
    assert "It says: found a bug" in answered.out
    shown = answered.out + done.out + done.err
    assert not any(token in shown for token in (*authority.access, *authority.refresh))

    assert world.run("mcp", "logout", url).out == f"✓ Forgot the login at {url}\n"
    again = world.run("mcp", "logout", url)
    assert again.code != 0
    assert "there is no login at" in again.err


def test_nobody_to_agree_and_no_server(world: World, server: tuple[str, Authority]) -> None:
    url, _ = server
    nobody = world.run("mcp", "login", url, stdin="")
    assert "there is no browser here" in nobody.err
    assert "Bearer ${TOKEN}" in nobody.err
    assert "E1225" in nobody.err
    gone = world.run("mcp", "login", "http://127.0.0.1:9/mcp", stdin="")
    assert "no login at http://127.0.0.1:9/mcp: All connection attempts failed" in gone.err
    assert "is no address of a server" in world.run("mcp", "login", "tickets").err


def test_a_client_that_the_operator_registered_and_no_browser(
    world: World, server: tuple[str, Authority]
) -> None:
    url, authority = server
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    authority.clients["known"] = OAuthClientInformationFull(
        client_id="known",
        client_secret="of the operator",
        redirect_uris=[AnyUrl(f"http://localhost:{port}/callback")],
        token_endpoint_auth_method="client_secret_post",
        scope="read",
    )
    options = ("--client-id", "known", "--scope", "read", "--no-browser", "--port", str(port))
    secret = {"STIGMER_MCP_CLIENT_SECRET": "of the operator"}
    login = world.start("mcp", "login", url, *options, env=secret, through=BOTH)
    page = login.until("/authorize?").strip()
    assert "scope=read" in page
    build_opener(ProxyHandler({})).open(page).read()
    done = login.end()
    assert done.code == 0
    assert f"✓ Logged in at {url}: it has 1 tool\n" in done.out
    assert "of the operator" not in done.text
    assert {token.client_id for token in authority.access.values()} >= {"known"}
