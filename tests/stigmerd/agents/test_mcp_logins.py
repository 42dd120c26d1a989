"""MCP servers that want a login: somebody agrees once, and agents use the token from then on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from stigmer_api.agent_pb2 import Agent
from stigmerd.agents.mcp.oauth.login import Client, log_in
from stigmerd.agents.mcp.oauth.place import FOLDER, PURPOSE, Logins
from stigmerd.agents.mcp.oauth.store import LoginStore, urls
from stigmerd.store.vault import VaultError
from tests.stigmerd.agents.oauth_server import Authority, guarded
from tests.stigmerd.agents.stage import Stage, scripted, texts
from tests.stigmerd.agents.talking import called, results

SECONDS = 60


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Authority]]:
    with guarded() as running:
        yield running


async def agree(page: str) -> None:
    """What a browser does where nobody needs to click."""
    async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as browser:
        (await browser.get(page)).raise_for_status()


def logins_of(stage: Stage) -> Logins:
    """Where the stage's agents look."""
    home = next(path for path in stage.home.iterdir() if path.name.startswith("agents-")).parent
    return Logins(folder=home / FOLDER, key=stage.executions.secrets.key_for(PURPOSE).hex())


def clerk(url: str) -> Agent:
    agent = scripted(called("search", text="a bug") + "- say: done")
    agent.spec.mcp_servers.add(name="tickets").http.url = url
    return agent


async def test_an_agent_uses_the_login_and_renews_it(stage: Stage, server: tuple[str, Authority]) -> None:
    url, authority = server
    refused = await stage.run(clerk(url))
    assert (
        f"it wants a login, and there is none that is still good: stigmer mcp login {url}"
        in refused.status.error
    )
    assert "E1222" in refused.status.error

    agent = clerk(url)
    agent.spec.mcp_servers[0].http.headers["Authorization"] = "Bearer of-yesterday"
    assert "it refuses the Authorization in the server's headers" in (await stage.run(agent)).status.error

    logins = logins_of(stage)
    assert await log_in(url, logins, Client(scopes=("read",)), agree, SECONDS) == (True, ["search"])
    past = {"expires_at": 1.0}
    await LoginStore(logins, url).put(f"{url}/token_expiry", past, collection="mcp-oauth-token-expiry")
    authority.access.clear()
    agreed, renewed = authority.agreed, authority.renewed
    for _ in range(2):
        execution = await stage.run(clerk(url))
        assert texts(execution)[-1] == "done"
        assert results(execution) == ["found a bug"], execution.status.tool_calls
    assert (authority.agreed, authority.renewed) == (agreed, renewed + 1)

    authority.revoke()
    assert "stigmer mcp login" in (await stage.run(clerk(url))).status.error
    LoginStore(logins, url).forget()


async def test_no_token_is_readable_where_it_is_kept(tmp_path: Path, server: tuple[str, Authority]) -> None:
    url, authority = server
    logins = Logins.of(tmp_path)
    await log_in(url, logins, Client(), agree, SECONDS)
    (file,) = (tmp_path / FOLDER).iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert not any(token in text for token in (*authority.access, *authority.refresh, url))
    assert list(urls(logins)) == [url]
    other = Logins(folder=logins.folder, key="00" * 32)
    assert list(urls(other)) == []
    with pytest.raises(VaultError):
        LoginStore(other, url).read()
    assert LoginStore(logins, url).forget()
    assert not LoginStore(logins, url).forget()
