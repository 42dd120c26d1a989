"""What ~/.stigmer/config.yaml says about the backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcmd.errors import UsageError

CLOUD_ENDPOINT = "api.stigmer.ai:443"
BACKEND_TYPES = ("local", "cloud")


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A remote Stigmer."""

    endpoint: str
    token: str
    org: str

    def __repr__(self) -> str:
        return f"Cloud({self.endpoint!r})"


def stigmer_home() -> Path:
    """The directory `~/.stigmer`."""
    return Path.home() / ".stigmer"


def config_file() -> Path:
    return stigmer_home() / "config.yaml"


def read_cloud(file: Path) -> Cloud | None:
    """The remote backend that a configuration file chooses; None for the local one and without a file."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text", hint="save it as UTF-8") from error
    backend = _section(_parse(text, file), "backend", file)
    kind = backend.get("type") or "local"
    if kind not in BACKEND_TYPES:
        raise UsageError(f'{file}: unknown backend type "{kind}"', hint="backend.type is local or cloud")
    if kind == "local":
        return None
    cloud = _section(backend, "cloud", file)
    return Cloud(
        endpoint=_text(cloud, "endpoint", file) or CLOUD_ENDPOINT,
        token=_text(cloud, "token", file),
        org=_text(cloud, "org_id", file),
    )


def _parse(text: str, file: Path) -> Mapping[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UsageError(f"{file}{place}: {error.problem or 'not YAML'}") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{file}: not YAML") from error
    return _mapping(values, "the file", file)


def _section(values: Mapping[str, Any], key: str, file: Path) -> Mapping[str, Any]:
    return _mapping(values.get(key), key, file)


def _mapping(value: object, name: str, file: Path) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UsageError(f"{file}: {name} must hold `key: value` lines")
    return value


def _text(values: Mapping[str, Any], key: str, file: Path) -> str:
    value = values.get(key)
    if not isinstance(value, str | None):
        raise UsageError(f"{file}: backend.cloud.{key} must be text", hint="put it in quotes")
    return value or ""
