"""Python functions of a project that workflows can call."""

from __future__ import annotations

from stigmer import project
from stigmer.errors import DeclarationError, did_you_mean, here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


class Activity:
    """A function with a name; calling it here just calls the function."""

    __slots__ = ("function", "name", "place")

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.function = function
        self.name = name
        self.place = here()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<activity {self.name}>"

    def check_arguments(self, given: Iterable[str]) -> None:
        code = getattr(self.function, "__code__", None)
        if code is None or code.co_flags & 0x08:  # takes **anything
            return
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        defaults = len(self.function.__defaults__ or ())
        required = known[code.co_posonlyargcount : code.co_argcount - defaults]
        given = list(given)
        for name in given:
            if name not in known:
                raise DeclarationError(
                    f'the activity "{self.name}" has no argument "{name}"{did_you_mean(name, known)}'
                )
        if missing := [name for name in required if name not in given]:
            raise DeclarationError(f'the activity "{self.name}" needs the argument "{missing[0]}"')


def activity(function: Callable[..., Any] | None = None, *, name: str = "") -> Any:
    """`@activity` or `@activity(name="clean")`: a function that `wf.call_activity()` can name."""
    if function is None:
        return lambda real: activity(real, name=name)
    if not callable(function):
        raise DeclarationError(f"@activity marks a function, not {function!r:.60}")
    return project.current().add(Activity, "an activity", Activity(function, name or function.__name__))
