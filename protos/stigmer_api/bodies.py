"""What a server answered, in short: the title and text of a page, the message of a JSON object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

MOST_CHARACTERS: Final = 200
SMALL_CHARACTERS: Final = 80  # JSON that is as short is shown as it is
DEEPEST: Final = 5
MOST_MESSAGES: Final = 3

PAGE = re.compile(r"<(!doctype\s+html|\?xml|html|head|body|title|center|h[1-6])\b", re.IGNORECASE)
PAGE_END = re.compile(r"</html\s*>", re.IGNORECASE)
MESSAGES = ("message", "msg", "error_description", "detail", "description", "reason", "error", "errors")
KINDS = ("code", "status", "type", "error")  # what names the kind of trouble, in one word
# In JSON that was cut, and in a Python dict.
QUOTED = re.compile(
    rf"""["']({"|".join(MESSAGES)})["']\s*:\s*(?:"((?:\\.|[^"\\])+)"|'((?:\\.|[^'\\])+)')""", re.IGNORECASE
)


def in_short(text: str) -> str:
    """The text with a page or a JSON object in it shortened: to a title, to a message.

    What is before it stays, and so does a text without either.
    """
    if page := PAGE.search(text):
        end = PAGE_END.search(text, page.start())
        rest = text[end.end() :].rstrip() if end else ""
        short = page_in_short(text[page.start() : end.end() if end else len(text)])
        return f"{text[: page.start()]}{short}{rest}"
    start = min((at for at in (text.find("{"), text.find("[{")) if at >= 0), default=-1)
    if start < 0 or len(text) - start <= SMALL_CHARACTERS:
        return text
    value, end_at = _json_at(text, start)
    if value is None:
        said = [first or second for _, first, second in QUOTED.findall(text, start)][:MOST_MESSAGES]
        return text[:start] + _bounded("; ".join(dict.fromkeys(said))) if said else text
    short = "; ".join(_messages(value)) or json.dumps(value, ensure_ascii=False)
    return f"{text[:start]}{_bounded(short)}{text[end_at:]}".rstrip()


def page_in_short(page: str) -> str:
    """`502 Bad Gateway: nginx`: its title, and what else it says."""
    from stigmer_api.page_text import title_and_text  # takes milliseconds, and is hardly ever needed

    title, text = title_and_text(page)
    text = text.removeprefix(title).strip()
    return _bounded(f"{title}: {text}" if title and text else title or text) or "(an empty page)"


def _json_at(text: str, start: int) -> tuple[Any, int]:
    try:
        return json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start


def _messages(value: Any) -> list[str]:
    return list(dict.fromkeys(_said(value, DEEPEST)))[:MOST_MESSAGES]


def _said(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, list) and depth:
        for each in value[:MOST_MESSAGES]:
            yield from _said(each, depth - 1)
    if not isinstance(value, dict) or not depth:
        return
    found = [value[name] for name in MESSAGES if value.get(name)]
    said = next((each for each in found if isinstance(each, str)), "")
    if not said:
        for each in found:
            yield from _said(each, depth - 1)
        return
    title = value.get("title")
    if isinstance(title, str) and title and title != said:
        said = f"{title}: {said}"
    yield said + _kind(value, said)


def _kind(value: dict[str, Any], said: str) -> str:
    """`(429, RESOURCE_EXHAUSTED)`; where a field is wrong: `(body.name)`."""
    if isinstance(place := value.get("loc"), list):
        return f" ({'.'.join(map(str, place))})"
    words = [value[name] for name in KINDS if isinstance(value.get(name), str | int)]
    named = [str(word) for word in words if word and str(word) not in said and "://" not in str(word)]
    return f" ({', '.join(dict.fromkeys(named))})" if named else ""


def _bounded(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= MOST_CHARACTERS else f"{flat[: MOST_CHARACTERS - 1]}…"
