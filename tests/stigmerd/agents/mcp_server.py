"""A small MCP server on stdin and stdout, in plain JSON-RPC: quick to start, and able to misbehave."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

TOOLS = {
    "add": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "echo": {"text": {"type": "string"}},
    "env": {"name": {"type": "string"}},
    "fail": {"reason": {"type": "string"}},
    "pid": {},
    "die": {},
    "wait": {"seconds": {"type": "number"}, "file": {"type": "string"}},
    "read": {"file": {"type": "string"}},
    "append": {"file": {"type": "string"}, "text": {"type": "string"}},
}
ODD = "files/read größe"  # a name that no provider takes


def call(name: str, args: dict[str, Any]) -> str:
    match name:
        case "add":
            return str(args["a"] + args["b"])
        case "echo":
            return str(args["text"])
        case "env":
            return os.environ.get(args["name"], "")
        case _ if name == ODD:
            return "read"
        case "pid":
            return str(os.getpid())
        case "die":
            print("about to die", file=sys.stderr, flush=True)
            os._exit(3)
        case "wait":
            with open(args["file"], "a") as file:  # noqa: PTH123
                file.write(f"{os.getpid()}\n")
            time.sleep(args["seconds"])  # sleeps: that is what the tool does
            return "waited"
        case "read":
            with open(args["file"]) as file:  # noqa: PTH123
                return file.read()
        case "append":
            with open(args["file"], "a") as file:  # noqa: PTH123
                file.write(args["text"])
            return "appended"
        case _:
            raise ValueError(args.get("reason", f"no tool {name}"))


def answer(request: dict[str, Any]) -> dict[str, Any] | None:
    match request["method"]:
        case "initialize":
            return {
                "protocolVersion": request["params"]["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "test", "version": "1"},
            }
        case "tools/list":
            return {
                "tools": [
                    {
                        "name": name,
                        "description": name,
                        "inputSchema": {
                            "type": "object",
                            "properties": properties,
                            "required": list(properties),
                        },
                    }
                    for name, properties in TOOLS.items()
                ]
            }
        case "tools/call":
            try:
                text = call(request["params"]["name"], request["params"].get("arguments") or {})
                return {"content": [{"type": "text", "text": text}], "isError": False}
            except ValueError as error:
                return {"content": [{"type": "text", "text": str(error)}], "isError": True}
        case "ping":
            return {}
    return None


def main() -> None:
    if "--odd" in sys.argv:
        TOOLS.clear()
        TOOLS[ODD] = {}
    if "--refuse" in sys.argv:
        print("no token, no service", file=sys.stderr)
        sys.exit(1)
    if "--note" in sys.argv:
        with open(sys.argv[sys.argv.index("--note") + 1], "a") as notes:  # noqa: PTH123
            notes.write(f"{os.getpid()}\n")
    if "--alone" in sys.argv:
        lock = sys.argv[sys.argv.index("--alone") + 1]
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    if "--stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        result = answer(request)
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        if result is None:
            reply["error"] = {"code": -32601, "message": f"no method {request['method']}"}
        else:
            reply["result"] = result
        print(json.dumps(reply), flush=True)
    if "--alone" in sys.argv:
        time.sleep(0.5)  # sleeps: it takes its time to go
        os.unlink(lock)  # noqa: PTH108


if __name__ == "__main__":
    main()
