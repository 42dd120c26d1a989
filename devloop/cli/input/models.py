"""`--model`: checked before anything is deployed; what a script says is read here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from devloop.cli.here import placed
from runcmd.errors import UsageError
from runcmd.models import SCRIPTED, parse_model
from runcmd.request import WantedModel

MOST_BYTES = 1 << 18  # it travels with the execution


def script_of(text: str) -> Path | None:
    """The file of `scripted:PATH`. Raises UsageError."""
    wanted = parse_model(text)
    return Path(wanted.name).expanduser() if wanted.provider == SCRIPTED and wanted.name else None


def with_place(text: str) -> str:
    """The same with the whole path of a script. Raises UsageError."""
    wanted = parse_model(text)
    file = script_of(text)
    if file is None:
        return text
    agent = f"{wanted.agent}=" if wanted.agent else ""
    return f"{agent}{SCRIPTED}:{placed(file)}"


def read_models(texts: Sequence[str], content_of: Callable[[Path], bytes]) -> tuple[WantedModel, ...]:
    """One for each agent; the last one wins. Raises UsageError."""
    wanted = {each.agent: each for each in (_read(text, content_of) for text in texts)}
    return tuple(wanted.values())


def _read(text: str, content_of: Callable[[Path], bytes]) -> WantedModel:
    wanted, file = parse_model(text), script_of(text)
    if file is None:
        return wanted
    try:
        content = content_of(file)
        script = content.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"--model: cannot read the script {file}: {reason}", code="E0136") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text", code="E0109", hint="save it as UTF-8") from error
    if len(content) > MOST_BYTES:
        raise UsageError(f"--model: the script {file} is larger than 256 KiB", code="E0136")
    _check(script, file)
    return replace(wanted, name="", script=script)


def _check(script: str, file: Path) -> None:
    from stigmer_api.scripts.check import mistakes_in

    if found := mistakes_in(script):
        line, problem, _ = found[0]
        place = f"{file}:{line}" if line else str(file)
        raise UsageError(f"--model: {place}: {problem}", code="E0136", hint="mend the script")
