"""Servers on real sockets: the chat-completions API, and MCP over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.stigmerd.agents.mcp_server import answer

Reply = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    reply: Reply
    seen: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append({"path": self.path, "headers": headers, "body": body})
        type(self).reply(self, body)

    def do_GET(self) -> None:
        if self.path == "/api/tags":
            self.send("application/json", json.dumps({"models": [{"name": "tiny:1b"}]}))
        else:
            self.send("text/plain", "", status=405)

    def do_DELETE(self) -> None:
        self.send("text/plain", "", status=200)

    def send(
        self, kind: str, text: str, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serving(reply: Reply, handler: type[Handler] = Handler) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address, and what was asked."""
    seen: list[dict[str, Any]] = []
    here = type("Here", (handler,), {"reply": staticmethod(reply), "seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), here)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chat(handler: Handler, body: dict[str, Any]) -> None:
    """Calls `add` first, then says what came of it; streamed."""
    results = [message for message in body["messages"] if message["role"] == "tool"]
    if results:
        deltas = [{"role": "assistant", "content": word} for word in ("It ", "is ", results[-1]["content"])]
        reason = "stop"
    elif body.get("tools"):
        function = {"name": "add", "arguments": ""}
        deltas = [
            {"role": "assistant", "content": "Let me see."},
            {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": '{"a": 2,'}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": ' "b": 3}'}}]},
        ]
        reason = "tool_calls"
    else:
        deltas, reason = [{"role": "assistant", "content": "Hello."}], "stop"
    chunks = [chunk(body["model"], delta, None) for delta in deltas] + [chunk(body["model"], {}, reason)]
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    chunks.append({**chunk(body["model"], {}, None), "choices": [], "usage": usage})
    events = "".join(f"data: {json.dumps(each)}\n\n" for each in chunks)
    handler.send("text/event-stream", f"{events}data: [DONE]\n\n")


def chunk(model: str, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": model,
        "choices": [choice],
    }


def refuse(handler: Handler, body: dict[str, Any]) -> None:
    key = handler.headers["Authorization"].removeprefix("Bearer ")
    error = {"error": {"message": f"Incorrect API key provided: {key}", "code": "invalid_api_key"}}
    handler.send("application/json", json.dumps(error), status=401)


def busy_at_first(statuses: Iterator[int]) -> Reply:
    """Answers with these statuses before it answers as `chat`."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        status = next(statuses, 200)
        if status == 200:
            return chat(handler, body)
        handler.send("application/json", '{"error": {"message": "slow down"}}', status=status)

    return reply


def mcp(handler: Handler, body: dict[str, Any]) -> None:
    if "id" not in body:
        handler.send("text/plain", "", status=202)
        return
    result = answer(body)
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": body["id"]}
    if result is None:
        reply["error"] = {"code": -32601, "message": f"no method {body['method']}"}
    else:
        reply["result"] = result
    handler.send("application/json", json.dumps(reply))
