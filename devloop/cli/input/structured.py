"""JSON and YAML that people wrote, as JSON values, or the place of a mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from runcmd.errors import UsageError
from stigmer_api.yaml_values import NotJson, as_json

if TYPE_CHECKING:
    from yaml.nodes import Node

Json = Any
MOST_LEVELS = 100


def parse_json(text: str, source: str, *, hint: str = "") -> Json:
    """Raises UsageError with line and column; also for a name that is there twice, and for NaN."""
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = (
            f"{source}:{error.lineno}:{error.colno}" if "\n" in text else f"{source}: column {error.colno}"
        )
        raise UsageError(f"{place}: {_lower(error.msg)}", code="E0130", hint=hint) from error
    except _Twice as error:
        raise UsageError(f'{source}: "{error}" is there twice', code="E0130", hint="remove one") from error
    except RecursionError:
        raise _too_deep(source) from None
    except ValueError as error:  # NaN, or a number of 5,000 digits
        raise UsageError(f"{source}: {error}", code="E0130", hint="put it in quotes") from error
    return _checked(value, source)


def parse_yaml(text: str, source: str) -> Json:
    """The first and only document. Raises UsageError with line and column."""
    import yaml

    from stigmer_api.yaml_text import composed, loaded, slip

    try:
        _refuse_twice(composed(text), source)
        value = loaded(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        problem = error.problem or "not YAML"
        raise UsageError(f"{place}: {problem}", code="E0130", hint=slip(problem)) from error
    except yaml.YAMLError as error:
        raise UsageError(f"{source}: {str(error).splitlines()[0]}", code="E0130") from error
    try:
        return _checked(as_json(value), source)
    except NotJson as error:
        raise UsageError(f"{source}: {error}", code="E0130", hint="put it in quotes") from error


class _Twice(Exception):  # noqa: N818
    """A name that is there twice."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for name, value in pairs:
        if name in result:
            raise _Twice(name)
        result[name] = value
    return result


def _no_number(text: str) -> Json:
    raise ValueError(f"{text} is no JSON number")


def _refuse_twice(root: Node | None, source: str) -> None:
    for node in _mappings(root):
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                continue
            if key.value in seen:
                place = f"{source}:{key.start_mark.line + 1}:{key.start_mark.column + 1}"
                raise UsageError(f'{place}: "{key.value}" is there twice', code="E0130", hint="remove one")
            seen.add(key.value)


def _mappings(root: Node | None) -> Iterator[Any]:
    import yaml

    ahead: list[Any] = [root]
    known: set[int] = set()
    while ahead:
        node = ahead.pop()
        if id(node) in known:
            continue  # an alias
        known.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            ahead += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            ahead += node.value


def _checked(value: Json, source: str) -> Json:
    """Not deeper than a workflow takes it, and text only."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MOST_LEVELS:
            raise _too_deep(source)
        level = [
            each
            for container in level
            if isinstance(container, dict | list)
            for each in (container.values() if isinstance(container, dict) else container)
        ]
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UsageError(f"{source}: an escape stands for no character", code="E0130") from None
    return value


def _too_deep(source: str) -> UsageError:
    return UsageError(f"{source}: nested deeper than {MOST_LEVELS} levels", code="E0130")


def _lower(text: str) -> str:
    """`Expecting value` in a sentence of ours."""
    return text[:1].lower() + text[1:]
