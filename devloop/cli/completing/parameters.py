"""What an argument or the value of an option may be: known from its type, or from what it is called."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from devloop.cli.completing.answer import DIRECTORIES, FILES, NOTHING, Completion, Meant, Value, values

Complete = Callable[[Mapping[str, Any], str], Completion]  # the options so far, and what is typed of it

DIRECTORY_NAMES = ("project", "config", "directory")
FILE_SIGN = "@"  # before the name of a file that holds the value


def of_parameter(parameter: Any, options: Mapping[str, Any], typed: str) -> Completion:
    """What the value of this parameter of Typer's may be."""
    if parameter.type.name == "choice":
        return values((str(each), "") for each in _choices(parameter))
    if parameter.type.name == "path":
        return DIRECTORIES if parameter.name in DIRECTORY_NAMES else FILES
    known = KNOWN.get(parameter.name) or MEANT.get((parameter.metavar or "").strip("[].…"))
    return known(options, typed) if known else NOTHING


def _choices(parameter: Any) -> list[object]:
    return [getattr(each, "value", each) for each in parameter.type.choices]


def _targets(options: Mapping[str, Any], _typed: str) -> Completion:
    from devloop.cli.completing.sources import Sources

    found = Sources(options).targets()
    given = options.get("names") or ()
    return Completion(values=tuple(each for each in found.values if each.text not in given))


def _executions(options: Mapping[str, Any], _typed: str) -> Completion:
    from devloop.cli.completing.sources import Sources

    return Sources(options).executions()


def _sessions(options: Mapping[str, Any], _typed: str) -> Completion:
    from devloop.cli.completing.sources import Sources

    return Sources(options).sessions()


def _tasks(options: Mapping[str, Any], _typed: str) -> Completion:
    from devloop.cli.completing.sources import Sources

    return Sources(options).tasks()


def _settings(_options: Mapping[str, Any], _typed: str) -> Completion:
    from devloop.cli.settings.names import all_settings

    return values((each.name, "") for each in all_settings())


def _codes(_options: Mapping[str, Any], _typed: str) -> Completion:
    from devloop.explain.registry import PAGES

    return values((each.code, each.title) for each in PAGES)


def _file_after_sign(_options: Mapping[str, Any], typed: str) -> Completion:
    """`@order.json`; no other shell knows that a file is meant."""
    if not typed.startswith(FILE_SIGN):
        return NOTHING
    folder, slash, begun = typed[1:].rpartition("/")
    place = Path(folder + slash).expanduser() if folder or slash else Path()
    found = [
        Value(text=f"{FILE_SIGN}{folder}{slash}{each.name}{'/' if each.is_dir() else ''}")
        for each in sorted(place.iterdir())
        if each.name.startswith(begun) and (begun or not each.name.startswith("."))
    ]
    return Completion(meant=Meant.OPEN, values=tuple(found))


def _report(_options: Mapping[str, Any], typed: str) -> Completion:
    if "=" in typed:
        return FILES
    return Completion(meant=Meant.OPEN, values=(Value(text="junit="), Value(text="json=")))


def _variables(_options: Mapping[str, Any], typed: str) -> Completion:
    """Those of the environment are inherited when they are only named."""
    secret = "secret:" if typed.startswith("secret:") else ""
    return values((f"{secret}{name}", "") for name in sorted(os.environ) if not name.startswith("_"))


def _states(_options: Mapping[str, Any], typed: str) -> Completion:
    from devloop.cli.executions.wanted import PHASES

    before = typed.rpartition(",")[0]
    return values((f"{before},{name}" if before else name, "") for name in PHASES)


def _kinds(_options: Mapping[str, Any], _typed: str) -> Completion:
    from runcmd.deployed.kinds import KINDS

    return values((kind.word, "") for kind in KINDS)


def _models(_options: Mapping[str, Any], typed: str) -> Completion:
    from stigmer_api.model_providers import PROVIDERS

    agent, sign, _ = typed.rpartition("=")
    found = tuple(Value(text=f"{agent}{sign}{each}:") for each in PROVIDERS)
    return Completion(meant=Meant.OPEN, values=found)


def _file(_options: Mapping[str, Any], _typed: str) -> Completion:
    return FILES


# By what the help calls it.
MEANT: Mapping[str, Complete] = {
    "NAME_OR_ID": _targets,
    "JSON|@FILE": _file_after_sign,
    "FORM=PATH": _report,
    "K=V": _variables,
    "PATH": _file,
}
# By the name of the parameter, whatever the command.
KNOWN: Mapping[str, Complete] = {
    "names": _targets,
    "target": _targets,
    "name_or_id": _targets,
    "execution": _executions,
    "executions": _executions,
    "resume": _executions,
    "session": _sessions,
    "sessions": _sessions,
    "task": _tasks,
    "from_task": _tasks,
    "key": _settings,
    "code": _codes,
    "data": _file_after_sign,
    "status": _states,
    "kind": _kinds,
    "model": _models,
    "token_file": _file,
}
