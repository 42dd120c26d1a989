"""What a YAML file of ours may hold, described once: its reader, its page and its schema go by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple


class Takes(Enum):
    """What a key is given."""

    TEXT = "text"
    PATH = "path"
    NUMBER = "number"
    COUNT = "count"  # a whole number
    FLAG = "flag"
    TEXTS = "texts"
    PLACES = "places"  # directories, by their whole paths
    BLOCK = "block"


class Key(NamedTuple):
    """One line of a file. `default` is said in words where it is no value."""

    name: str
    about: str
    takes: Takes = Takes.TEXT
    choices: tuple[str, ...] = ()
    default: str = ""
    required: bool = False
    keys: tuple[Key, ...] = ()  # of a block
    ours: bool = True  # or read by others only
    hidden: bool = False  # a secret: its value is never shown


def block(name: str, about: str, *keys: Key, ours: bool = True) -> Key:
    """A key with keys below it."""
    return Key(name, about, Takes.BLOCK, keys=keys, ours=ours)


def all_keys(keys: Sequence[Key], path: str = "") -> Iterator[tuple[str, Key]]:
    """Each key that is no block, with its whole path: `watch.ignore`."""
    for key in keys:
        if key.takes is Takes.BLOCK:
            yield from all_keys(key.keys, f"{path}{key.name}.")
        else:
            yield f"{path}{key.name}", key
