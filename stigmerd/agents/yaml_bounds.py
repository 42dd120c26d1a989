"""YAML that somebody else may have written: not nested without end, and not larger than it looks."""

from __future__ import annotations

import yaml
from yaml.error import MarkedYAMLError

MOST_LEVELS = 50
# What stands for something else multiplies: 30 of them can make 60,000 of one.
MOST_ALIASES = 30


def check_bounds(text: str) -> None:
    """Raises yaml.YAMLError."""
    levels = aliases = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            levels += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            levels -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if levels > MOST_LEVELS:
            raise _beyond(f"nested deeper than {MOST_LEVELS} levels", event)
        if aliases > MOST_ALIASES:
            raise _beyond(f"more than {MOST_ALIASES} aliases (*…)", event)


def _beyond(what: str, event: yaml.Event) -> yaml.YAMLError:
    return MarkedYAMLError(None, None, what, event.start_mark)  # type: ignore[arg-type]  # no C parser here
