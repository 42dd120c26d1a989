"""Which variables does the execution get?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devloop.cli.closed import TerminalClosedError
from devloop.cli.texts import CONVERT, is_text
from devloop.terminal.stream import Terminal
from devloop.terminal.visible import visible
from runcmd.errors import UsageError
from runcmd.request import SECRET_PREFIX, RuntimeVariable, parse_env

Ask = Callable[[str], str]  # the name of a secret → its value


def runtime_env(
    texts: Sequence[str],
    files: Sequence[Path],
    environ: Mapping[str, str],
    ask: Ask | None,
    content_of: Callable[[Path], bytes] | None = None,
) -> tuple[RuntimeVariable, ...]:
    """Files first, then `-e`; the later one wins. A secret without a value is inherited, or asked for.

    Args:
        content_of: reads a file, which may be none that is ordinary; None: each must be.
    """
    variables: list[RuntimeVariable] = []
    for file in files:
        from devloop.cli import dotenv

        variables += dotenv.read(file, environ, content_of or dotenv.whole)
    for text in texts:
        variables.append(parse_env(text, _asked(text, environ, ask)))
    for variable in variables:
        if not (is_text(variable.name) and is_text(variable.value)):
            raise UsageError(
                f"the variable {variable.name} is not UTF-8 text",
                code="E0109",
                hint="encode it as base64, or pass a file",
            )
    return tuple({variable.name: variable for variable in variables}.values())


def _asked(text: str, environ: Mapping[str, str], ask: Ask | None) -> Mapping[str, str]:
    name = text.removeprefix(SECRET_PREFIX).strip()
    if ask is None or not name or not text.startswith(SECRET_PREFIX) or "=" in name or name in environ:
        return environ
    return {**environ, name: ask(name)}


def asks_on(terminal: Terminal) -> Ask | None:
    """How to ask for a secret, if somebody can answer: in the background, the question would stop us."""
    return ask_on_terminal if terminal.interactive and not terminal.in_background else None


def ask_on_terminal(name: str) -> str:
    """Asks for a secret without echo."""
    import termios

    from devloop.terminal.secret import ask_secret

    try:
        return ask_secret(f"{visible(name)}: ")
    except EOFError:
        raise KeyboardInterrupt from None  # who says nothing leaves
    except UnicodeDecodeError as error:
        raise UsageError(
            f"what was typed for {name} is not UTF-8 text", code="E0109", hint=CONVERT
        ) from error
    except (OSError, termios.error) as error:
        raise TerminalClosedError from error
