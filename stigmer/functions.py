"""What can be done with a value of the running workflow: text, numbers, lists, objects."""

from __future__ import annotations

from stigmer.shapes import ENTRIES, GROUPS, LIST, ROW, SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Generic, TypeAlias, TypeVar

    E = TypeVar("E")  # an expression
    By: TypeAlias = str | Callable[[E], object] | None  # a field, a function of one row, or the row itself

    class Parts(Generic[E]):
        """What the functions are made of."""

        def _filter(self, jq: str, gives: str = "") -> E: ...
        def _bound(self, jq: str, *arguments: object) -> E: ...
        def _each(self, jq: str, function: By[E], gives: str = "") -> E: ...
        def _even_absent(self) -> Parts[E]: ...

else:

    class Parts:
        __slots__ = ()

        def __class_getitem__(cls, expression):
            return cls

    E = None


class Functions(Parts[E]):
    """The functions of an expression: `orders.count(…)`. Without the parentheses, it is the field `count`."""

    __slots__ = ()

    # any value

    def length(self) -> E:
        return self._filter("length")

    def default(self, value: object) -> E:
        """`value` where there is nothing (null)."""
        return self._even_absent()._bound("if $__0 == null then $__1 else $__0 end", value)

    def contains(self, item: object) -> E:
        """Like `in`: a part of a text, an item of a list, a key of an object."""
        return self._bound(
            'if ($__0 | type) == "array" then any($__0[]; . == $__1) '
            'elif ($__0 | type) == "object" then ($__0 | has($__1)) '
            "else ($__0 | contains($__1)) end",
            item,
        )

    def exists(self) -> E:
        return self._even_absent()._bound("$__0 != null")

    def text(self) -> E:
        return self._filter("tostring")

    def json(self) -> E:
        return self._filter("tojson")

    def parse_json(self) -> E:
        return self._filter("fromjson")

    # text

    def upper(self) -> E:
        return self._filter("ascii_upcase")

    def lower(self) -> E:
        return self._filter("ascii_downcase")

    def strip(self) -> E:
        return self._filter('gsub("^\\\\s+|\\\\s+$"; "")')

    def split(self, separator: object = " ") -> E:
        return self._bound("($__0 | split($__1))", separator)

    def replace(self, old: object, new: object) -> E:
        return self._bound("($__0 | split($__1) | join($__2))", old, new)

    def startswith(self, start: object) -> E:
        return self._bound("($__0 | startswith($__1))", start)

    def endswith(self, end: object) -> E:
        return self._bound("($__0 | endswith($__1))", end)

    def lines(self) -> E:
        return self._filter('split("\\n")')

    def words(self) -> E:
        return self._filter('[splits("\\\\s+")] | map(select(. != ""))')

    def matches(self, pattern: object) -> E:
        """Is there a place that the regular expression matches?"""
        return self._bound("($__0 | test($__1))", pattern)

    def url_quoted(self) -> E:
        return self._filter("@uri")

    # numbers

    def number(self) -> E:
        return self._filter("tonumber")

    def round(self, digits: int = 0) -> E:
        return self._filter(f"(. * {10**digits} | round) / {10**digits}" if digits else "round")

    def floor(self) -> E:
        return self._filter("floor")

    def ceil(self) -> E:
        return self._filter("ceil")

    def fixed(self, digits: int = 2) -> E:
        """As text with so many decimals: `12.50`."""
        if digits == 0:
            return self._filter("round | tostring")
        return self._filter(
            f"(. * {10**digits} | round) as $__cents | ($__cents | fabs | tostring) as $__digits | "
            f'("0" * ([{digits + 1} - ($__digits | length), 0] | max) // "") + $__digits | '
            f'(if $__cents < 0 then "-" else "" end) + .[:-{digits}] + "." + .[-{digits}:]'
        )

    # lists

    def map(self, function: By[E]) -> E:
        """Each row, as the function makes it: `orders.map(lambda order: order.price * order.quantity)`."""
        return self._each("[%(rows)s[] as %(row)s | %(body)s]", function, LIST)

    def filter(self, function: By[E]) -> E:
        """The rows for which the function holds."""
        return self._each("[%(rows)s[] as %(row)s | if %(body)s then %(row)s else empty end]", function, SAME)

    def sum(self, by: By[E] = None) -> E:
        return self._each("[%(rows)s[] as %(row)s | %(body)s] | add // 0", by)

    def mean(self, by: By[E] = None) -> E:
        """The average; null of an empty list."""
        return self._each(
            "[%(rows)s[] as %(row)s | %(body)s] | if . == [] then null else add / length end", by
        )

    def min(self, by: By[E] = None) -> E:
        """The row with the smallest value; null of an empty list."""
        return self._each(
            "[%(rows)s[] as %(row)s | {key: %(body)s, row: %(row)s}] | min_by(.key) | .row", by, ROW
        )

    def max(self, by: By[E] = None) -> E:
        return self._each(
            "[%(rows)s[] as %(row)s | {key: %(body)s, row: %(row)s}] | max_by(.key) | .row", by, ROW
        )

    def count(self, function: By[E]) -> E:
        """For how many rows does the function hold?"""
        return self._each("[%(rows)s[] as %(row)s | %(body)s | select(.)] | length", function)

    def any(self, function: By[E] = None) -> E:
        return self._each("any(%(rows)s[] as %(row)s | %(body)s; .)", function)

    def all(self, function: By[E] = None) -> E:
        return self._each("all(%(rows)s[] as %(row)s | %(body)s; .)", function)

    def sort(self, by: By[E] = None) -> E:
        return self._each(
            "[%(rows)s[] as %(row)s | {key: %(body)s, row: %(row)s}] | sort_by(.key) | map(.row)", by, SAME
        )

    def group(self, by: By[E]) -> E:
        """`[{"key": …, "rows": […]}, …]`, in the order in which the keys first appear."""
        return self._each(
            "[%(rows)s[] as %(row)s | {key: %(body)s, row: %(row)s}] | to_entries "
            "| group_by(.value.key) | sort_by(.[0].key) "
            "| map({key: .[0].value.key, rows: map(.value.row)})",
            by,
            GROUPS,
        )

    def unique(self) -> E:
        return self._filter("unique", SAME)

    def reverse(self) -> E:
        return self._filter("reverse", SAME)

    def flatten(self) -> E:
        return self._filter("flatten(1)")

    def first(self) -> E:
        return self._filter("first", ROW)

    def last(self) -> E:
        return self._filter("last", ROW)

    def join(self, separator: object = ", ") -> E:
        return self._bound("($__0 | map(tostring) | join($__1))", separator)

    # objects

    def keys(self) -> E:
        return self._filter("keys")

    def values(self) -> E:
        return self._filter("[.[]]")

    def items(self) -> E:
        """`[{"key": …, "value": …}, …]`"""
        return self._filter("to_entries", ENTRIES)

    def merge(self, other: object) -> E:
        """The object with the fields of the other one on top."""
        return self._bound("$__0 + $__1", other)
