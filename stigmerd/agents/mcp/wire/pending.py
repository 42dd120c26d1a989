"""Which requests an MCP server has not answered yet, and what becomes of an answer to none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from mcp_types import (
    INTERNAL_ERROR,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)

from stigmerd.agents.mcp.wire.answers import Unreadable

GIVEN_UP: Final = "notifications/cancelled"


class Pending:
    """Of one connection."""

    def __init__(self) -> None:
        self._asked: dict[RequestId, str] = {}  # what is asked, in words
        self._given_up: set[RequestId] = set()  # may still be answered

    def sent(self, message: JSONRPCMessage) -> None:
        match message:
            case JSONRPCRequest():
                self._asked[_key(message.id)] = asked(message)
            case JSONRPCNotification(method="notifications/cancelled", params=dict() as params):
                self._gives_up(params)

    def _gives_up(self, params: dict[str, Any]) -> None:
        request = params.get("requestId")
        if isinstance(request, str | int) and self._asked.pop(_key(request), None) is not None:
            self._given_up.add(_key(request))

    def heard(self, message: JSONRPCMessage) -> list[JSONRPCMessage]:
        """The same message; or, if it answers nothing that was asked, an error for all that wait."""
        if not isinstance(message, JSONRPCResponse | JSONRPCError):
            return [message]
        if message.id is None:
            said = message.error.message if isinstance(message, JSONRPCError) else ""
            return self._failed(self._asked, f"the server refused what it was asked: {said}", INTERNAL_ERROR)
        key = _key(message.id)
        if self._asked.pop(key, None) is not None:
            return [message]
        if key in self._given_up:
            self._given_up.discard(key)
            return []
        why = f"the answer has the id {message.id!r}, which no request has"
        return self._failed(self._asked, why)

    def unreadable(self, answer: Unreadable) -> list[JSONRPCMessage]:
        """An error for the request that it may answer; if nobody can say which, for all that wait."""
        named = [_key(each) for each in answer.ids]
        if meant := [each for each in named if each in self._asked][:1]:
            return self._failed(meant, _words(answer))
        if any(each in self._given_up for each in named):
            return []
        return self._failed(self._asked, _words(answer))

    def unsendable(self, message: JSONRPCMessage, why: str) -> list[JSONRPCMessage]:
        if not isinstance(message, JSONRPCRequest):
            return []
        return self._failed([_key(message.id)], f"it cannot be sent: {why}")

    def _failed(
        self, requests: Iterable[RequestId], why: str, code: int = PARSE_ERROR
    ) -> list[JSONRPCMessage]:
        errors: list[JSONRPCMessage] = []
        for request in list(requests):
            words = f"{self._asked.pop(request, 'the request')}: {why}"
            errors.append(JSONRPCError(jsonrpc="2.0", id=request, error=ErrorData(code=code, message=words)))
        return errors


def asked(message: JSONRPCRequest) -> str:
    name = (message.params or {}).get("name")
    return f"{message.method} {name}" if isinstance(name, str) else message.method


def _words(answer: Unreadable) -> str:
    return f"the answer cannot be read, {answer.why}; it begins: {answer.beginning}"


def _key(request: RequestId) -> RequestId:
    """An id that comes back as text is the same id."""
    try:
        return int(request)
    except ValueError:
        return request
