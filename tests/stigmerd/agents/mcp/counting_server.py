"""A small MCP server on stdin and stdout that says who it is, and which of its tools only read."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

READS = {"readOnlyHint": True}
TOOLS: dict[str, dict[str, Any]] = {
    "who": {"annotations": READS},
    "mode": {"annotations": READS},
    "noted": {"annotations": READS},
    "note": {},
    "grow": {"annotations": READS},
    "hold": {"annotations": READS},
    "crash_once": {"annotations": READS},
}
noted: list[str] = []
held: list[Any] = []


def send(**fields: Any) -> None:
    print(json.dumps({"jsonrpc": "2.0", **fields}), flush=True)


def answer(number: Any, text: str) -> None:
    send(id=number, result={"content": [{"type": "text", "text": text}], "isError": False})


def call(number: Any, name: str, args: dict[str, Any]) -> None:
    match name:
        case "who":
            answer(number, str(os.getpid()))
        case "mode":
            answer(number, os.environ.get("MODE", "none"))
        case "noted":
            answer(number, " ".join(noted) or "nothing")
        case "note":
            noted.append(args["text"])
            answer(number, str(os.getpid()))
        case "grow":
            TOOLS["grown"] = {"annotations": READS}
            send(method="notifications/tools/list_changed")
            answer(number, "grown")
        case "hold":  # never answered
            Path(args["file"]).touch()
            held.append(number)
        case "crash_once":
            if not Path(args["file"]).exists():
                Path(args["file"]).touch()
                os._exit(3)
            answer(number, "alive")
        case "grown":
            answer(number, "tall")


def main() -> None:
    schema = {"type": "object", "properties": {}}
    for line in sys.stdin:
        request = json.loads(line)
        number = request.get("id")
        match request["method"]:
            case "initialize":
                version = request["params"]["protocolVersion"]
                can = {"tools": {"listChanged": True}}
                info = {"name": "counting", "version": "1"}
                result = {"protocolVersion": version, "capabilities": can, "serverInfo": info}
                send(id=number, result=result)
            case "tools/list":
                tools = [{"name": name, "inputSchema": schema, **more} for name, more in TOOLS.items()]
                send(id=number, result={"tools": tools})
            case "tools/call":
                call(number, request["params"]["name"], request["params"].get("arguments") or {})
            case "ping" if "--deaf" not in sys.argv or not held:
                send(id=number, result={})
            case "ping":
                pass
            case _ if number is not None:
                send(id=number, error={"code": -32601, "message": "no such method"})


if __name__ == "__main__":
    main()
