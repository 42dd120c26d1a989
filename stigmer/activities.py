"""Python functions of a project that workflows can call."""

from __future__ import annotations

from stigmer import project
from stigmer.errors import DeclarationError, did_you_mean, here
from stigmer.shapes import KnownFields, ListOf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar, overload

    from stigmer.shapes import Shape

    Function = TypeVar("Function", bound=Callable[..., Any])
else:

    def overload(function):
        return function


class Activity:
    """A function that workflows can call by a name; the program goes on with the function itself."""

    __slots__ = ("function", "name", "place")

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.function = function
        self.name = name
        self.place = here()

    def check_arguments(self, given: Iterable[str]) -> None:
        code = getattr(self.function, "__code__", None)
        if code is None or code.co_flags & 0x08:  # takes **anything
            return
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        defaults = len(self.function.__defaults__ or ())
        required = [
            *known[code.co_posonlyargcount : code.co_argcount - defaults],
            *(name for name in known[code.co_argcount :] if name not in (self.function.__kwdefaults__ or ())),
        ]
        given = list(given)
        for name in given:
            if name not in known:
                self._mistaken(f'has no argument "{name}"{did_you_mean(name, known)}')
        unknown = any(name not in known for name in given)
        if not unknown and (missing := [name for name in required if name not in given]):
            self._mistaken(f'needs the argument "{missing[0]}"')

    def _mistaken(self, reason: str) -> None:
        project.current().mistaken(DeclarationError(f'the activity "{self.name}" {reason}'))

    def shape(self) -> Shape | None:
        """What is known of its result: a TypedDict says which fields there are."""
        annotation = getattr(self.function, "__annotations__", {}).get("return")
        return _shape(annotation, getattr(self.function, "__globals__", {}))


def _shape(annotation: Any, names: dict[str, Any]) -> Shape | None:
    if isinstance(annotation, str):
        if annotation.startswith("list["):
            return ListOf(_shape(annotation[len("list[") : -1], names))
        annotation = names.get(annotation)
    if getattr(annotation, "__origin__", None) is list:
        return ListOf(_shape(annotation.__args__[0], names))
    if isinstance(annotation, type) and hasattr(annotation, "__total__"):
        return KnownFields(dict.fromkeys(annotation.__annotations__))
    return None


def activity_of(function: object) -> Activity | None:
    """As which activity the function is marked, if it is."""
    known = project.current().of(Activity).values()
    return next((each for each in known if each.function is function), None)


@overload
def activity(function: Function, /) -> Function: ...
@overload
def activity(*, name: str = "") -> Callable[[Function], Function]: ...  # noqa: F811 -- an overload
def activity(function: Any = None, *, name: str = "") -> Any:  # noqa: F811
    """A function that `wf.call_activity(…)` can call when the workflow runs, in a process of its own.

    `@activity` or `@activity(name="clean")`; without a name it is called like the function. The function
    stays what it is for type checkers, for `help()` and for those who call it directly. It may be async.
    Arguments and results are JSON: None, bool, numbers, text, lists and dicts of these.

    Raises DeclarationError for what is no function, for one that is an activity already, and for a name that
    another one has.

    Example:
        ```python
        @activity
        def tidy(rows: list[str], *, upper: bool = False) -> list[str]:
            return [row.upper() if upper else row for row in rows if row]


        cleaning = Workflow("cleaning")
        tidied = cleaning.call_activity("tidied", tidy, {"rows": cleaning.input.rows})
        cleaning.set("answer", rows=tidied)
        ```
    """
    if function is None:
        return lambda real: _marked(real, name)
    return _marked(function, name)


def _marked(function: Any, name: str) -> Any:
    if not callable(function):
        raise DeclarationError(f"@activity marks a function, not {function!r:.60}")
    name = name or getattr(function, "__name__", "")
    if not name:
        raise DeclarationError(f'{function!r:.60} has no name; give it one: activity(name="…")')
    if (known := activity_of(function)) is not None:
        raise DeclarationError(f'{function!r:.60} is the activity "{known.name}" already')
    project.current().add(Activity, "an activity", Activity(function, name))
    return function
