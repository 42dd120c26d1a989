"""What is known of a value before any workflow runs: the fields that it can have, as deep as that goes."""

from __future__ import annotations

from stigmer import text
from stigmer.data import quoted
from stigmer.errors import did_you_mean, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

# What a function of an expression gives: a list of what its body gives, the value itself, one of its rows, …
LIST, SAME, ROW, GROUPS, ENTRIES = "list", "same", "row", "groups", "entries"
MOST_LISTED = 8  # fields, where none is near


class Shape:
    """Of a text or a number, which has no fields. Where None stands for a shape, nothing is known."""

    __slots__ = ()

    def has(self, name: str) -> bool:
        """May it have the field?"""
        return False

    def names(self) -> Collection[str]:
        """The fields that it may have, when `has` said that it has not just any."""
        return ()

    def at(self, name: str) -> Shape | None:
        """What a field is."""
        return None

    def row(self) -> Shape | None:
        """What each row is, of a list."""
        return None

    def wrote(self, name: str) -> bool:
        """Is such a field in what was written down? The program may have changed its dict since."""
        return False

    def advice(self, name: str) -> str:
        """What to write instead of a field that it does not have."""
        return ": it is text or a number"


PLAIN = Shape()


class KnownFields(Shape):
    """An object with these fields; `written`: its texts in the configuration of a task."""

    __slots__ = ("given", "written")

    def __init__(self, given: Mapping[str, object], written: Iterable[str] = ()) -> None:
        self.given = given
        self.written = written

    def has(self, name: str) -> bool:
        return name in self.given

    def names(self) -> Collection[str]:
        return self.given

    def at(self, name: str) -> Shape | None:
        return shape_of(self.given.get(name), self.written)

    def wrote(self, name: str) -> bool:
        return _is_in(self.written, name)

    def advice(self, name: str) -> str:
        return nearest(name, self.given)


class ListOf(Shape):
    """A list with rows of one shape."""

    __slots__ = ("_row",)

    def __init__(self, row: Shape | None) -> None:
        self._row = row

    def row(self) -> Shape | None:
        return self._row

    def advice(self, name: str) -> str:
        return f': it is a list; .map("{name}") asks each row'


class AnyOf(Shape):
    """One of several values, which are looked at when somebody asks: a list may have many rows."""

    __slots__ = ("_find", "_written")

    def __init__(self, find: Callable[[], Sequence[object]], written: Iterable[str] = ()) -> None:
        self._find = find
        self._written = written

    def has(self, name: str) -> bool:
        values = self._find()
        for value in values:
            # Rows are dicts, most often, and the first one has it.
            if name in value if type(value) is dict else _has(value, name):
                return True
        return not values

    def names(self) -> Collection[str]:
        shapes = filter(None, map(shape_of, self._find()))
        return dict.fromkeys(name for shape in shapes for name in shape.names())

    def at(self, name: str) -> Shape | None:
        return AnyOf(
            lambda: [_field(value, name) for value in self._find() if _has(value, name)], self._written
        )

    def row(self) -> Shape | None:
        return AnyOf(lambda: [_row(value) for value in self._find()], self._written)

    def wrote(self, name: str) -> bool:
        return _is_in(self._written, name)

    def advice(self, name: str) -> str:
        values = self._find()
        only = shape_of(values[0]) if len(values) == 1 else None
        return only.advice(name) if only is not None else nearest(name, self.names())


def later(find: Callable[[], Shape | None]) -> Shape:
    """What is known only when it is asked for: the tasks of a block are declared after the block."""
    return AnyOf(lambda: [find()])


def shape_of(value: object, written: Iterable[str] = ()) -> Shape | None:
    """Of data that the program has, or of an expression."""
    kind = type(value)
    if kind is dict:
        return KnownFields(value, written)  # type: ignore[arg-type]
    if kind is str:
        return None if text.OPEN in value else PLAIN  # type: ignore[operator]
    match value:
        case Shape():
            return value
        case None:
            return None
        case bool() | int() | float():
            return PLAIN
        case str():
            return None if text.OPEN in value else PLAIN
        case dict():
            return KnownFields(value, written)
        case list() | tuple():
            return ListOf(AnyOf(lambda: value, written))
        case type():
            return PLAIN if value in (str, int, float, bool) else None
    return getattr(value, "_shape", None)


def either(shapes: Sequence[Shape | None]) -> Shape | None:
    """One of these; unknown if one of them is."""
    return None if any(shape is None for shape in shapes) else AnyOf(lambda: shapes)


def given(gives: str, shape: Shape | None, body: Shape | None = None) -> Shape | None:
    """What a function gives for a value of this shape; `body`: what its own function gives for a row."""
    match gives:
        case "list":
            return ListOf(body)
        case "same":
            return shape
        case "row":
            return shape.row() if shape is not None else None
        case "groups":
            return ListOf(
                KnownFields({"key": body, "rows": ListOf(shape.row() if shape is not None else None)})
            )
        case "entries":
            return ListOf(KnownFields({"key": PLAIN, "value": None}))
    return None


def _has(value: object, name: str) -> bool:
    shape = shape_of(value)
    return shape is None or shape.has(name)


def _field(value: object, name: str) -> object:
    shape = shape_of(value)
    return shape.at(name) if shape is not None else None


def _row(value: object) -> object:
    shape = shape_of(value)
    return shape.row() if shape is not None else None


def _is_in(written: Iterable[str], name: str) -> bool:
    return any(f"{quoted(name)}:" in each for each in written)


def nearest(name: str, known: Collection[str]) -> str:
    """For a hint: the nearest of these, or all of them if none is near."""
    hint = did_you_mean(name, known)
    if hint or not known:
        return hint
    more = ", …" if len(known) > MOST_LISTED else ""
    return f"; it has {listed(list(known)[:MOST_LISTED])}{more}"
