"""What a declared type accepts: its JSON Schema, and the value that JSON becomes."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from stigmer.schemas.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHOWN = 60  # characters of a value in an error
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")

Schema = dict[str, Any]


class WrongValueError(ValueError):
    """Says where in the value, and what it must be."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path.lstrip('.')}: {reason}" if path else reason)
        self.reason = reason


class Definitions:
    """The types that contain themselves: each stands once, under `$defs`."""

    def __init__(self) -> None:
        self.open: list[ValueKind] = []
        self.again: list[ValueKind] = []
        self.found: Schema = {}


class ValueKind:
    """One declared type. This one accepts everything."""

    word = "anything"

    def schema(self, definitions: Definitions) -> Schema:
        """As JSON Schema, draft 2020-12."""
        return {}

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        """`strict`: only what is of this type already. Raises WrongValueError."""
        return value

    def refuse(self, value: Any, path: str) -> WrongValueError:
        return WrongValueError(path, f"must be {self.word}, not {shown(value)}")


class SimpleKind(ValueKind):
    """A type of JSON itself."""

    def __init__(self, name: str, word: str, accept: Callable[[Any, bool], Any]) -> None:
        self.word = word
        self._name = name
        self._accept = accept  # raises ValueError

    def schema(self, definitions: Definitions) -> Schema:
        return {"type": self._name}

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        try:
            return self._accept(value, strict)
        except (ValueError, OverflowError):
            raise self.refuse(value, path) from None


class TextKind(ValueKind):
    """What JSON has as text: a date, say."""

    def __init__(self, word: str, read: Callable[[Any], Any], schema: Schema) -> None:
        self.word = word
        self._read = read
        self._schema = schema

    def schema(self, definitions: Definitions) -> Schema:
        return dict(self._schema)

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        try:
            return self._read(value)
        except (ValueError, TypeError, ArithmeticError):
            raise self.refuse(value, path) from None


class ChoiceKind(ValueKind):
    """One of some values: a Literal, an Enum."""

    def __init__(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Of what JSON has, and what it becomes."""
        self._pairs = pairs
        written = ", ".join(json.dumps(each, ensure_ascii=False) for each, _ in pairs)
        self.word = f"one of {written}"

    def schema(self, definitions: Definitions) -> Schema:
        written = [each for each, _ in self._pairs]
        names = {type_name(each) for each in written}
        return {"enum": written, **({"type": names.pop()} if len(names) == 1 else {})}

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        for written, meant in self._pairs:
            if type(written) is type(value) and written == value:
                return meant
        raise self.refuse(value, path)


class UnionKind(ValueKind):
    """A Union; what fits as it is comes before what can be converted."""

    def __init__(self, members: Sequence[ValueKind]) -> None:
        self._members = members
        self.word = " or ".join(dict.fromkeys(each.word for each in members))

    def schema(self, definitions: Definitions) -> Schema:
        return {"anyOf": [each.schema(definitions) for each in self._members]}

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        inner: list[WrongValueError] = []
        for exact in (True, False) if not strict else (True,):
            inner.clear()
            for member in self._members:
                try:
                    return member.take(value, path, strict=exact)
                except WrongValueError as error:
                    inner.append(error)
        # What is wrong inside of an object says more than that it fits none.
        deep = [error for error in inner if not error.reason.startswith("must be ")]
        raise deep[0] if len(deep) == 1 else self.refuse(value, path)


class ListKind(ValueKind):
    """A list, a set, or a tuple of any length."""

    word = "a list"

    def __init__(self, item: ValueKind, make: Callable[[list[Any]], Any], *, unique: bool = False) -> None:
        self._item, self._make, self._unique = item, make, unique

    def schema(self, definitions: Definitions) -> Schema:
        items = self._item.schema(definitions)
        return {"type": "array", "items": items, **({"uniqueItems": True} if self._unique else {})}

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        if not isinstance(value, list):
            raise self.refuse(value, path)
        return self._make(
            [self._item.take(each, f"{path}[{at}]", strict=strict) for at, each in enumerate(value)]
        )


class TupleKind(ValueKind):
    """A tuple with a type for each place."""

    def __init__(self, items: Sequence[ValueKind]) -> None:
        self._items = items
        self.word = f"a list of {len(items)}"

    def schema(self, definitions: Definitions) -> Schema:
        many = len(self._items)
        items = [each.schema(definitions) for each in self._items]
        return {"type": "array", "prefixItems": items, "minItems": many, "maxItems": many}

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        if not isinstance(value, list) or len(value) != len(self._items):
            raise self.refuse(value, path)
        pairs = zip(self._items, value, strict=True)
        return tuple(kind.take(each, f"{path}[{at}]", strict=strict) for at, (kind, each) in enumerate(pairs))


class MapKind(ValueKind):
    """A dict with keys of one type and values of one type."""

    word = "an object"

    def __init__(self, key: ValueKind, value: ValueKind) -> None:
        self._key, self._value = key, value

    def schema(self, definitions: Definitions) -> Schema:
        values = self._value.schema(definitions)
        return {"type": "object", "additionalProperties": values or True}

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        if not isinstance(value, dict):
            raise self.refuse(value, path)
        return {
            # Keys are text in JSON, whatever they stand for.
            self._key.take(name, f"{path}.{name}"): self._value.take(each, f"{path}.{name}", strict=strict)
            for name, each in value.items()
        }


class Field:
    """One of an object's."""

    def __init__(
        self, kind: ValueKind, *, required: bool = True, description: str = "", **default: Any
    ) -> None:
        """`default=`: what it is when it is left out, if that can be shown."""
        self.kind = kind
        self.required = required
        self._description = description
        self._default = default

    def schema(self, definitions: Definitions) -> Schema:
        found = self.kind.schema(definitions)
        if self._description and "description" not in found:
            found["description"] = self._description
        if "default" in self._default:
            try:
                found["default"] = plain(self._default["default"])
                json.dumps(found["default"], allow_nan=False)
            except ValueError:
                del found["default"]  # no model needs to see it
        return found


class ObjectKind(ValueKind):
    """An object with known fields: a dataclass, a TypedDict, the parameters of a function."""

    word = "an object"

    def __init__(
        self, name: str, make: Callable[..., Any], *, description: str = "", closed: bool = False
    ) -> None:
        """`closed`: other fields are refused."""
        self.name = name
        self.fields: dict[str, Field] = {}
        self._make, self._description, self._closed = make, description, closed

    def schema(self, definitions: Definitions) -> Schema:
        reference = {"$ref": f"#/$defs/{self.name}"}
        if self in definitions.open:
            definitions.again.append(self)
            return reference
        definitions.open.append(self)
        found: Schema = {
            "type": "object",
            "properties": {name: field.schema(definitions) for name, field in self.fields.items()},
        }
        definitions.open.remove(self)
        if required := [name for name, field in self.fields.items() if field.required]:
            found["required"] = required
        if self._closed:
            found["additionalProperties"] = False
        if self._description:
            found["description"] = self._description
        if self not in definitions.again:
            return found
        definitions.found[self.name] = found
        return reference

    def take(self, value: Any, path: str, *, strict: bool = False) -> Any:
        if not isinstance(value, dict):
            raise self.refuse(value, path)
        if missing := [name for name, field in self.fields.items() if field.required and name not in value]:
            raise WrongValueError(f"{path}.{missing[0]}", "is missing")
        if self._closed and (unknown := [name for name in value if name not in self.fields]):
            has = ", ".join(self.fields) or "none"
            raise WrongValueError(f"{path}.{unknown[0]}", f"is not known; there is {has}")
        taken = {
            name: field.kind.take(value[name], f"{path}.{name}", strict=strict)
            for name, field in self.fields.items()
            if name in value
        }
        try:
            return self._make(**taken)
        except (ValueError, TypeError) as error:  # of the program's own checks
            raise WrongValueError(path, f"cannot be: {error}") from error


def type_name(value: object) -> str:
    """What JSON Schema calls the type of a value."""
    names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return names.get(type(value), "object")


def shown(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError):
        text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def whole(value: Any, strict: bool) -> int:
    """3, and what a model may write for it: 3.0, "3"."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not strict and isinstance(value, float) and value.is_integer():
        return int(value)
    if not strict and isinstance(value, str):
        return int(value)
    raise ValueError(value)


def number(value: Any, strict: bool) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not strict and isinstance(value, str) and math.isfinite(found := float(value)):
        return found
    raise ValueError(value)


def truth(value: Any, strict: bool) -> bool:
    if isinstance(value, bool):
        return value
    if not strict and isinstance(value, str) and value.strip().lower() in (*TRUE, *FALSE):
        return value.strip().lower() in TRUE
    raise ValueError(value)


def text(value: Any, strict: bool) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(value)


def nothing(value: Any, strict: bool) -> None:
    if value is not None:
        raise ValueError(value)
