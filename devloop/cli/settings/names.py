"""Which setting did they mean?"""

from __future__ import annotations

import difflib
from typing import Final, NamedTuple

from runcmd.errors import UsageError
from stigmer_api.config_keys import KEYS
from stigmer_api.file_keys import Key, Takes

# `llm.model` is `backend.local.llm.model`: so the original command calls it.
SHORTENED: Final = ((), ("backend", "local"), ("backend",))


class Setting(NamedTuple):
    """A key of config.yaml with its whole path."""

    path: tuple[str, ...]
    key: Key

    @property
    def name(self) -> str:
        """`backend.local.llm.model`"""
        return ".".join(self.path)


def all_settings() -> list[Setting]:
    """Each that holds a value, in the order of the documentation."""
    return list(_below((), KEYS))


def setting_named(text: str) -> Setting:
    """One that holds a value, by its path or without its first words. Raises UsageError."""
    setting = find(text)
    if setting is None:
        raise _unknown(text)
    if setting.key.takes is Takes.BLOCK:
        raise UsageError(
            f'"{text}" is a block of settings',
            code="E0220",
            hint=f"name one of them: {', '.join(f'{setting.name}.{each.name}' for each in setting.key.keys)}",
        )
    return setting


def setting_or_block(text: str) -> Setting:
    """Also a block: `backend.local.llm`. Raises UsageError."""
    setting = find(text)
    if setting is None:
        raise _unknown(text)
    return setting


def find(text: str) -> Setting | None:
    """None: there is none of this name."""
    path = tuple(text.strip().split("."))
    for before in SHORTENED:
        if (setting := _at((*before, *path))) is not None:
            return setting
    return None


def settings_in(setting: Setting) -> list[Setting]:
    """It alone, or all below a block."""
    if setting.key.takes is not Takes.BLOCK:
        return [setting]
    return list(_below(setting.path, setting.key.keys))


def _at(path: tuple[str, ...]) -> Setting | None:
    keys: tuple[Key, ...] = KEYS
    found: Key | None = None
    for name in path:
        found = next((each for each in keys if each.name == name), None)
        if found is None:
            return None
        keys = found.keys
    return Setting(path, found) if found is not None else None


def _below(path: tuple[str, ...], keys: tuple[Key, ...]) -> list[Setting]:
    found: list[Setting] = []
    for key in keys:
        here = (*path, key.name)
        found += _below(here, key.keys) if key.takes is Takes.BLOCK else [Setting(here, key)]
    return found


def _unknown(text: str) -> UsageError:
    names = {name: each.name for each in all_settings() for name in _names_of(each)}
    near = difflib.get_close_matches(text.strip().lower(), names, n=1, cutoff=0.6)
    hint = f'did you mean "{near[0]}"?' if near else "to see them all: stigmer config list --all"
    return UsageError(f'there is no setting "{text}"', code="E0220", hint=hint)


def _names_of(setting: Setting) -> list[str]:
    """All under which `find` finds it, the whole one last."""
    starts = [before for before in SHORTENED if setting.path[: len(before)] == before]
    return [".".join(setting.path[len(before) :]) for before in reversed(starts)]
