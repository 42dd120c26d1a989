"""What is on the screen already: no text is written twice."""

from __future__ import annotations

import json
from typing import Any

LONG_CHARACTERS = 60  # a shorter value of one line may stand on the screen again
KEPT_CHARACTERS = 40
MOST_CHARACTERS = 100_000  # of one text; a longer one is not remembered


class Said:
    """Remembers errors, results and messages, however their white space is set."""

    def __init__(self) -> None:
        self._texts: set[int] = set()  # their hashes: a run may say a lot

    def note(self, text: str) -> None:
        """It is on the screen now."""
        if len(text) <= MOST_CHARACTERS:
            self._texts.add(hash(_flat(text)))

    def first(self, text: str) -> bool:
        """Is it new? From now on it is not."""
        new = text not in self
        self.note(text)
        return new

    def __contains__(self, text: str) -> bool:
        return hash(_flat(text)) in self._texts

    def shortened(self, output: str) -> str:
        """JSON in which long texts that are on the screen already are cut."""
        if not self._texts:
            return output
        try:
            value = json.loads(output)
            short = self._cut(value)
        except (ValueError, RecursionError):
            return output
        return output if short == value else json.dumps(short, ensure_ascii=False)

    def _cut(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._cut(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._cut(each) for each in value]
        if isinstance(value, str) and _is_long(value) and value in self:
            return f"{_flat(value)[:KEPT_CHARACTERS].rstrip()}… (see above)"
        return value


def _is_long(text: str) -> bool:
    return len(text) > LONG_CHARACTERS or "\n" in text.strip()


def _flat(text: str) -> str:
    return " ".join(text.split())
