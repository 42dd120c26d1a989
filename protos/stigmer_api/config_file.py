"""What ~/.stigmer/config.yaml says: one reader for the command, the backend and its agents."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from stigmer_api.config_keys import unknown_key
from stigmer_api.reading import read_bounded

MOST_BYTES = 1 << 17
NOWHERE = Path(os.devnull)


class ConfigError(Exception):
    """It cannot be read or understood.

    `message` says where and what is wrong, `hint` what to try, if there is more to say; `code` is for
    `stigmer explain`.
    """

    def __init__(self, message: str, hint: str = "", *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint


def home() -> Path | None:
    """Of this user: HOME, else what the system knows. None: nobody knows of one."""
    named = os.environ.get("HOME", "")
    if os.path.isabs(named):  # noqa: PTH117 -- text
        return Path(named)
    with suppress(ImportError, KeyError):  # no such user; a system without any
        import pwd

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    return None


def stigmer_home() -> Path:
    """The directory `~/.stigmer`. Who has no home gets a path where nothing is and nothing can be made."""
    return (home() or NOWHERE) / ".stigmer"


def config_file() -> Path:
    """`~/.stigmer/config.yaml`, whether it is there or not."""
    return stigmer_home() / "config.yaml"


def read_config(file: Path) -> Mapping[str, Any]:
    """Its blocks; none where there is no file. Raises ConfigError."""
    try:
        text = read_bounded(file, MOST_BYTES).decode()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}", code="E0210") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text", "save it as UTF-8", code="E0109") from error
    values = mapping(_parse(text, file), "the file", file)
    if (unknown := unknown_key(values, text)) is not None:
        path, line, column, hint = unknown
        raise ConfigError(f'{file}:{line}:{column}: unknown key "{path}"', hint, code="E0212")
    return values


def block_of_local(file: Path, name: str) -> object:
    """`backend.local.<name>`, whatever it is; None where there is none. Raises ConfigError."""
    found: object = read_config(file)
    for each in ("backend", "local", name):
        found = found.get(each) if isinstance(found, dict) else None
    return found


def mapping(value: object, name: str, file: Path) -> Mapping[str, Any]:
    """One block, empty where there is none. Raises ConfigError for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{file}: {name} must hold `key: value` lines", code="E0213")
    return value


def _parse(text: str, file: Path) -> object:
    import yaml

    from stigmer_api.yaml_text import loaded, slip

    try:
        return loaded(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = error.problem or "not YAML"
        raise ConfigError(f"{file}{place}: {problem}", slip(problem), code="E0211") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: not YAML: {str(error).splitlines()[0]}", code="E0211") from error
