"""A small MCP server on stdin and stdout that logs, reports progress, and asks its client."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

Message = dict[str, Any]
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}

numbers = count(1)


def send(message: Message) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def notify(method: str, **params: Any) -> None:
    send({"method": f"notifications/{method}", "params": params})


def ask(method: str, **params: Any) -> Message:
    """The client's answer: a result or an error."""
    number = f"s{next(numbers)}"
    send({"id": number, "method": method, "params": params})
    for line in sys.stdin:
        answer: Message = json.loads(line)
        if answer.get("id") == number and "method" not in answer:
            return answer
        take(answer)
    sys.exit()


def log(args: Message, token: Any) -> str:
    for number in range(args.get("times", 1)):
        text = args["text"].replace("{number}", str(number))
        notify("message", level=args["level"], logger=args.get("logger", ""), data=text)
    return "logged"


def progress(args: Message, token: Any) -> str:
    for done in range(1, args["steps"] + 1):
        notify("progress", progressToken=token, progress=done, total=args["steps"], message=f"step {done}")
    return "done"


def request(args: Message, token: Any) -> str:
    """Any request of the client: its answer, as JSON."""
    answer = ask(args["method"], **json.loads(args.get("params", "{}")))
    return json.dumps(answer.get("result", answer.get("error")))


TOOLS: dict[str, tuple[Callable[[Message, Any], str], Message]] = {
    "log": (log, {"level": TEXT, "text": TEXT, "logger": TEXT, "times": NUMBER}),
    "progress": (progress, {"steps": NUMBER}),
    "request": (request, {"method": TEXT, "params": TEXT}),
    "protected": (lambda args, token: "the secret garden", {}),
    "told": (lambda args, token: json.dumps(TOLD), {}),
}
TOLD: Message = {}  # what the client said in the handshake, and the level that it asked for


def handshake(params: Message) -> Message:
    TOLD.update(capabilities=params["capabilities"])
    return {
        "protocolVersion": params["protocolVersion"],
        "capabilities": {"tools": {}, "logging": {}, "resources": {}, "prompts": {}},
        "serverInfo": {"name": "talking", "version": "1"},
    }


def set_level(params: Message) -> Message:
    TOLD.update(level=params["level"])
    return {}


def call(params: Message) -> Message:
    does, _ = TOOLS[params["name"]]
    text = does(params.get("arguments") or {}, params.get("_meta", {}).get("progressToken"))
    return {"content": [{"type": "text", "text": text}], "isError": False}


def tools(params: Message) -> Message:
    return {
        "tools": [
            {"name": name, "description": name, "inputSchema": {"type": "object", "properties": takes}}
            for name, (_, takes) in TOOLS.items()
        ]
    }


RESOURCES = {
    "books://moby": {"uri": "books://moby", "mimeType": "text/plain", "text": "Call me Ishmael."},
    "books://cover": {"uri": "books://cover", "mimeType": "image/png", "blob": "iVBORw0KGgo="},
    "books://long": {"uri": "books://long", "mimeType": "text/plain", "text": "x" * 200_010},
}


def resources(params: Message) -> Message:
    found = [{"uri": uri, "name": uri[8:], "mimeType": each["mimeType"]} for uri, each in RESOURCES.items()]
    many = int(os.environ.get("MANY", "0"))
    return {"resources": [*found, *({"uri": f"books://{n}", "name": f"b{n}"} for n in range(many))]}


def templates(params: Message) -> Message:
    return {"resourceTemplates": [{"uriTemplate": "books://{title}", "name": "a book by its title"}]}


def read(params: Message) -> Message:
    return {"contents": [RESOURCES[params["uri"]]]}


PICTURE = {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}
NOTES = {"uri": "books://notes", "mimeType": "text/plain", "text": "Ahab is odd."}
PROMPTS: list[Message] = [
    {
        "name": "review",
        "description": "Reviews a book.",
        "arguments": [{"name": "book", "required": True}, {"name": "tone"}],
    },
    {"name": "cover"},
    {"name": "broken"},
    {"name": "empty"},
]


def prompt(params: Message) -> Message:
    said = params.get("arguments") or {}
    text = f"Review {said.get('book')} in a {said.get('tone', 'plain')} tone."
    messages = {
        "review": [
            ("user", {"type": "text", "text": text}),
            ("assistant", {"type": "text", "text": "I shall."}),
        ],
        "cover": [("user", PICTURE), ("user", {"type": "resource", "resource": NOTES})],
        "empty": [],
    }[params["name"]]
    return {"messages": [{"role": role, "content": content} for role, content in messages]}


METHODS: dict[str, Callable[[Message], Message]] = {
    "initialize": handshake,
    "logging/setLevel": set_level,
    "tools/list": tools,
    "tools/call": call,
    "resources/list": resources,
    "resources/templates/list": templates,
    "resources/read": read,
    "prompts/list": lambda params: {"prompts": PROMPTS},
    "prompts/get": prompt,
    "ping": lambda params: {},
}


def take(message: Message) -> None:
    if "id" not in message:
        return
    method = METHODS.get(message["method"])
    if method is None:
        error = {"code": -32601, "message": f"no method {message['method']}"}
        send({"id": message["id"], "error": error})
        return
    if message.get("params", {}).get("name") == "protected" and not TOLD.get("opened"):
        TOLD["opened"] = True  # as if somebody had
        about = {"mode": "url", "url": "https://example.com/key", "message": "A key.", "elicitationId": "1"}
        error = {"code": -32042, "message": "not yet", "data": {"elicitations": [about]}}
        send({"id": message["id"], "error": error})
        return
    try:
        send({"id": message["id"], "result": method(message.get("params", {}))})
    except KeyError as missing:
        send({"id": message["id"], "error": {"code": -32002, "message": f"there is no {missing}"}})


if __name__ == "__main__":
    for line in sys.stdin:
        take(json.loads(line))
