"""Values as jq programs: data as JSON, expressions in their place, also inside of texts."""

from __future__ import annotations

from stigmer import project, text
from stigmer.data import check_key, no_data, number, quoted
from stigmer.errors import DeclarationError
from stigmer.shapes import shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stigmer.interfaces import Need
    from stigmer.shapes import Shape

NOTHING: frozenset[Need] = frozenset()


class JqCode:
    """A jq program, and what it needs to have a value."""

    __slots__ = ("_jq", "_loose", "_needs", "_shape")

    _jq: str
    _loose: bool  # has an operator outside of parentheses
    _needs: frozenset[Need]
    _shape: Shape | None  # what is known of the value

    def __init__(
        self, jq: str, *, loose: bool = False, needs: frozenset[Need] = NOTHING, shape: Shape | None = None
    ) -> None:
        self._jq = jq
        self._loose = loose
        self._needs = needs
        self._shape = shape

    def _written_out(self) -> str:
        """As a place in a text."""
        return f"${{ {self._jq} }}"

    def _operand(self) -> str:
        return f"({self._jq})" if self._loose else self._jq


class Literal:
    """Text or data that is taken as it is, even where it looks like an expression."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        return f"literal({self._value!r})"


def literal(value: object) -> Literal:
    """Take text or data as it is: a `${` in it is no expression.

    Example:
        ```python
        manual = Workflow("manual")
        manual.set("answer", text=literal("write ${ .name } for the name"))
        # output: {"text": "write ${ .name } for the name"}
        ```
    """
    return Literal(value)


def jq_code(value: object) -> JqCode:
    """Any value as jq: expressions as they are, data as JSON, expressions inside data in their place."""
    match value:
        case JqCode():
            return value
        case Literal():
            return _plain(value._value)
        case None | bool():
            return JqCode({None: "null", True: "true", False: "false"}[value])
        case int() | float():
            return JqCode(number(value), loose=value < 0)
        case str():
            return _interpolated(value)
        case list() | tuple():
            items = [jq_code(item) for item in value]
            listing = ", ".join(item._operand() for item in items)
            return _data(f"[{listing}]", value, items)
        case dict():
            fields = [(check_key(key), jq_code(item)) for key, item in value.items()]
            entries = ", ".join(f"{quoted(key)}: {item._operand()}" for key, item in fields)
            return _data("{" + entries + "}", value, [item for _, item in fields])
        case _:
            raise DeclarationError(no_data(value))


def needs_of(place: str) -> list[frozenset[Need]]:
    """What a `${ … }` place in a text may need: one of these, the newest first. None: written by hand."""
    return project.current().written.get(place, [])[::-1]


def _plain(value: object) -> JqCode:
    match value:
        case str():
            return JqCode(quoted(value))
        case list() | tuple():
            return JqCode("[" + ", ".join(_plain(item)._jq for item in value) + "]")
        case dict():
            return JqCode(_object({check_key(key): _plain(item)._jq for key, item in value.items()}))
        case _:
            return jq_code(value)


def _object(fields: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(key)}: {value}" for key, value in fields.items()) + "}"


def _interpolated(value: str) -> JqCode:
    """Text with expressions that an f-string has put into it; other `${` are data."""
    written = project.current().written
    pieces = [(piece, place and piece in written) for piece, place in text.parts(value)]
    if not any(place for _, place in pieces):
        return JqCode(quoted(value))
    needs = NOTHING.union(*(written[piece][-1] for piece, place in pieces if place))
    if len(pieces) == 1:
        return JqCode(text.inside(value), loose=True, needs=needs)
    # Not "\( … )": readers of `${ … }` lose count of quotes inside quotes.
    terms = [f"({text.inside(piece)} | tostring)" if place else quoted(piece) for piece, place in pieces]
    return JqCode(" + ".join(terms), loose=True, needs=needs)


def mentions(value: str) -> bool:
    written = project.current().written
    return any(place and piece in written for piece, place in text.parts(value))


def _data(jq: str, value: object, items: Iterable[JqCode]) -> JqCode:
    needs = NOTHING.union(*(item._needs for item in items))
    return JqCode(jq, needs=needs, shape=shape_of(value, (jq,)))
