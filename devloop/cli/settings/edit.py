"""One value in a YAML text is set or removed; everything else, comments too, stays as it was typed.

A library that writes the whole file anew would also lay it out anew. Here each edit is read again before it
counts: where aliases, anchors or unusual layouts would make it change anything else, it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stigmer_api.yaml_text import composed, loaded

if TYPE_CHECKING:
    from yaml.nodes import Node

Path = tuple[str, ...]
INDENT = 2


class CannotEditError(Exception):
    """The text is laid out in a way that only its author can change."""


def with_value(text: str, path: Path, value: object) -> str:
    """The text with this value there. Raises CannotEditError; yaml.YAMLError for what is no YAML."""
    wanted = _unshared(loaded(text)) or {}
    _put(wanted, path, value)
    return _checked(_set(text, path, value), wanted)


def without(text: str, path: Path) -> str:
    """The text without it, and without the blocks that are empty then. Raises as `with_value`."""
    wanted = _unshared(loaded(text))
    kept = _take(wanted, path)
    return _checked(_remove(text, path[: kept + 1]), wanted or None)


def value_at(values: object, path: Path) -> object:
    """None where there is none."""
    for name in path:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _checked(text: str, wanted: object) -> str:
    import yaml

    try:
        same = (loaded(text) or None) == (wanted or None)
    except yaml.YAMLError:
        same = False
    if not same:
        raise CannotEditError
    return text


def _unshared(values: object) -> Any:
    """A copy in which nothing stands twice, as an alias does."""
    if isinstance(values, dict):
        return {name: _unshared(each) for name, each in values.items()}
    return [_unshared(each) for each in values] if isinstance(values, list) else values


def _put(values: Any, path: Path, value: object) -> None:
    for name in path[:-1]:
        if not isinstance(values, dict):
            raise CannotEditError
        if values.get(name) is None:
            values[name] = {}
        values = values[name]
    if not isinstance(values, dict):
        raise CannotEditError
    values[path[-1]] = value


def _take(values: Any, path: Path) -> int:
    """Removes it with the blocks that are empty then. How many blocks above it are left."""
    above = [values]
    for name in path[:-1]:
        above.append(above[-1][name])
    for at in reversed(range(len(path))):
        del above[at][path[at]]
        if above[at]:
            return at
    return 0


def _set(text: str, path: Path, value: object) -> str:
    node = composed(text)
    if node is None:
        return f"{text}{_new_line(text)}{_lines(path, value, 0)}"
    for at, name in enumerate(path):
        pairs = _pairs(node)
        found = next((each for each in pairs if each[0].value == name), None)
        if found is None:
            return _insert(text, node, path[at:], value)
        if at + 1 < len(path) and found[1].tag.endswith(":null"):
            return _fill(text, found, path[at + 1 :], value)
        node = found[1]
    return _replace(text, node, value)


def _pairs(node: Node) -> list[tuple[Node, Node]]:
    from yaml.nodes import MappingNode

    if not isinstance(node, MappingNode):
        raise CannotEditError
    pairs: list[tuple[Node, Node]] = node.value
    return pairs


def _insert(text: str, node: Node, path: Path, value: object) -> str:
    """After the last pair of a mapping."""
    pairs = _pairs(node)
    if getattr(node, "flow_style", False):
        at = node.start_mark.index + 1
        return f"{text[:at]}{_flow(path, value)}{', ' if pairs else ''}{text[at:]}"
    at = _end_of_line(text, _end(node))
    lines = _lines(path, value, pairs[0][0].start_mark.column)
    return f"{text[:at]}{_new_line(text[:at])}{lines}{text[at:]}"


def _fill(text: str, pair: tuple[Node, Node], path: Path, value: object) -> str:
    """A block with nothing in it yet: `backend:`, or `backend: null`."""
    key, nothing = pair
    start, end = nothing.start_mark.index, nothing.end_mark.index
    text = text[:start].rstrip(" ") + text[end:] if end > start else text
    at = _end_of_line(text, start)
    lines = _lines(path, value, key.start_mark.column + INDENT)
    return f"{text[:at]}{_new_line(text[:at])}{lines}{text[at:]}"


def _replace(text: str, node: Node, value: object) -> str:
    from yaml.nodes import SequenceNode

    start, end = node.start_mark.index, _end(node)
    written = _scalar(value)
    if isinstance(value, list) and isinstance(node, SequenceNode) and not node.flow_style:
        between = "\n" + " " * node.start_mark.column
        written = between.join(f"- {_scalar(each)}" for each in value)
    if start == end:  # `type:` and nothing after it
        return f"{text[:start]} {written}{text[start:]}"
    if text[start:end].endswith("\n"):
        written += "\n"
    return f"{text[:start]}{written}{text[end:]}"


def _remove(text: str, path: Path) -> str:
    node = composed(text)
    parent: Node | None = None
    for name in path:
        if node is None:
            raise CannotEditError
        parent = node
        key, node = next(each for each in _pairs(node) if each[0].value == name)
    if node is None or parent is None:
        raise CannotEditError
    start, end = key.start_mark.index, _end(node)
    if getattr(parent, "flow_style", False):
        after = text[end:].lstrip()
        if after.startswith(","):
            return text[:start] + after[1:].lstrip()
        return text[:start].rstrip().removesuffix(",") + text[end:]
    line = text.rfind("\n", 0, start) + 1
    return text[:line] + text[_end_of_line(text, end) :]


def _end(node: Node) -> int:
    """Where its own text ends: the parser counts the comments below a block as part of it."""
    from yaml.nodes import CollectionNode

    end: int = node.end_mark.index
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return end
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _end_of_line(text: str, at: int) -> int:
    """The start of the next line."""
    if at and text[at - 1] == "\n":
        return at
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _new_line(before: str) -> str:
    return "" if not before or before.endswith("\n") else "\n"


def _lines(path: Path, value: object, indent: int) -> str:
    *blocks, name = path
    lines = [f"{' ' * (indent + INDENT * at)}{block}:\n" for at, block in enumerate(blocks)]
    return "".join(lines) + f"{' ' * (indent + INDENT * len(blocks))}{name}: {_scalar(value)}\n"


def _flow(path: Path, value: object) -> str:
    written = _scalar(value)
    for name in reversed(path[1:]):
        written = f"{{{name}: {written}}}"
    return f"{path[0]}: {written}"


def _scalar(value: object) -> str:
    """As it can stand anywhere, on one line."""
    import yaml

    whole = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=float("inf"))
    return whole.strip().removeprefix("[").removesuffix("]")
