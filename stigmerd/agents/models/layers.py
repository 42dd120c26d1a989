"""What each place says about the model: an execution's variables, an environment, ~/.stigmer/config.yaml."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stigmer_api.client_env import KEY_VARIABLES, SCRIPT
from stigmer_api.config_file import ConfigError, block_of_local
from stigmer_api.reading import trusted_owners
from stigmerd.agents.problems import AgentProblem


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one place says; empty where it says nothing.

    `place` is where it says so, for people; the settings of a file are called by their keys.
    """

    provider: str = ""
    model: str = ""
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    script_file: str = ""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)  # provider -> API key
    place: str = ""
    is_file: bool = False

    def called(self, setting: str) -> str:
        """`STIGMER_LLM_MODEL of the shell`, `backend.local.llm.model in ~/.stigmer/config.yaml`."""
        name = f"backend.local.llm.{setting}" if self.is_file else f"STIGMER_LLM_{setting.upper()}"
        return f"{name} {self.place}".rstrip()

    def key_called(self, provider: str) -> str:
        """The name of the key that `key_for` gives."""
        return (
            self.called("api_key")
            if self.api_key != ""
            else f"{KEY_VARIABLES[provider]} {self.place}".rstrip()
        )

    def key_for(self, provider: str) -> str:
        return self.api_key if self.api_key != "" else self.keys.get(provider, "")


def layer_of_variables(values: Mapping[str, str], place: str = "") -> Layer:
    return Layer(
        place=place,
        provider=values.get("STIGMER_LLM_PROVIDER", "").strip().lower(),
        model=values.get("STIGMER_LLM_MODEL", ""),
        base_url=values.get("STIGMER_LLM_BASE_URL", ""),
        api_key=values.get("STIGMER_LLM_API_KEY", ""),
        script_file=values.get(SCRIPT, ""),
        keys={provider: values[name] for provider, name in KEY_VARIABLES.items() if values.get(name)},
    )


def layer_of_file(file: Path) -> Layer:
    """`backend.local.llm` of the configuration; an empty layer when there is no file. Raises AgentProblem."""
    try:
        check_writers(file)
        config = block_of_local(file, "llm")
    except (ConfigError, PermissionError) as error:
        raise AgentProblem(str(error), code=getattr(error, "code", "E0215")) from error
    if not isinstance(config, dict):
        return Layer()
    texts = {str(key): str(value) for key, value in config.items() if value is not None}
    script = texts.get("script", "")
    return Layer(
        place=f"in {file}",
        is_file=True,
        provider=texts.get("provider", "").strip().lower(),
        model=texts.get("model", ""),
        base_url=texts.get("base_url", ""),
        api_key=texts.get("api_key", ""),
        # One that begins with `~` is filled in where it is read.
        script_file=script if script.startswith("~") or not script else str(file.parent / script),
    )


def first(values: Iterable[str]) -> str:
    """The first layer that says something wins."""
    return next((value for value in values if value), "")


def check_writers(file: Path) -> None:
    """Nobody else may have written it; it says where keys are sent. Raises PermissionError."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if status.st_uid not in trusted_owners():
        raise PermissionError(errno.EPERM, f"It belongs to user {status.st_uid}", str(file))
    if status.st_mode & stat.S_IWOTH:
        raise PermissionError(errno.EPERM, "Everybody may write to it", str(file))
