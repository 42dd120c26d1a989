"""What ~/.stigmer/config.yaml says about the backend, and about the projects of others."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runcmd.errors import UsageError
from runcmd.frozen import Frozen
from stigmer_api.config_file import ConfigError, mapping, read_config

CLOUD_ENDPOINT = "api.stigmer.ai:443"
BACKEND_TYPES = ("local", "cloud")


class Cloud(Frozen):
    """A remote Stigmer."""

    endpoint: str
    token: str | None
    org: str
    ca_file: str = ""  # whose certificate counts; empty: that of anybody whom the system trusts
    exposed: bool = False  # others of this machine can read the token

    def __repr__(self) -> str:
        return f"Cloud({self.endpoint!r})"


def read_cloud(file: Path) -> Cloud | None:
    """The remote backend that a configuration file chooses; None for the local one and without a file."""
    backend = _section(read_trusted(file), "backend", file)
    kind = backend.get("type") or "local"
    if kind not in BACKEND_TYPES:
        from difflib import get_close_matches

        near = get_close_matches(str(kind), BACKEND_TYPES, n=1)
        raise UsageError(
            f'{file}: unknown backend type "{kind}"',
            code="E0213",
            hint=f'did you mean "{near[0]}"?' if near else "backend.type is local or cloud",
        )
    if kind == "local":
        return None
    cloud = _section(backend, "cloud", file)
    token = unless_empty(_text(cloud, "token", file))
    return Cloud(
        endpoint=_text(cloud, "endpoint", file) or CLOUD_ENDPOINT,
        token=token,
        org=_text(cloud, "org_id", file),
        ca_file=_path(_text(cloud, "ca_file", file), file),
        exposed=token is not None and bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)),
    )


def read_trust(file: Path) -> tuple[str, ...]:
    """`trust`: the directories of projects that may run although others own them or may write to them."""
    listed = read_trusted(file).get("trust")
    if listed is None:
        return ()
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise UsageError(
            f"{file}: trust must be a list of directories", code="E0213", hint="write it as `[/a/b, /c/*]`"
        )
    for each in listed:
        if each != "*" and not each.startswith(("/", "~")):
            raise UsageError(
                f'{file}: trust: "{each}" is not an absolute path', code="E0213", hint="begin it with / or ~"
            )
    return tuple(listed)


def read_notify(file: Path) -> bool:
    """`notify`: as if --notify was always given."""
    wanted = read_trusted(file).get("notify")
    if not isinstance(wanted, bool | None):
        raise UsageError(
            f"{file}: notify must be true or false", code="E0213", hint="write it as `notify: true`"
        )
    return bool(wanted)


def read_trusted(file: Path) -> Mapping[str, Any]:
    """Reads the file, if nobody else can have written it: it decides where secrets go and whom to trust."""
    from devloop.cli.trust import doubt_about_file, fix_command

    try:
        values = read_config(file)
    except ConfigError as error:
        raise UsageError(error.message, code=error.code, hint=error.hint) from error
    if (doubt := doubt_about_file(file)) is not None:
        raise UsageError(
            f"{doubt.problem}, so {file.name} is not trusted",
            code="E0215",
            hint=f"to fix it: {fix_command(doubt)}",
        )
    return values


def unless_empty(token: str | None) -> str | None:
    """A token that is set to nothing is not set."""
    return None if token is None or token.strip() == "" else token


def _path(text: str, file: Path) -> str:
    """A relative one begins where the configuration file is."""
    return str(file.parent / Path(text).expanduser()) if text else ""


def _section(values: Mapping[str, Any], key: str, file: Path) -> Mapping[str, Any]:
    try:
        return mapping(values.get(key), key, file)
    except ConfigError as error:
        raise UsageError(error.message, code=error.code) from error


def _text(values: Mapping[str, Any], key: str, file: Path) -> str:
    value = values.get(key)
    if not isinstance(value, str | None):
        raise UsageError(f"{file}: backend.cloud.{key} must be text", code="E0213", hint="put it in quotes")
    return value or ""
