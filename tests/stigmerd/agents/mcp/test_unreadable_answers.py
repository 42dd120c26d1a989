"""A call ends at once when its answer cannot be read, and says which tool of which server it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.dispatcher import ProgressFnT
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.messages import BinaryContent, ToolReturnPart

from stigmerd.agents.mcp import limits
from stigmerd.agents.mcp.inbound.progress import pass_progress_on
from stigmerd.agents.mcp.pool import ServerPool
from stigmerd.agents.results import result_text
from tests.stigmerd.agents.mcp.lending import ODD_SERVER, Lender, config, lending
from tests.support.poll import until


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def odd(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Lender]:
    """One server for all: an answer that cannot be read is not the end of it."""
    pool = ServerPool(tmp_path_factory.mktemp("notes"))
    async with lending(
        pool, [config(ODD_SERVER, "--bad-tools", options={"tool_timeouts": {"silent": 0.5}})]
    ) as odd:
        yield odd
    await pool.aclose()


@pytest.mark.parametrize(
    ("tool", "why"),
    [
        ("surrogate", "half a character"),
        ("latin1", "no UTF-8"),
        ("no_result", "neither a result nor an error"),
        ("wrong_id", "has the id 4711"),
        ("null_id", "what?"),
        ("cut", "no JSON"),
        ("pretty", "no JSON"),
        ("list", "a list"),
        ("huge", "too much"),
        ("bad_content", "content"),
    ],
)
async def test_an_answer_that_cannot_be_read_fails_its_call(odd: Lender, tool: str, why: str) -> None:
    with pytest.raises(ToolFailed) as failed:
        await odd.call(tool)
    assert tool in str(failed.value)
    assert '"odd"' in str(failed.value)
    assert why in str(failed.value)
    assert await odd.call("fine") == "a caption"


async def test_what_came_is_shown(odd: Lender) -> None:
    with pytest.raises(ToolFailed, match=r'it begins: {"jsonrpc":"2.0","id":.*"answer":"done"}'):
        await odd.call("no_result")


async def test_a_line_that_is_no_message_disturbs_no_answer(odd: Lender) -> None:
    assert await odd.call("prints_and_answers") == "a caption"
    assert await odd.call("logs_json") == "a caption"
    printed = [note["print"]["text"] for note in odd.notes if "print" in note]
    assert any("[INFO] connecting to the database" in text for text in printed)


async def test_only_a_line_that_is_no_message_is_no_answer(
    odd: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DOUBTFUL_SECONDS", 0.1)
    with pytest.raises(ToolFailed, match=r"of prints: .*connecting to the database.*standard error"):
        await odd.call("prints")


async def test_a_call_has_a_limit_and_its_late_answer_is_no_other_call_s(odd: Lender) -> None:
    with pytest.raises(ToolFailed, match=r"of silent within 0\.5 s"):
        await odd.call("silent")
    await until(lambda: any("given up: True" in str(note) for note in odd.notes), "it is told to stop")
    assert await odd.call("late") == "a caption"


class Progressing:
    """A client whose call makes progress, and that is all."""

    async def call_tool(self, *, progress_handler: ProgressFnT) -> None:
        await progress_handler(1, 5, None)


async def test_progress_gives_a_call_more_time() -> None:
    client: Any = Progressing()
    pass_progress_on(client)
    clock = limits.Clock(3600, patient=False)
    async with clock.running():
        clock.doubt("connecting")
        assert clock.left <= limits.DOUBTFUL_SECONDS
        await client.call_tool()
        assert clock.left > limits.DOUBTFUL_SECONDS


async def test_an_application_s_error_is_no_end_of_the_server(odd: Lender) -> None:
    with pytest.raises(ToolFailed, match="no result of refuses: out of stock"):
        await odd.call("refuses")
    assert await odd.call("fine") == "a caption"


async def test_a_tool_with_a_wrong_schema_is_left_out_alone(odd: Lender) -> None:
    names = await odd.names()
    assert "fine" in names
    assert "bad_content" in names
    assert not {"no_type", "an_array", "no_schema"} & set(names)
    told = "\n".join(note["warned"]["text"] for note in odd.notes if "warned" in note)
    assert 'tool no_type of the MCP server "odd" is left out: the type of its inputSchema must be' in told


@pytest.mark.parametrize(
    ("tool", "shown"),
    [
        ("picture", "[image/png, 8 bytes]"),
        ("described", "a caption\n[image/png, 8 bytes]"),
        ("sound", "[audio/wav, 8 bytes]"),
        ("file", '["[application/zip, 8 bytes]","hello"]'),
        ("nothing", ""),
    ],
)
async def test_pictures_and_files_are_shown_in_words(odd: Lender, tool: str, shown: str) -> None:
    result = await odd.call(tool)
    assert result_text(ToolReturnPart(tool_name=tool, content=result, tool_call_id="1")) == shown
    parts = result if isinstance(result, list) else [result]
    assert any(isinstance(part, BinaryContent) for part in parts) == (tool in {"picture", "described"})


async def test_a_server_that_cannot_even_begin_says_how(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text("""
import sys
for line in sys.stdin:
    print('{"jsonrpc": "2.0", "resul', flush=True)
""")
    pool = ServerPool(tmp_path / "notes")
    with pytest.raises(Exception, match=r"did not start: .*cannot be read, it is no JSON"):
        async with lending(pool, [config(script)]):
            pass
    await pool.aclose()
