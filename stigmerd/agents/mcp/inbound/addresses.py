"""A call that wants an address to be opened first: somebody is asked, and it is made once more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from mcp_types import ElicitRequestURLParams
from pydantic import ValidationError
from pydantic_ai.exceptions import ToolFailed

from stigmerd.agents.mcp.options import DENY

if TYPE_CHECKING:
    from mcp_types import ElicitRequestParams, ElicitResult

    from stigmerd.agents.mcp.inbound.inbound import Inbound

URL_ELICITATION_REQUIRED: Final = -32042
MOST: Final = 5  # addresses of one call

Asks = Callable[["ElicitRequestParams"], Awaitable["ElicitResult"]]


async def with_addresses(server: Inbound, asks: Asks | None, call: Callable[[], Awaitable[Any]]) -> Any:
    """What the call brings. Raises ToolFailed if nobody opens the address, and what the call raises."""
    try:
        return await call()
    except Exception as error:
        wanted = addresses_in(error)
        if not wanted:
            raise
        for each in wanted:
            denied = asks is None or server.elicitation == DENY
            if denied or asks is None or (await asks(each)).action != "accept":
                raise ToolFailed(
                    f'the MCP server "{server.name}" wants somebody to open {each.url} first: {each.message}'
                ) from error
    return await call()


def addresses_in(error: BaseException) -> list[ElicitRequestURLParams]:
    """Those that an answer names in place of a result; none in any other error."""
    cause: BaseException | None = error
    while cause is not None and getattr(cause, "code", None) != URL_ELICITATION_REQUIRED:
        cause = cause.__cause__
    data = getattr(cause, "data", None)
    said = data.get("elicitations") if isinstance(data, dict) else None
    try:
        return [ElicitRequestURLParams.model_validate(each) for each in list(said or ())[:MOST]]
    except (ValidationError, TypeError):
        return []
