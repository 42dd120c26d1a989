"""What of the built-in tools an agent may have: what it asks for, if its project allows that."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from stigmer_api.config_file import ConfigError, read_config
from stigmer_api.facts import ALLOW_ANNOTATION, FILE_ANNOTATION, PROJECT_ANNOTATION
from stigmerd.agents.builtins.declared import FILES, KINDS, SHELL, declared
from stigmerd.agents.problems import AgentProblem
from stigmerd.store.json import Json

PASSED_ON: Final = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TERM")


class NotAllowed(AgentProblem):
    """An agent asks for built-in tools that its project does not allow."""

    code = "E1316"


def grant(
    body: dict[str, Json],
    annotations: Mapping[str, str],
    folder: Path,
    config_file: Path,
    environ: Mapping[str, str],
) -> None:
    """Puts `built_ins` into the job of the agent and of each helper: what it has, ready to be made.

    Args:
        body: the job, with `options` and `variables`, and `sub_agents`.
        annotations: of the agent: its project, and what that allows.
        folder: of the execution, for what has no project, and for temporary files.
        environ: of the caller.

    Raises: AgentProblem.
    """
    entries: dict[str, dict[str, Json]] = {f"the agent {body['name']}": body}
    entries |= {f"the sub-agent {each['name']}": each for each in body["sub_agents"]}
    asked = {whose: declared(entry["options"], whose) for whose, entry in entries.items()}
    if any(asked.values()):
        _require_allowed(asked, annotations, config_file)
        workspace = _workspace(annotations, folder)
        for whose, each in asked.items():
            if FILES in each:
                each[FILES]["root"] = str(_inside(workspace, each[FILES]["folder"], whose))
            if SHELL in each:
                each[SHELL] |= _surroundings(
                    each[SHELL], workspace, folder, body["variables"], environ, whose
                )
                each[SHELL]["read"] += [skill["folder"] for skill in entries[whose]["skills"]]
    for whose, entry in entries.items():
        entry["built_ins"] = asked[whose]


def _require_allowed(
    asked: Mapping[str, Mapping[str, Any]], annotations: Mapping[str, str], config_file: Path
) -> None:
    allowed, where = _allowed(annotations, config_file)
    for whose, each in asked.items():
        if missing := [kind for kind in KINDS if kind in each and kind not in allowed]:
            line = f"allow: [{', '.join(kind for kind in KINDS if kind in allowed or kind in each)}]"
            raise NotAllowed(
                f"{whose} wants the built-in tools for {', '.join(missing)}, which {where} does not allow: "
                f"add the line `{line}` there if it may have them"
            )


def _allowed(annotations: Mapping[str, str], config_file: Path) -> tuple[frozenset[str], str]:
    """And where that is said. What is of no project, its owner allows."""
    if annotations.get(PROJECT_ANNOTATION) and FILE_ANNOTATION not in annotations:
        return frozenset(annotations.get(ALLOW_ANNOTATION, "").split(",")), "the project's Stigmer.yaml"
    try:
        said = read_config(config_file).get("allow")
    except ConfigError as error:
        raise AgentProblem(error.message, code=error.code) from error
    return frozenset(said if isinstance(said, list) else ()), str(config_file)


def _workspace(annotations: Mapping[str, str], folder: Path) -> Path:
    if project := annotations.get(PROJECT_ANNOTATION):
        if not Path(project).is_dir():
            raise AgentProblem(f"the agent's project is not on the backend's machine: no directory {project}")
        return Path(project)
    workspace = folder / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    return workspace


def _inside(workspace: Path, folder: str, whose: str) -> Path:
    root, found = os.path.realpath(workspace), os.path.realpath(workspace / folder)
    if found != root and not found.startswith(root.rstrip("/") + "/"):
        raise AgentProblem(f"{whose}: the folder {folder} of its files is outside of {workspace}")
    if not Path(found).is_dir():
        raise AgentProblem(f"{whose}: there is no folder {folder} for its files in {workspace}")
    return Path(found)


def _surroundings(
    shell: Mapping[str, Any],
    workspace: Path,
    folder: Path,
    variables: Mapping[str, str],
    environ: Mapping[str, str],
    whose: str,
) -> dict[str, Any]:
    if lost := [name for name in shell["env"] if name not in variables]:
        raise AgentProblem(
            f"{whose}: its commands are to get the variable {lost[0]}, which has no value: "
            f"give it with -e {lost[0]}=…, or declare it in the agent's env"
        )
    usual = {name: value for name, value in environ.items() if name in PASSED_ON or name.startswith("LC_")}
    return {
        "directory": os.path.realpath(workspace),
        "scratch": str(folder / "tmp"),
        "environ": usual | {name: variables[name] for name in shell["env"]},
        "read": [str(workspace / Path(each).expanduser()) for each in shell["read"]],
    }
