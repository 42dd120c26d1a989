"""Which kind of value a type annotation means."""

from __future__ import annotations

import sys
import types
import typing
from typing import Any

from stigmer.errors import DeclarationError
from stigmer.schemas import kinds, standard
from stigmer.schemas.constraints import Constrained, rules_of
from stigmer.schemas.docstrings import described
from stigmer.schemas.kinds import (
    ChoiceKind,
    Definitions,
    Field,
    ListKind,
    MapKind,
    ObjectKind,
    Schema,
    TupleKind,
    UnionKind,
    ValueKind,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stigmer.errors import SourcePlace

TRY = (
    "use str, int, float, bool, None, Literal, an Enum, list, dict, tuple, set, a dataclass, a TypedDict, "
    "datetime, date, UUID, Decimal, Path, bytes, or a pydantic model"
)
SIMPLE = {
    str: ("string", "text", kinds.text),
    bool: ("boolean", "true or false", kinds.truth),
    int: ("integer", "a whole number", kinds.whole),
    float: ("number", "a number", kinds.number),
    type(None): ("null", "null", kinds.nothing),
}
# By their names: `collections.abc` has them, `typing` has them, and both mean the same.
LISTS: dict[str, Callable[[list[Any]], Any]] = {
    **dict.fromkeys(("list", "Sequence", "MutableSequence", "Collection", "Iterable"), list),
    **dict.fromkeys(("set", "Set", "MutableSet"), set),
    "frozenset": frozenset,
}
MAPS = frozenset({"dict", "Mapping", "MutableMapping"})
WRAPPERS = frozenset({"Required", "NotRequired", "ReadOnly", "Final"})


class NoJsonTypeError(Exception):
    """No JSON can be a value of it."""


def schema_of(annotation: Any, where: str, place: SourcePlace | None = None) -> Schema:
    """The JSON Schema of a type. `where` says whose it is, for the error.

    Raises DeclarationError for a type that JSON has no form for.
    """
    return whole_schema(kind_of(annotation, where, place))


def whole_schema(kind: ValueKind) -> Schema:
    """With the definitions that it refers to."""
    definitions = Definitions()
    found = kind.schema(definitions)
    return {**found, "$defs": definitions.found} if definitions.found else found


def kind_of(annotation: Any, where: str, place: SourcePlace | None = None) -> ValueKind:
    """What the type accepts; `kind.take(value, "")` makes JSON a value of it. Raises DeclarationError."""
    try:
        return Reader().kind(annotation)
    except NoJsonTypeError as error:
        raise DeclarationError(f"{where} is {error}, which no JSON can be; {TRY}", place) from None
    except NameError as error:
        raise DeclarationError(unknown_name(where, error), place) from None


def unknown_name(where: str, error: NameError) -> str:
    name = error.name or str(error)
    return (
        f"the type of {where} names {name}, which is not there when the program runs: import it at the top "
        "of the module, outside of `if TYPE_CHECKING`"
    )


class Reader:
    """Reads annotations; a class that contains itself is read once."""

    def __init__(self) -> None:
        self._known: dict[type, ObjectKind] = {}

    def kind(self, annotation: Any) -> ValueKind:
        """Raises NoJsonTypeError, and NameError for a name that is not there."""
        if annotation is Any or annotation is object or isinstance(annotation, typing.TypeVar):
            return ValueKind()
        if annotation is None:
            annotation = type(None)
        if (pydantic := sys.modules.get("pydantic")) is not None and asks_pydantic(annotation, pydantic):
            from stigmer.schemas.models import ModelKind

            try:
                return ModelKind(annotation)
            # It knows no typing.TypedDict before Python 3.12: then the parts are read one by one.
            except pydantic.errors.PydanticUserError as error:
                if typing.get_origin(annotation) is None:
                    raise NoJsonTypeError(f"{shown(annotation)} ({str(error).splitlines()[0]})") from None
        if hasattr(annotation, "__supertype__"):  # NewType
            return self.kind(annotation.__supertype__)
        if type(annotation).__name__ == "TypeAliasType":
            return self.kind(annotation.__value__)
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is None:
            return self._class(annotation)
        return self._generic(annotation, origin, arguments)

    def _generic(self, annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> ValueKind:
        name = getattr(origin, "__name__", None) or getattr(origin, "_name", "") or ""
        if hasattr(annotation, "__metadata__"):
            return self._annotated(arguments[0], annotation.__metadata__)
        if origin is typing.Literal:
            return ChoiceKind([(plain_choice(each), each) for each in arguments])
        if origin is typing.Union or origin is types.UnionType:
            return UnionKind([self.kind(each) for each in arguments])
        if name in WRAPPERS:
            return self.kind(arguments[0])
        if origin is tuple:
            if len(arguments) == 2 and arguments[1] is Ellipsis:
                return ListKind(self.kind(arguments[0]), tuple)
            return TupleKind([self.kind(each) for each in arguments if each != ()])
        if name in LISTS:
            return ListKind(self.kind(arguments[0]), LISTS[name], unique=LISTS[name] in (set, frozenset))
        if name in MAPS:
            return MapKind(self._key(arguments[0]), self.kind(arguments[1]))
        if isinstance(origin, type) and is_fields(origin):
            return self._fields(origin)
        raise NoJsonTypeError(shown(annotation))

    def _annotated(self, annotation: Any, metadata: Iterable[Any]) -> ValueKind:
        metadata = list(metadata)
        description = next((each for each in metadata if isinstance(each, str)), "")
        rules = rules_of(metadata)
        kind = self.kind(annotation)
        return Constrained(kind, description, rules) if description or rules else kind

    def _key(self, annotation: Any) -> ValueKind:
        kind = self.kind(annotation)
        if isinstance(kind, ObjectKind | ListKind | TupleKind | MapKind):
            raise NoJsonTypeError(f"a dict with {shown(annotation)} as keys")
        return kind

    def _class(self, annotation: Any) -> ValueKind:
        if annotation in (list, tuple, set, frozenset):
            return ListKind(ValueKind(), annotation, unique=annotation in (set, frozenset))
        if annotation is dict:
            return MapKind(ValueKind(), ValueKind())
        if not isinstance(annotation, type):
            raise NoJsonTypeError(shown(annotation))
        if annotation in SIMPLE:
            return kinds.SimpleKind(*SIMPLE[annotation])
        if "Enum" in {each.__name__ for each in annotation.__mro__} and hasattr(annotation, "__members__"):
            return ChoiceKind([(plain_choice(each), each) for each in annotation.__members__.values()])
        if is_fields(annotation):
            return self._fields(annotation)
        if (written := standard.kind(annotation)) is not None:
            return written
        raise NoJsonTypeError(shown(annotation))

    def _fields(self, owner: type) -> ValueKind:
        if (known := self._known.get(owner)) is not None:
            return known
        own = owner.__dict__.get("__doc__") or ""
        if own.startswith(f"{owner.__name__}("):  # which dataclasses and NamedTuples give themselves
            own = ""
        description, each = described(own)
        found = self._known[owner] = ObjectKind(owner.__name__, _maker(owner), description=description)
        hints = typing.get_type_hints(owner, include_extras=True)
        for name, required, default in _declared(owner, hints):
            found.fields[name] = Field(
                self.kind(hints[name]), required=required, description=each.get(name, ""), **default
            )
        return found


def is_fields(annotation: type) -> bool:
    """A dataclass, a TypedDict or a NamedTuple."""
    return (
        hasattr(annotation, "__dataclass_fields__")
        or hasattr(annotation, "__total__")
        or (issubclass(annotation, tuple) and hasattr(annotation, "_fields"))
    )


def _maker(owner: type) -> Callable[..., Any]:
    return dict if hasattr(owner, "__total__") else owner


def _declared(owner: type, hints: dict[str, Any]) -> Iterable[tuple[str, bool, dict[str, Any]]]:
    """Name, whether it is required, and its default if there is one."""
    if hasattr(owner, "__dataclass_fields__"):
        missing = sys.modules["dataclasses"].MISSING
        for name, field in owner.__dataclass_fields__.items():
            if not field.init or field._field_type.name != "_FIELD":
                continue
            has_default = field.default is not missing
            required = not has_default and field.default_factory is missing
            yield name, required, {"default": field.default} if has_default else {}
    elif hasattr(owner, "__total__"):
        required_keys: frozenset[str] = getattr(owner, "__required_keys__", frozenset())
        for name, hint in hints.items():
            # Where annotations are text, the class itself has not seen it.
            wrapper = getattr(typing.get_origin(hint), "_name", "")
            required = wrapper == "Required" or (name in required_keys and wrapper != "NotRequired")
            yield name, required, {}
    else:
        defaults: dict[str, Any] = getattr(owner, "_field_defaults", {})
        for name in hints:
            yield name, name not in defaults, {"default": defaults[name]} if name in defaults else {}


def asks_pydantic(annotation: Any, pydantic: Any) -> bool:
    """A model of pydantic is in it, or a Field."""
    if isinstance(annotation, type) and typing.get_origin(annotation) is None:
        marks = ("__get_pydantic_core_schema__", "__pydantic_validator__")  # its dataclasses have one
        return issubclass(annotation, pydantic.BaseModel) or any(hasattr(annotation, mark) for mark in marks)
    metadata = getattr(annotation, "__metadata__", ())
    if any(type(each).__module__.startswith("pydantic") for each in metadata):
        return True
    return any(
        asks_pydantic(each, pydantic)
        for each in typing.get_args(annotation)
        if typing.get_origin(annotation) is not typing.Literal
    )


def plain_choice(member: Any) -> Any:
    value = getattr(member, "value", member)
    if value is None or isinstance(value, str | int | float):
        return value if type(value) in (str, int, float, bool, type(None)) else _base(value)
    raise NoJsonTypeError(f"a choice of {shown(type(value))}")


def _base(value: Any) -> Any:
    return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))


def shown(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
