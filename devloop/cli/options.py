"""What an option is called, takes and says: Typer is told of it where its help or its errors are needed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from runcmd.frozen import Frozen

Flags = TypeVar("Flags")


class NamedOption(Frozen):
    """An option: use `option()`."""

    names: tuple[str, ...]
    metavar: str | None
    help: str
    min: int | None
    counted: bool  # how often it is given: `-vv` is 2


class PositionalOption(Frozen):
    """An argument without a name: use `argument()`."""

    metavar: str
    help: str | None


def option(
    *names: str,
    help: str,  # noqa: A002
    metavar: str | None = None,
    min: int | None = None,  # noqa: A002
    counted: bool = False,
) -> NamedOption:
    """As `typer.Option`, which takes a sixth of a short command's time to be imported."""
    return NamedOption(names=names, metavar=metavar, help=help, min=min, counted=counted)


def argument(*, metavar: str, help: str | None = None) -> PositionalOption:  # noqa: A002
    """As `typer.Argument`."""
    return PositionalOption(metavar=metavar, help=help)


def options_of(flags: type[Flags]) -> Callable[[Callable[[Flags], None]], Callable[..., None]]:
    """Turns a command that takes `flags` into one that takes each field as an option, as Typer wants it."""
    defaults = {name: each.default for name, each in flags.__dataclass_fields__.items()}  # type: ignore[attr-defined]

    def spread(command: Callable[[Flags], None]) -> Callable[..., None]:
        def typed(**values: Any) -> None:
            command(flags(**values))

        typed.__name__, typed.__doc__ = command.__name__, command.__doc__
        return _typed(typed, get_type_hints(flags, include_extras=True), defaults)

    return spread


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """For a command with options of this module among its parameters."""
    parameters = inspect.signature(command).parameters.items()
    defaults = {name: each.default for name, each in parameters}
    return _typed(command, get_type_hints(command, include_extras=True), defaults)


def _typed(
    command: Callable[..., None], hints: Mapping[str, Any], defaults: Mapping[str, object]
) -> Callable[..., None]:
    types = {name: _typer_hint(hints[name]) for name in defaults}
    command.__annotations__ = types
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=types[name])
            for name, default in defaults.items()
        ]
    )
    return command


def _typer_hint(hint: Any) -> Any:
    import typer

    if get_origin(hint) is not Annotated:
        return hint
    taken, spelled = get_args(hint)
    if isinstance(spelled, NamedOption):
        told = typer.Option(
            *spelled.names,
            metavar=spelled.metavar,
            help=spelled.help,
            min=spelled.min,
            count=spelled.counted,
        )
    elif isinstance(spelled, PositionalOption):
        told = typer.Argument(metavar=spelled.metavar, help=spelled.help)
    else:
        return hint
    return Annotated[taken, told]
