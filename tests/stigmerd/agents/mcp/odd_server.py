"""A small MCP server on stdin and stdout whose tools answer in odd ways, each in its own."""

from __future__ import annotations

import json
import sys
from typing import Any

PICTURE = "iVBORw0KGgo="  # eight bytes
TEXT = {"type": "text", "text": "a caption"}
CONTENT: dict[str, list[dict[str, Any]]] = {
    "picture": [{"type": "image", "data": PICTURE, "mimeType": "image/png"}],
    "described": [TEXT, {"type": "image", "data": PICTURE, "mimeType": "image/png"}],
    "sound": [{"type": "audio", "data": PICTURE, "mimeType": "audio/wav"}],
    "file": [
        {"type": "resource", "resource": {"uri": "x:y", "mimeType": "application/zip", "blob": PICTURE}},
        {"type": "resource", "resource": {"uri": "x:z", "mimeType": "text/plain", "blob": "aGVsbG8="}},
    ],
    "nothing": [],
}
TOOLS = [
    *("fine", "surrogate", "latin1", "no_result", "wrong_id", "cut", "pretty", "huge", "null_id", "list"),
    *("prints", "prints_and_answers", "logs_json", "late", "silent", "refuses", "bad_content"),
    *CONTENT,
]
silent: list[Any] = []  # requests that are never answered


def out(text: str | bytes) -> None:
    sys.stdout.buffer.write(text if isinstance(text, bytes) else text.encode())
    sys.stdout.buffer.flush()


def message(**fields: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", **fields}) + "\n"


def answered(number: Any, content: Any) -> str:
    return message(id=number, result={"content": content, "isError": False})


def listed() -> list[dict[str, Any]]:
    schema = {"type": "object", "properties": {}}
    tools: list[dict[str, Any]] = [{"name": name, "inputSchema": schema} for name in TOOLS]
    if "--bad-tools" in sys.argv:
        tools.insert(1, {"name": "no_type", "inputSchema": {"properties": {}}})
        tools.insert(3, {"name": "an_array", "inputSchema": {"type": "array"}})
        tools += [{"name": "no_schema"}, {"inputSchema": schema}, "nonsense"]
    return tools


def call(number: Any, name: str) -> None:
    head = f'{{"jsonrpc":"2.0","id":{json.dumps(number)},'
    match name:
        case "surrogate":
            out(head + '"result":{"content":[{"type":"text","text":"half: \\ud83d"}]}}\n')
        case "latin1":
            out(head.encode() + b'"result":{"content":[{"type":"text","text":"caf\xe9"}]}}\n')
        case "no_result":
            out(head + '"answer":"done"}\n')
        case "wrong_id":
            out(answered(4711, [TEXT]))
        case "null_id":
            out(message(id=None, error={"code": -32700, "message": "what?"}))
        case "cut":
            out(head + '"result":{"content":[{"type":"text","te\n')
        case "pretty":
            out(json.dumps({"jsonrpc": "2.0", "id": number, "result": {"content": [TEXT]}}, indent=1) + "\n")
        case "list":
            out(f"[{answered(number, [TEXT]).strip()}]\n")
        case "huge":
            out(answered(number, [{"type": "text", "text": "x" * (18 << 20)}]))
        case "bad_content":
            out(message(id=number, result={"content": "done"}))
        case "prints":
            out("connecting to the database\n")
        case "prints_and_answers":
            out("[INFO] connecting to the database\n" + answered(number, [TEXT]))
        case "logs_json":
            out('{"level": "info", "error": "none"}\n' + answered(number, [TEXT]))
        case "silent":
            silent.append(number)
        case "late":  # answers what was given up first, then this
            for each in silent:
                out(answered(each, [{"type": "text", "text": "too late"}]))
            out(answered(number, [TEXT]))
        case "refuses":
            out(message(id=number, error={"code": -32000, "message": "out of stock"}))
        case _:
            out(answered(number, CONTENT.get(name, [TEXT])))


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        number = request.get("id")
        match request["method"]:
            case "initialize":
                version = request["params"]["protocolVersion"]
                info = {"name": "odd", "version": "1"}
                result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
                out(message(id=number, result=result))
            case "tools/list":
                out(message(id=number, result={"tools": listed()}))
            case "tools/call":
                call(number, request["params"]["name"])
            case "notifications/cancelled":
                print("given up:", request["params"]["requestId"] in silent, file=sys.stderr, flush=True)
            case "ping":
                out(message(id=number, result={}))
            case _ if number is not None:
                out(message(id=number, error={"code": -32601, "message": "no such method"}))


if __name__ == "__main__":
    main()
