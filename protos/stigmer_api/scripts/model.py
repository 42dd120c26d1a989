"""A script as a value: the turns of a scripted model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STOPS = ("length", "content_filter", "refusal", "broken")
DEFAULT = '- say: "{{ message }}"\n'


class BadScript(Exception):  # noqa: N818
    """A script that cannot be read. `problem` is what its text says without the line; 0: of no line."""

    def __init__(self, text: str, problem: str = "", line: int = 0) -> None:
        super().__init__(text)
        self.problem = problem or text
        self.line = line


@dataclass(frozen=True, kw_only=True)
class ScriptedCall:
    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What the model does when it is asked once."""

    line: int
    when: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    say: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    delay: float = 0
    chunk_seconds: float = 0
    chunk_characters: int = 0  # 0: by words
    fail: str = ""
    stop: str = ""  # why the answer is not whole: one of STOPS; empty: it is
    remember: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Script:
    turns: tuple[Turn, ...]
    agents: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)
