"""Which values of other tasks does a task speak of?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from stigmerd.workflow.model import For, Set, Task, Try, task_lists

NAMED: Final = re.compile(
    r"""\$(?:context|data)(?:\.(\w+)|\.?\[\s*["']([^"']+)["']\s*\])"""
    r"""|(?<![\w\])"'?.$])\.(?:(\w+)|\[\s*["']([^"']+)["']\s*\])"""
)


def needed(tasks: tuple[Task, ...], program: tuple[Task, ...], known: Iterable[str]) -> list[str]:
    """Names of what other tasks of the program give and these speak of, as far as it is not known."""
    given = set(_given(program))
    own = set(known) | set(_given(tasks))
    spoken = dict.fromkeys(name for task in tasks for name in _spoken_of(task))
    return [name for name in spoken if name in given and name not in own]


def _given(tasks: Iterable[Task]) -> Iterator[str]:
    for task in tasks:
        yield task.name
        match task.config:
            case Set(variables=variables):
                yield from variables
            case For(each=each):
                yield from (each, "item", "index")
            case Try(error_name=name):
                yield from (name, "error")
        for inner in task_lists(task):
            yield from _given(inner)


def values_of(tasks: Iterable[Task]) -> set[str]:
    """What these tasks give, once they have run."""
    return set(_given(tasks))


def _spoken_of(value: Any) -> Iterator[str]:
    match value:
        case str():
            if "${" in value or value.lstrip().startswith((".", "$")):
                for found in NAMED.finditer(value):
                    yield next(filter(None, found.groups()))
        case Mapping():
            for each in value.values():
                yield from _spoken_of(each)
        case list() | tuple():
            for each in value:
                yield from _spoken_of(each)
        case _ if is_dataclass(value):
            for field in fields(value):
                yield from _spoken_of(getattr(value, field.name))
