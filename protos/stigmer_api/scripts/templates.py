"""Fills in the `{{ … }}` places of a script's texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Json = Any  # what json.dumps takes

PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'[^']*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>\w[\w-]*)|(?P<sign>[.|(),\[\]]))"""
)


class TemplateError(Exception):
    """A place that cannot be filled in; the text says why."""


def render(template: Json, scope: Mapping[str, Json]) -> Json:
    """Fill in every text inside a value. A text that is one single place becomes that value itself."""
    match template:
        case str():
            return render_text(template, scope)
        case list():
            return [render(item, scope) for item in template]
        case dict():
            return {key: render(value, scope) for key, value in template.items()}
        case _:
            return template


def render_text(template: str, scope: Mapping[str, Json]) -> Json:
    alone = PLACE.fullmatch(template.strip())
    # A greedy single match may span two places: `{{ a }} {{ b }}`.
    if alone and "}}" not in alone[1] and "{{" not in alone[1]:
        return evaluate(alone[1], scope)
    return PLACE.sub(lambda place: as_text(evaluate(place[1], scope)), template)


def as_text(value: Json) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case int() | float() if not isinstance(value, bool):
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def evaluate(expression: str, scope: Mapping[str, Json]) -> Json:
    """`root.field.0 | filter | filter(argument)`."""
    head, *pipeline = split_pipes(tokens(expression), expression)
    missing: TemplateError | None = None
    value: Json = None
    try:
        value = look_up(head, scope, expression)
    except TemplateError as error:
        missing = error
    for name, arguments in (parse_filter(part, expression) for part in pipeline):
        if name == "default":
            value, missing = (arguments[0] if missing or value in (None, "") else value), None
        elif missing is None:
            value = apply_filter(name, value, arguments, expression)
    if missing is not None:
        raise missing
    return value


def tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while expression[at:].strip():
        match = TOKEN.match(expression, at)
        if match is None:
            raise TemplateError(f"cannot read `{expression.strip()}` from `{expression[at:].strip()}` on")
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found


def split_pipes(found: list[tuple[str, str]], expression: str) -> list[list[tuple[str, str]]]:
    parts: list[list[tuple[str, str]]] = [[]]
    for token in found:
        if token == ("sign", "|"):
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts):
        raise TemplateError(f"`{expression.strip()}` has an empty part")
    return parts


def look_up(path: list[tuple[str, str]], scope: Mapping[str, Json], expression: str) -> Json:
    kind, first = path[0]
    if kind in {"text", "number"}:
        return literal(kind, first)
    if first not in scope:
        raise TemplateError(f"there is no `{first}` here; there are {', '.join(sorted(scope))}")
    value, so_far = scope[first], first
    for kind, word in path[1:]:
        if kind == "sign":
            continue
        key = literal(kind, word) if kind == "text" else word
        value = field(value, str(key), so_far)
        so_far = f"{so_far}.{key}"
    return value


def field(value: Json, key: str, where: str) -> Json:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if isinstance(value, list) and re.fullmatch(r"-?\d+", key) and -len(value) <= int(key) < len(value):
        return value[int(key)]
    if value is None:
        raise TemplateError(f"`{where}` is empty, so it has no `{key}`")
    raise TemplateError(f"`{where}` has no `{key}`")


def literal(kind: str, word: str) -> str | float | int:
    if kind == "number":
        return float(word) if "." in word else int(word)
    if word.startswith("'"):
        return word[1:-1]
    try:
        return str(json.loads(word))
    except ValueError:
        # `"\d+"` is no JSON, yet what one writes for a pattern.
        return word[1:-1]


def parse_filter(part: list[tuple[str, str]], expression: str) -> tuple[str, list[Json]]:
    name = part[0][1]
    if name not in FILTERS and name != "default":
        known = ", ".join(sorted({*FILTERS, "default"}))
        raise TemplateError(f"no filter `{name}` in `{expression.strip()}`; there are {known}")
    arguments: list[Json] = [literal(kind, word) for kind, word in part[1:] if kind in {"text", "number"}]
    if name == "default" and not arguments:
        raise TemplateError('the filter `default` needs a value: `default("")`')
    return name, arguments


def apply_filter(name: str, value: Json, arguments: list[Json], expression: str) -> Json:
    try:
        return FILTERS[name](value, *arguments)
    except (TypeError, ValueError, AttributeError, IndexError, re.error) as error:
        raise TemplateError(
            f"the filter `{name}` cannot be used in `{expression.strip()}`: {error}"
        ) from error


def first_lines(value: Json, count: int | None = None) -> Json:
    lines = as_text(value).splitlines()
    return len(lines) if count is None else "\n".join(lines[:count])


def first_words(value: Json, count: int | None = None) -> Json:
    words = as_text(value).split()
    return len(words) if count is None else " ".join(words[:count])


def number(value: Json, decimals: int | None = None) -> str:
    amount = float(value)
    if decimals is None:
        return f"{int(amount):,}" if amount.is_integer() else f"{amount:,}"
    return f"{amount:,.{int(decimals)}f}"


def match(value: Json, pattern: str) -> str:
    found = re.search(pattern, as_text(value), re.MULTILINE)
    return "" if found is None else found[1 if found.re.groups else 0]


def matching(value: Json, pattern: str) -> list[str]:
    return [line for line in as_text(value).splitlines() if re.search(pattern, line)]


def length(value: Json) -> int:
    return len(value) if isinstance(value, str | list | Mapping) else len(as_text(value))


FILTERS: dict[str, Callable[..., Json]] = {
    "first_line": lambda value: (as_text(value).strip().splitlines() or [""])[0],
    "last_line": lambda value: (as_text(value).strip().splitlines() or [""])[-1],
    "lines": first_lines,
    "words": first_words,
    "characters": lambda value, count=None: length(value) if count is None else as_text(value)[:count],
    "matching": matching,
    "match": match,
    "replace": lambda value, old, new: as_text(value).replace(old, new),
    "upper": lambda value: as_text(value).upper(),
    "lower": lambda value: as_text(value).lower(),
    "title": lambda value: as_text(value).title(),
    "trim": lambda value: as_text(value).strip(),
    "length": length,
    "first": lambda value: value[0],
    "last": lambda value: value[-1],
    "join": lambda value, between=", ": between.join(map(as_text, value)),
    "sum": lambda value: sum(float(item) for item in value),
    "plus": lambda value, other: float(value) + other,
    "times": lambda value, other: float(value) * other,
    "number": number,
    "json": lambda value: json.dumps(value, ensure_ascii=False),
    "from_json": lambda value: json.loads(as_text(value)),
}
