"""YAML becomes a message: names as in protobuf's JSON or as in the .proto, and a mistake has a place."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from runcmd.synthesis.documents import DocumentPlace
from stigmer_api.values import set_struct
from stigmer_api.yaml_values import NotJson, as_json

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from yaml.nodes import Node

OPEN = ("google.protobuf.Struct", "google.protobuf.Value")  # what people write there is theirs
BOOLEANS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}


class FieldReader:
    """Fills one message; `places` has where each of its fields stands, by the path of its .proto names."""

    def __init__(self, place_of: Callable[[Node], DocumentPlace]) -> None:
        self.places: dict[str, DocumentPlace] = {}
        self._place_of = place_of

    def fill(self, message: Message, node: Node, path: str = "", skip: frozenset[str] = frozenset()) -> None:
        """`skip`: names at the top that are not ours to read. Raises ProjectError."""
        import yaml

        from stigmer_api.yaml_text import flatten

        if not isinstance(node, yaml.MappingNode):
            known = ", ".join(each.json_name for each in message.DESCRIPTOR.fields)
            self._wrong(node, path, "expected `key: value` lines", f"known keys: {known}")
        flatten(node)
        by_name = {name: each for each in message.DESCRIPTOR.fields for name in (each.json_name, each.name)}
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in skip and not path:
                continue
            field = by_name.get(name)
            whole = f"{path}.{name}" if path else name
            if field is None:
                self._unknown(key, whole, name, by_name)
            if field.name in seen:
                raise self._place_of(key).mistake(f'"{whole}" appears twice', code="E0242", hint="remove one")
            seen.add(field.name)
            self._one_of(message, field, key, whole)
            inner = f"{path}.{field.name}" if path else field.name
            self.places[inner] = self._place_of(key)
            if not _is_null(value):
                self._set(message, field, value, inner)

    def _one_of(self, message: Message, field: Any, key: Node, whole: str) -> None:
        if (group := field.containing_oneof) is None:
            return
        other = message.WhichOneof(group.name)
        if other is not None:
            names = ", ".join(each.json_name for each in group.fields)
            raise self._place_of(key).mistake(
                f'"{whole}" beside "{other}": only one of them can be', code="E0243", hint=f"one of {names}"
            )

    def _set(self, message: Message, field: Any, node: Node, path: str) -> None:
        import yaml

        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            self._fill_map(message, field, node, path)
        elif _repeated(field):
            if not isinstance(node, yaml.SequenceNode):
                self._wrong(node, path, "expected a list", "begin each item with `- `")
            items = getattr(message, field.name)
            for index, item in enumerate(node.value):
                inner = f"{path}[{index}]"
                self.places[inner] = self._place_of(item)
                if field.message_type is not None:
                    self._fill_value(items.add(), item, inner)
                else:
                    items.append(self._scalar(field, item, inner))
        elif field.message_type is not None:
            value = getattr(message, field.name)
            value.SetInParent()
            self._fill_value(value, node, path)
        else:
            setattr(message, field.name, self._scalar(field, node, path))

    def _fill_map(self, message: Message, field: Any, node: Node, path: str) -> None:
        import yaml

        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, path, "expected names with values")
        assert field.message_type is not None, "it is a map"
        entries, value_field = getattr(message, field.name), field.message_type.fields_by_name["value"]
        for key, value in node.value:
            inner = f'{path}["{key.value}"]'
            if str(key.value) in entries:
                raise self._place_of(key).mistake(f'"{camel(path)}" has "{key.value}" twice', code="E0242")
            self.places[inner] = self._place_of(key)
            if value_field.message_type is not None:
                self._fill_value(entries[str(key.value)], value, inner)
            else:
                entries[str(key.value)] = self._scalar(value_field, value, inner)

    def _fill_value(self, message: Message, node: Node, path: str) -> None:
        if message.DESCRIPTOR.full_name not in OPEN:
            self.fill(message, node, path)
            return
        import yaml

        from stigmer_api.yaml_text import constructed

        try:
            value = as_json(constructed(node))
        except (NotJson, yaml.YAMLError) as error:
            self._wrong(node, path, str(error).splitlines()[0], "put it in quotes")
        if message.DESCRIPTOR.name == "Struct":
            if not isinstance(value, dict):
                self._wrong(node, path, "expected `key: value` lines")
            set_struct(message, value)  # type: ignore[arg-type]
        else:
            from google.protobuf.json_format import ParseDict

            ParseDict(value, message)

    def _scalar(self, field: Any, node: Node, path: str) -> Any:
        import yaml

        if not isinstance(node, yaml.ScalarNode) or _is_null(node):
            self._wrong(node, path, f"expected {_expected(field)}")
        text = str(node.value)
        if field.enum_type is not None:
            return self._enum(field.enum_type, node, path)
        if field.type == field.TYPE_STRING:
            return text
        if field.type == field.TYPE_BOOL and text.lower() in BOOLEANS:
            return BOOLEANS[text.lower()]
        try:
            if field.type == field.TYPE_BYTES:
                return base64.b64decode(text, validate=True)
            if field.type in (field.TYPE_DOUBLE, field.TYPE_FLOAT):
                return float(text)
            if field.type != field.TYPE_BOOL and -(2**31) <= (number := int(text)) < 2**31:
                return number
        except ValueError:
            pass
        self._wrong(node, path, f"expected {_expected(field)}")

    def _enum(self, enum: Any, node: Node, path: str) -> int:
        """Its name in any case, also without what all names of it begin with, or its number."""
        text = str(node.value)
        known = _names_of(enum)
        if _plain(text) in known:
            return known[_plain(text)]
        if text.isdecimal() and int(text) in enum.values_by_number:
            return int(text)
        shown = {
            each.number: name.removeprefix(prefix_of(enum)) for name, each in enum.values_by_name.items()
        }
        near = get_close_matches(_plain(text), list(known), n=1)
        names = ", ".join(name for number, name in shown.items() if number)
        hint = f'did you mean "{shown[known[near[0]]]}"?' if near else f"one of {names}"
        self._wrong(node, path, f'"{text}" is not known', hint)

    def _unknown(self, key: Node, whole: str, name: str, known: dict[str, Any]) -> NoReturn:
        names = sorted({each.json_name for each in known.values()})
        near = get_close_matches(name, list(known), n=1, cutoff=0.5) or get_close_matches(
            name.lower(), list(known), n=1
        )
        hint = f'did you mean "{known[near[0]].json_name}"?' if near else f"known keys: {', '.join(names)}"
        raise self._place_of(key).mistake(f'unknown key "{whole}"', code="E0242", hint=hint)

    def _wrong(self, node: Node, path: str, problem: str, hint: str = "") -> NoReturn:
        whole = f'"{camel(path)}": {problem}' if path else problem
        raise self._place_of(node).mistake(whole, code="E0243", hint=hint)


def camel(path: str) -> str:
    """A path of .proto names, as people write it: `spec.subAgents[0].name`. What is in quotes stays."""
    parts = path.split('"')
    parts[::2] = [re.sub(r"_([a-z])", lambda found: found[1].upper(), part) for part in parts[::2]]
    return '"'.join(parts)


def prefix_of(enum: Any) -> str:
    """What the names of its values begin with: `WORKFLOW_TASK_KIND_`."""
    prefix = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", enum.name).upper() + "_"
    return prefix if all(name.startswith(prefix) for name in enum.values_by_name) else ""


def _names_of(enum: Any) -> dict[str, int]:
    """Its numbers by what people may write, without signs and in small letters."""
    named = enum.values_by_name.items()
    whole = {_plain(name): each.number for name, each in named}
    return whole | {_plain(name.removeprefix(prefix_of(enum))): each.number for name, each in named}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _repeated(field: Any) -> bool:
    return bool(field.is_repeated)


def _is_null(node: Node) -> bool:
    return str(node.tag).endswith(":null")


def _expected(field: Any) -> str:
    if field.type == field.TYPE_BOOL:
        return "true or false"
    if field.type == field.TYPE_BYTES:
        return "base64"
    if field.type == field.TYPE_STRING or field.enum_type is not None:
        return "text"
    return "a number" if field.type in (field.TYPE_DOUBLE, field.TYPE_FLOAT) else "a whole number"
