"""Values that exist only when a workflow runs, written like Python and turned into jq programs."""

from __future__ import annotations

from stigmer import project, text
from stigmer.data import quoted
from stigmer.errors import DeclarationError, declares, did_you_mean, here
from stigmer.functions import Functions
from stigmer.jq_code import JqCode, jq_code, mentions
from stigmer.shapes import either, given, shape_of
from stigmer.written_program import WrittenProgram
from stigmer.wrong_field import WrongField

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn, TypeAlias

    from stigmer.flow import Flow
    from stigmer.shapes import Shape


TAKEN_VARIABLES = frozenset(("ENV", "context", "data", "env", "input", "output"))

_parameters: list[str] = []


if TYPE_CHECKING:
    Methods: TypeAlias = Functions["Expr"]  # for editors and type checkers
else:
    Methods = object  # here, a name is a field until it is called


class Expr(JqCode, Methods):
    """A value of the running workflow: a field, a comparison, a sum. In an f-string it becomes `${ … }`.

    It is written as ordinary Python and has no value while the program runs, so `if`, `for`, `len()` and
    `in` raise DeclarationError, and say what to use instead.

    Example:
        ```python
        order = Workflow("order")
        net: Expr = order.input.price * order.input.quantity
        order.set("bill", net=net, text=f"{order.input.item}: {net:.2f}", large=(net > 100) & (net < 500))
        # input: {"item": "tea", "price": 2.5, "quantity": 4}
        # output: {"net": 10, "text": "tea: 10.00", "large": false}
        ```
    """

    __slots__ = ()

    # fields and items

    def __getattr__(self, name: str) -> Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Member(self, name)

    def __getitem__(self, key: object) -> Expr:
        owner = f"({self._jq})" if self._loose else self._jq
        if isinstance(key, str) and not mentions(key):
            plain = key.isidentifier() and key.isascii()
            dot = "" if owner == "." else "."
            return self._field(key, f"{owner}{dot}{key}" if plain else f"{owner}[{quoted(key)}]")
        if isinstance(key, slice):
            if key.step is not None:
                raise DeclarationError("a slice of an expression has a start and an end, but no step")
            ends = [jq_code(end) if end is not None else None for end in (key.start, key.stop)]
            first, last = (end._jq if end is not None else "" for end in ends)
            sliced = f"{owner}[{first}:{last}]"
            return self._new(sliced, *(end for end in ends if end is not None), shape=self._shape)
        index = jq_code(key)
        return self._new(f"{owner}[{index._jq}]", index, shape=self._row() if type(key) is int else None)

    # comparisons, arithmetic, logic

    def __eq__(self, other: object) -> Expr:  # type: ignore[override]
        return self._binary("==", other)

    def __ne__(self, other: object) -> Expr:  # type: ignore[override]
        return self._binary("!=", other)

    def __lt__(self, other: object) -> Expr:
        return self._binary("<", other)

    def __le__(self, other: object) -> Expr:
        return self._binary("<=", other)

    def __gt__(self, other: object) -> Expr:
        return self._binary(">", other)

    def __ge__(self, other: object) -> Expr:
        return self._binary(">=", other)

    def __and__(self, other: object) -> Expr:
        return self._binary("and", other)

    def __or__(self, other: object) -> Expr:
        return self._binary("or", other)

    def __rand__(self, other: object) -> Expr:
        return expression(other)._binary("and", self)

    def __ror__(self, other: object) -> Expr:
        return expression(other)._binary("or", self)

    def __invert__(self) -> Expr:
        return self._filter("not")

    def __add__(self, other: object) -> Expr:
        return self._binary("+", other)

    def __sub__(self, other: object) -> Expr:
        return self._binary("-", other)

    def __mul__(self, other: object) -> Expr:
        return self._binary("*", other)

    def __truediv__(self, other: object) -> Expr:
        return self._binary("/", other)

    def __floordiv__(self, other: object) -> Expr:
        return (self / other)._filter("floor")

    def __mod__(self, other: object) -> Expr:
        return self._binary("%", other)

    def __pow__(self, other: object) -> Expr:
        exponent = jq_code(other)
        return self._new(f"pow({self._jq}; {exponent._jq})", exponent)

    def __radd__(self, other: object) -> Expr:
        return expression(other) + self

    def __rsub__(self, other: object) -> Expr:
        return expression(other) - self

    def __rmul__(self, other: object) -> Expr:
        return expression(other) * self

    def __rtruediv__(self, other: object) -> Expr:
        return expression(other) / self

    def __rfloordiv__(self, other: object) -> Expr:
        return expression(other) // self

    def __rmod__(self, other: object) -> Expr:
        return expression(other) % self

    def __neg__(self) -> Expr:
        return self._binary("*", -1)

    def __abs__(self) -> Expr:
        return self._filter("fabs")

    def __round__(self, digits: int | None = None) -> Expr:
        return self.round(digits or 0)

    # as text

    def __str__(self) -> str:
        place = self._written_out()
        alternatives = project.current().written.setdefault(place, [])
        if self._needs not in alternatives:
            alternatives.append(self._needs)
        return place

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        digits = spec.removeprefix(".").removesuffix("f")
        if spec != f".{digits}f" or not digits.isdigit():
            raise DeclarationError(
                f'an expression, whose value is not known yet, can be formatted like ":.2f", not ":{spec}"'
            )
        return str(self.fixed(int(digits)))

    def __repr__(self) -> str:
        return f"<expression {self._jq}>"

    def __hash__(self) -> int:
        return hash(self._jq)

    # what Python would want to know now, but only the running workflow will

    def __bool__(self) -> NoReturn:
        raise self._unknown(
            "is not true or false", "combine with & | ~, decide with wf.switch() or if_else()"
        )

    def __iter__(self) -> Iterator[Expr]:
        raise self._unknown("cannot be looped over", "use wf.for_each(), or .map() and .filter()")

    def __len__(self) -> NoReturn:
        raise self._unknown("has no length", "use .length()")

    def __contains__(self, item: object) -> NoReturn:
        raise self._unknown("cannot be searched with `in`", "use .contains()")

    def __int__(self) -> NoReturn:
        raise self._unknown("is not a number", "use .number() or .floor()")

    def __float__(self) -> NoReturn:
        raise self._unknown("is not a number", "use .number()")

    def __index__(self) -> NoReturn:
        raise self._unknown("is not a number", "use .number()")

    def __call__(self, *args: object, **kwargs: object) -> NoReturn:
        raise self._unknown("is not a function that can be called", "leave out the parentheses")

    def _unknown(self, what: str, instead: str) -> DeclarationError:
        return DeclarationError(
            f"{self._written_out()} {what} while this program runs: "
            f"its value exists only in the running workflow; {instead}"
        )

    # how expressions are put together

    def _new(self, jq: str, *others: JqCode, loose: bool = False, shape: Shape | None = None) -> Expr:
        needs = self._needs.union(*(other._needs for other in others))
        return Expr(jq, loose=loose, needs=needs, shape=shape)

    def _field(self, name: str, jq: str) -> Expr:
        shape = self._shape
        if shape is None:
            return self._new(jq)
        if shape.has(name):
            return self._new(jq, shape=shape.at(name))
        # `rows.sum` is most often on its way to `rows.sum(…)`, and to find the line takes time.
        wrong = WrongField(self._jq, name, shape, None if name in vars(Functions) else here())
        return Expr(jq, needs=self._needs | {wrong})

    def _row(self) -> Shape | None:
        return self._shape.row() if self._shape is not None else None

    def _even_absent(self) -> Expr:
        """For what asks whether there is a field: the same, and a field that cannot be is no mistake."""
        needs = frozenset(need for need in self._needs if not isinstance(need, WrongField))
        return Expr(self._jq, loose=self._loose, needs=needs, shape=self._shape)

    def _binary(self, operator: str, other: object) -> Expr:
        right = jq_code(other)
        left = self._even_absent() if other is None else self
        return left._new(f"{left._operand()} {operator} {right._operand()}", right, loose=True)

    def _filter(self, jq: str, gives: str = "") -> Expr:
        return self._new(f"({self._operand()} | {jq})", shape=given(gives, self._shape))

    def _bound(self, jq: str, *arguments: object) -> Expr:
        # Arguments are bound first: behind a pipe `.item` would be a field of this value.
        values = [jq_code(argument) for argument in arguments]
        bindings = "".join(
            f"{value._operand()} as $__{number} | " for number, value in enumerate(values, start=1)
        )
        return self._new(f"({self._operand()} as $__0 | {bindings}{jq})", *values)

    def _each(self, jq: str, function: str | Callable[[Expr], object] | None, gives: str = "") -> Expr:
        name, body = _body(function, self._row())
        # Parentheses: a row's `… as $x | …` or `1, 2` must not spill over.
        made = jq % {
            "rows": f"({self._jq})" if self._loose else self._jq,
            "row": f"${name}",
            "body": f"({body._jq})",
        }
        return self._new(f"({made})", body, shape=given(gives, self._shape, body._shape))


class _Member(Expr):
    """`order.items`, the field, which when it is called is the function: `order.items()`."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: Expr, name: str) -> None:
        field = owner[name]
        super().__init__(field._jq, needs=field._needs, shape=field._shape)
        self._owner = owner
        self._name = name

    def __call__(self, *args: object, **kwargs: object) -> Expr:  # type: ignore[override]
        function = vars(Functions).get(self._name)
        if function is None:
            known = [name for name in vars(Functions) if not name.startswith("_")]
            hint = did_you_mean(self._name, known) or f"; there are {', '.join(known)}"
            raise DeclarationError(f'an expression has no function "{self._name}"{hint}')
        made: Expr = declares(function)(self._owner, *args, **kwargs)
        return made


def jq(program: str) -> Expr:
    """An expression in jq itself, with `$context["task"]`, `$input`, `$data`, `.item`, `.error`.

    Example:
        ```python
        report = Workflow("report")
        report.set("answer", largest=jq("$input.numbers | max"))
        # input: {"numbers": [3, 9, 4]}
        # output: {"largest": 9}
        ```
    """
    if not isinstance(program, str) or not program.strip():
        raise DeclarationError("jq() wants the text of a jq program")
    inside = text.inside(program.strip())
    return Expr(inside, loose=True, needs=frozenset((WrittenProgram(inside, tuple(_parameters)),)))


def if_else(condition: object, then: object, otherwise: object) -> Expr:
    """`then` where the condition holds, else `otherwise`; decided in the running workflow.

    Example:
        ```python
        order = Workflow("order")
        order.set("answer", by=if_else(order.input.price > 100, "the manager", "anybody"))
        # input: {"price": 250}
        # output: {"by": "the manager"}
        ```
    """
    test, yes, no = expression(condition), jq_code(then), jq_code(otherwise)
    shape = either([shape_of(yes), shape_of(no)])
    return test._new(f"(if {test._jq} then {yes._jq} else {no._jq} end)", yes, no, shape=shape)


def expression(value: object) -> Expr:
    """Any value, to go on with as an expression."""
    code = jq_code(value)
    if isinstance(code, Expr):
        return code
    return Expr(code._jq, loose=code._loose, needs=code._needs, shape=code._shape)


class _Parameter:
    """The row that a function of an expression is given; gone when the function has returned."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def missing(self, flow: Flow) -> str:
        return f'"{self.name}" exists only inside its function'

    def use(self, flow: Flow) -> None:
        """Never reached: it is always missing."""


def _body(function: str | Callable[[Expr], object] | None, shape: Shape | None) -> tuple[str, Expr]:
    """The parameter's name, and what the function makes of it. Text means a field, None the row itself.

    `shape`: of a row.
    """
    code = getattr(function, "__code__", None)
    name = code.co_varnames[0] if code is not None and code.co_argcount else "row"
    if name in TAKEN_VARIABLES or name.startswith("_") or not name.isascii():
        name = f"row_{name.strip('_')}" if name.isascii() else "row"
    while name in _parameters:
        name += "_"
    parameter = _Parameter(name)
    row = Expr(f"${name}", needs=frozenset((parameter,)), shape=shape)
    _parameters.append(name)
    try:
        body = jq_code(_applied(function, row))
    finally:
        _parameters.pop()
    return name, Expr(body._jq, loose=body._loose, needs=body._needs - {parameter}, shape=body._shape)


def _applied(function: str | Callable[[Expr], object] | None, row: Expr) -> object:
    if function is None:
        return row
    if isinstance(function, str):
        return row[function]
    if not callable(function):
        raise DeclarationError(f"expected a field's name or a function of one row, not {function!r:.60}")
    return function(row)
