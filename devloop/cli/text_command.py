"""A command that refuses arguments and values of options that must be text and are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperCommand

PATH = "path"  # the name of its type


class TextCommand(TyperCommand):
    """Knows which values are paths, which may be any bytes."""

    def invoke(self, ctx: Any) -> Any:
        for parameter in (each for each in self.params if each.type.name != PATH):
            for value in _texts(ctx.params.get(parameter.name or "")):
                if not value.isascii():
                    _require_text(value, ctx, parameter)
        return super().invoke(ctx)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        yield from (each for each in value if isinstance(each, str))


def _require_text(value: str, ctx: Any, parameter: Any) -> None:
    from devloop.cli.texts import CONVERT, is_text, quoted  # hardly ever needed

    if not is_text(value):
        raise typer.BadParameter(f"{quoted(value)} is not UTF-8 text; {CONVERT}", ctx, parameter)
