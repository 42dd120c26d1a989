"""Servers that people use, from PyPI and npm: `.ci/mcp-servers` installs them."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.messages import BinaryContent

from stigmerd.agents.mcp.pool import ServerPool
from tests.stigmerd.agents.http_servers import Handler, serving
from tests.stigmerd.agents.mcp.lending import config, lending
from tests.support.paths import ROOT
from tests.support.poll import until

PYTHON = ROOT / ".mcp-servers" / "python" / "bin"
NODE = ROOT / ".mcp-servers" / "node_modules" / ".bin"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def pool(tmp_path: Path, anyio_backend: str) -> AsyncIterator[ServerPool]:
    made = ServerPool(tmp_path / "notes")
    yield made
    await made.aclose()


def server(program: Path, folder: Path, *args: str, **more: Any) -> dict[str, Any]:
    if not program.exists():
        pytest.skip(f"{program.name} is not installed: .ci/mcp-servers does that")
    place = {"cwd": str(folder), "project": str(folder)}
    return config(program, name=program.name, command=str(program), **place, **more) | {"args": list(args)}


async def test_time(pool: ServerPool, tmp_path: Path) -> None:
    made = server(PYTHON / "mcp-server-time", tmp_path, options={"shared": True})

    async def ask(zone: str) -> tuple[str, object]:
        async with lending(pool, [made]) as lender:
            return str(await lender.call("get_current_time", timezone=zone)), lender.lent.server

    answers = await asyncio.gather(*map(ask, ["Europe/Paris", "Asia/Tokyo", "America/Lima"] * 4))
    assert all(zone in said for zone, (said, _) in zip(["Europe/Paris", "Asia/Tokyo"], answers, strict=False))
    assert len({process for _, process in answers}) == 1
    async with lending(pool, [made]) as lender:
        with pytest.raises(ToolFailed, match=r"(?i)timezone"):
            await lender.call("get_current_time", timezone="Moon/Crater")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    made = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", made], check=True)
    (made / "new.txt").write_text("new")
    return made


async def test_git(pool: ServerPool, tmp_path: Path, repository: Path) -> None:
    made = server(PYTHON / "mcp-server-git", tmp_path, "--repository", str(repository))
    async with lending(pool, [made]) as lender:
        assert "new.txt" in str(await lender.call("git_status", repo_path=str(repository)))


async def test_fetch(pool: ServerPool, tmp_path: Path) -> None:
    def page(handler: Handler) -> None:
        handler.send("text/html", "<html><body><h1>Tea</h1><p>It is green.</p></body></html>")

    made = server(PYTHON / "mcp-server-fetch", tmp_path, "--ignore-robots-txt", "--allow-private-ips")
    handler = type("Page", (Handler,), {"do_GET": page})
    with serving(lambda *_: None, handler) as (url, _):
        async with lending(pool, [made]) as lender:
            assert "It is green." in str(await lender.call("fetch", url=f"{url}/tea"))


async def test_filesystem(pool: ServerPool, tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    made = server(NODE / "mcp-server-filesystem", tmp_path, str(tmp_path / "shelf"))
    note = str(tmp_path / "shelf" / "note.txt")
    async with lending(pool, [made]) as lender:
        await lender.call("write_file", path=note, content="hello")
        assert lender.lent.own  # writing is not reading
        assert "hello" in str(await lender.call("read_text_file", path=note))
        with pytest.raises(ToolFailed, match=r"(?i)access denied"):
            await lender.call("read_text_file", path="/etc/hostname")
    async with lending(pool, [made]) as lender:
        assert "hello" in str(await lender.call("read_text_file", path=note))
        assert not lender.lent.own


async def test_everything(pool: ServerPool, tmp_path: Path) -> None:
    made = server(NODE / "mcp-server-everything", tmp_path)
    async with lending(pool, [made]) as lender:
        assert "hi" in str(await lender.call("echo", message="hi"))
        picture = await lender.call("get-tiny-image")
        assert any(isinstance(part, BinaryContent) and part.is_image for part in picture)
        await lender.call("trigger-long-running-operation", duration=1, steps=4)
        await until(lambda: "4 of 4" in str(lender.notes), "its progress is told")


async def test_memory(pool: ServerPool, tmp_path: Path) -> None:
    memory = {"MEMORY_FILE_PATH": str(tmp_path / "memory.jsonl")}
    made = server(NODE / "mcp-server-memory", tmp_path, env=memory)
    async with lending(pool, [made]) as lender:
        tea = {"name": "tea", "entityType": "drink", "observations": ["it is green"]}
        await lender.call("create_entities", entities=[tea])
    async with lending(pool, [made]) as lender:
        assert "it is green" in str(await lender.call("read_graph"))
