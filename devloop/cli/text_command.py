"""The class of every command: its arguments are text, and `--follow=false` means `--no-follow`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperCommand

PATH = "path"  # the name of its type


class TextCommand(TyperCommand):
    """Knows which values are paths, which may be any bytes, and which options are true or false."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if any("=" in each for each in args):
            from devloop.cli.booleans import without_values

            args = without_values(args, self.get_params(ctx), ctx)
        return super().parse_args(ctx, args)

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
