"""The tool that fetches a page of the web; pydantic-ai does it, addresses inside are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from pydantic_ai import Tool
from pydantic_ai.exceptions import ModelRetry, ToolFailed
from pydantic_ai.messages import BinaryContent

from stigmer_api.version import VERSION
from stigmerd.agents.asking.approval import REQUIRED
from stigmerd.agents.models.build import missing
from stigmerd.store.json import Json

MOST_BYTES = 5 << 20
MOST_CHARACTERS = 50_000
HINT = " Use force_download="  # what follows is not for a model


def web_tool(declared: Mapping[str, Json]) -> Tool[None]:
    """`declared`: `hosts`, `private`, `timeout` in seconds. Raises AgentProblem without its library."""
    try:
        from pydantic_ai.common_tools.web_fetch import WebFetchLocalTool
    except ImportError as error:
        raise missing("WebFetch", "web") from error
    seconds = declared["timeout"]
    fetch = WebFetchLocalTool(
        max_content_length=MOST_CHARACTERS,
        allow_local_urls=bool(declared["private"]),
        timeout=max(1, int(seconds)),
        max_download_bytes=MOST_BYTES,
        allowed_domains=list(declared["hosts"]) or None,
        headers={"User-Agent": f"stigmer-devloop/{VERSION}"},
    )

    async def web_fetch(url: str) -> str:
        """Fetch a page of the web as text; of HTML, as Markdown.

        Args:
            url: its address, with http:// or https://.
        """
        try:
            async with asyncio.timeout(seconds):
                page = await fetch(url)
        except ModelRetry as error:
            raise ToolFailed(str(error).partition(HINT)[0]) from error
        except TimeoutError:
            raise ToolFailed(f"{url} took longer than {seconds:g} s") from None
        if isinstance(page, BinaryContent):
            raise ToolFailed(f"{url} is no text: {page.media_type}, {len(page.data):,} bytes")
        return f"# {page['title']}\n\n{page['content']}" if page["title"] else page["content"]

    approval = {REQUIRED: bool(declared["requires_approval"])}
    return Tool(web_fetch, takes_ctx=False, metadata=approval)
