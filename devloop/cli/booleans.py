"""`--follow=false` and the like: an option that is true or false may be given as a value, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

# As in the original command, which is written in Go.
TRUTH: Final = {
    **dict.fromkeys(("true", "t", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "f", "0", "no", "off"), False),
}


def without_values(arguments: Sequence[str], parameters: Sequence[Any], context: Any) -> list[str]:
    """The arguments as the parser knows them: `--no-follow`, or nothing in place of `--watch=false`.

    Args:
        parameters: those of the command.
        context: the command's own, for an error.
    """
    flags = {
        name: each for each in parameters if getattr(each, "is_bool_flag", False) for name in _names(each)
    }
    takers = {
        name
        for each in parameters
        if each.param_type_name == "option" and not each.is_flag and not each.count
        for name in each.opts
    }
    result: list[str] = []
    for at, word in enumerate(arguments):
        if word == "--":
            return [*result, *arguments[at:]]
        name, equals, value = word.partition("=")
        is_value = at > 0 and arguments[at - 1] in takers
        if not equals or is_value or name not in flags or not name.startswith("--"):
            result.append(word)
            continue
        option = flags[name]
        meant = _truth(name, value, context) is (name in option.opts)
        spelled = option.opts if meant else option.secondary_opts
        if spelled:
            result.append(max(spelled, key=len))
        else:
            result = [each for each in result if each not in option.opts]
    return result


def _names(option: Any) -> tuple[str, ...]:
    return (*option.opts, *option.secondary_opts)


def _truth(name: str, value: str, context: Any) -> bool:
    import typer

    truth = TRUTH.get(value.lower())
    if truth is None:
        raise typer.BadParameter(f"'{value}' is neither true nor false", context, param_hint=f"'{name}'")
    return truth
