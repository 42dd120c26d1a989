"""What a function takes: its parameters by name, with their types and descriptions."""

from __future__ import annotations

import functools
import typing
from types import MethodType, SimpleNamespace
from typing import Any

from stigmer.errors import DeclarationError
from stigmer.schemas.docstrings import described
from stigmer.schemas.kinds import Field, ObjectKind, Schema, ValueKind
from stigmer.schemas.types import kind_of, unknown_name, whole_schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stigmer.errors import SourcePlace

VAR_POSITIONAL, VAR_KEYWORD = 0x04, 0x08  # flags of a code object
GENERATORS = 0x20 | 0x200  # also the async ones
NONE = object()  # no default


class Parameters:
    """Of a function that a model calls."""

    def __init__(self, function: Callable[..., Any], name: str, context: type, place: SourcePlace) -> None:
        """`context`: parameters of this type are given by us, not by the model.

        Raises DeclarationError for parameters that a model cannot give.
        """
        self._name, self._place = name, place
        self.description, each = described(documentation(function))
        self.context_names: list[str] = []
        self._positional: list[str] = []
        self._fields = ObjectKind(name, dict, closed=True)
        for parameter in self._of(function):
            if parameter.annotation is context:
                self.context_names.append(parameter.name)
            else:
                where = f"the parameter {parameter.name} of {name}"
                kind = (
                    ValueKind()
                    if parameter.annotation is NONE
                    else kind_of(parameter.annotation, where, place)
                )
                default = {} if parameter.default is NONE else {"default": parameter.default}
                self._fields.fields[parameter.name] = Field(
                    kind, required=not default, description=each.get(parameter.name, ""), **default
                )
            if parameter.positional_only:
                self._positional.append(parameter.name)

    def schema(self) -> Schema:
        """Of the object that the model gives."""
        return whole_schema(self._fields)

    def taken(self, arguments: dict[str, Any], context: object) -> tuple[list[Any], dict[str, Any]]:
        """What the function is called with. Raises ValueError for what does not fit."""
        named: dict[str, Any] = self._fields.take(arguments, "")
        named |= dict.fromkeys(self.context_names, context)
        positional = [named.pop(name) for name in self._positional if name in named]
        return positional, named

    def _of(self, function: Callable[..., Any]) -> Iterator[Parameter]:
        real, skipped = plain_function(function)
        if real is None:
            yield from self._inspected(function)
            return
        code = real.__code__
        if code.co_flags & GENERATORS:
            self._refuse("yields values: return a list of them")
        if code.co_flags & VAR_POSITIONAL:
            self._refuse("takes *args, which a model cannot give: name the parameters, or take a list")
        if code.co_flags & VAR_KEYWORD:
            self._refuse(
                "takes **kwargs, whose names a model cannot know: name the parameters, or take a dict "
                "(a decorator on it needs functools.wraps)"
            )
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        by_place = names[: code.co_argcount]
        given = real.__defaults__ or ()
        defaults = dict(zip(by_place[len(by_place) - len(given) :], given, strict=True))
        defaults |= real.__kwdefaults__ or {}
        for at, name in enumerate(names[skipped:], skipped):
            yield Parameter(
                name,
                self._annotation(real, name),
                defaults.get(name, NONE),
                positional_only=at < code.co_posonlyargcount,
            )

    def _annotation(self, function: Any, name: str) -> Any:
        where = f"the parameter {name} of {self._name}"
        try:
            written = getattr(function, "__annotations__", {}).get(name, NONE)
            if written is NONE:
                return NONE
            near = dict(
                zip(function.__code__.co_freevars, map(_content, function.__closure__ or ()), strict=True)
            )
            holder: Any = SimpleNamespace(__annotations__={name: written})
            return typing.get_type_hints(holder, function.__globals__, near, include_extras=True)[name]
        except NameError as error:
            raise DeclarationError(unknown_name(where, error), self._place) from None
        except (TypeError, SyntaxError, AttributeError) as error:
            raise DeclarationError(f"the type of {where} cannot be read: {error}", self._place) from None

    def _inspected(self, function: Callable[..., Any]) -> Iterator[Parameter]:
        """Of a partial, or what is written in C."""
        from inspect import Parameter as Found
        from inspect import signature

        try:
            found = signature(function, eval_str=True)
        except (ValueError, TypeError, NameError) as error:
            raise DeclarationError(
                f"the parameters of {self._name} cannot be read ({error}): write a function around it",
                self._place,
            ) from None
        for each in found.parameters.values():
            if each.kind in (Found.VAR_POSITIONAL, Found.VAR_KEYWORD):
                self._refuse(f"takes {each}, which no model can give: write a function around it")
            yield Parameter(
                each.name,
                NONE if each.annotation is Found.empty else each.annotation,
                NONE if each.default is Found.empty else each.default,
                positional_only=each.kind is Found.POSITIONAL_ONLY,
            )

    def _refuse(self, reason: str) -> None:
        raise DeclarationError(f"{self._name} cannot be a tool: it {reason}", self._place)


class Parameter:
    """One of a function's, as it is declared."""

    __slots__ = ("annotation", "default", "name", "positional_only")

    def __init__(self, name: str, annotation: Any, default: Any, *, positional_only: bool) -> None:
        self.name, self.annotation, self.default = name, annotation, default
        self.positional_only = positional_only


def plain_function(function: Any) -> tuple[Any, int]:
    """The function in Python behind a method, an object or a decorator, and how many parameters it has been
    given; None: there is none."""
    skipped = 0
    if not hasattr(function, "__code__") and not isinstance(function, MethodType | type | functools.partial):
        function = getattr(function, "__call__", None)  # noqa: B004 -- an object that can be called
    if isinstance(function, MethodType):
        function, skipped = function.__func__, 1
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return (function, skipped) if hasattr(function, "__code__") else (None, 0)


def documentation(function: Any) -> str:
    """Its own, and not that of a class whose object it is."""
    if isinstance(function, functools.partial):
        return documentation(function.func)
    if hasattr(function, "__code__") or isinstance(function, MethodType):
        return function.__doc__ or ""
    return getattr(type(function).__call__, "__doc__", "") or type(function).__doc__ or ""


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is not bound yet
        return None
