"""The body of an HTTP request out of a task's arguments, and a task's result out of the answer's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from stigmerd.process.long_json import dumps, loads
from stigmerd.store.json import Json
from stigmerd.workflow.failure import failed, nested_too_deep

FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    content_type: str
    location: str
    body: bytes


def body_of(arguments: Mapping[str, Json]) -> tuple[dict[str, str], bytes | None]:
    headers = {
        "user-agent": "stigmer",
        **{name.lower(): str(each) for name, each in arguments["headers"].items()},
    }
    body = arguments["body"]
    if body is None or (body == {} and arguments["method"] in ("GET", "DELETE")):
        return headers, None
    if headers.get("content-type", "").startswith(FORM) and isinstance(body, Mapping):
        return headers, urlencode({name: _form_value(each) for name, each in body.items()}).encode()
    headers.setdefault("content-type", "application/json")
    return headers, dumps(body).encode()


def _form_value(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def content_of(answer: Answer) -> Json:
    """JSON of any shape where the server says so; text otherwise; None for nothing."""
    if not answer.body:
        return None
    media = answer.content_type.split(";")[0].strip().lower()
    if media == "application/json" or media.endswith("+json"):
        try:
            return loads(answer.body)
        except RecursionError:
            raise nested_too_deep("the answer") from None
        except ValueError as error:
            raise failed(
                "http", "the answer is not JSON although it says so", str(error), status=502
            ) from None
    return text_of(answer)


def text_of(answer: Answer) -> str:
    charset = "utf-8"
    for parameter in answer.content_type.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset":
            charset = value.strip('"')
    try:
        return answer.body.decode(charset, "replace")
    except LookupError:
        return answer.body.decode("utf-8", "replace")
