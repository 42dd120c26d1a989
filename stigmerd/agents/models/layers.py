"""What each place says about the model: an execution's variables, a shell, ~/.stigmer/config.yaml."""

from __future__ import annotations

import errno
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stigmer_api.client_env import SCRIPT
from stigmer_api.config_file import ConfigError, block_of_local
from stigmer_api.model_providers import CREDENTIALS, KNOWN, VARIABLES, KnownProvider
from stigmer_api.reading import trusted_owners
from stigmerd.agents.models.address import plain
from stigmerd.agents.problems import AgentProblem

OPENAI = "openai"  # an address that is said without a provider speaks its language


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
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)  # of providers, by their names
    place: str = ""
    is_file: bool = False

    def called(self, setting: str) -> str:
        """`STIGMER_LLM_MODEL of the shell`, `backend.local.llm.model in ~/.stigmer/config.yaml`."""
        name = f"backend.local.llm.{setting}" if self.is_file else f"STIGMER_LLM_{setting.upper()}"
        return f"{name} {self.place}".rstrip()

    @property
    def family(self) -> str:
        """Whose its STIGMER_LLM_* settings are; empty: whoever is asked."""
        if self.provider:
            known = KNOWN.get(self.provider)
            return known.family if known else self.provider
        by_model = (name for name, each in KNOWN.items() if re.match(each.models, self.model))
        return next(by_model, OPENAI if self.base_url else "")

    def speaks_of(self, known: KnownProvider) -> bool:
        """Whether its STIGMER_LLM_* settings are meant for this provider."""
        return self.family in {"", known.family} or (not self.provider and known.keyless)

    def model_for(self, known: KnownProvider) -> str:
        return self.model if self.speaks_of(known) else ""

    def address_for(self, known: KnownProvider) -> tuple[str, str]:
        """The address, and the setting that says it; empty where nothing does."""
        if self.base_url and self.speaks_of(known):
            return self.base_url, self.called("base_url")
        return self._variable(known.urls)

    def key_for(self, known: KnownProvider) -> tuple[str, str]:
        """The key, and the setting that says it; empty where nothing does."""
        if self.api_key != "" and self.speaks_of(known):
            return self.api_key, self.called("api_key")
        return self._variable(known.keys)

    def sends_to(self, known: KnownProvider, url: str) -> bool:
        """Whether its keys may go there: to the address that it says itself, else to the provider's own."""
        its_own, _ = self.address_for(known)
        return plain(its_own or known.usual_url) == plain(url)

    def credentials_for(self, known: KnownProvider) -> dict[str, str]:
        return {
            name: self.variables[name] for name in known.more if name in CREDENTIALS & self.variables.keys()
        }

    def place_for(self, known: KnownProvider) -> dict[str, str]:
        """What else says where to ask: a region, a version of an API. No credentials."""
        return {
            name: self.variables[name] for name in known.more if name in self.variables.keys() - CREDENTIALS
        }

    def _variable(self, names: Iterable[str]) -> tuple[str, str]:
        found = next((name for name in names if name in self.variables), "")
        return (self.variables[found], f"{found} {self.place}".rstrip()) if found else ("", "")


def layer_of_variables(values: Mapping[str, str], place: str = "") -> Layer:
    provider, model = _split(
        values.get("STIGMER_LLM_PROVIDER", "").strip().lower(), values.get("STIGMER_LLM_MODEL", "")
    )
    return Layer(
        place=place,
        provider=provider,
        model=model,
        base_url=values.get("STIGMER_LLM_BASE_URL", ""),
        api_key=values.get("STIGMER_LLM_API_KEY", ""),
        script_file=values.get(SCRIPT, ""),
        variables={name: value for name, value in values.items() if value and name in VARIABLES},
    )


def _split(provider: str, model: str) -> tuple[str, str]:
    """A model that names its provider, as everywhere else."""
    prefix, colon, name = model.partition(":")
    return (prefix, name) if colon and not provider and prefix in KNOWN else (provider, model)


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
    provider, model = _split(texts.get("provider", "").strip().lower(), texts.get("model", ""))
    return Layer(
        place=f"in {file}",
        is_file=True,
        provider=provider,
        model=model,
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
