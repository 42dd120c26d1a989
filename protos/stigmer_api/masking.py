"""Keeps secret values out of texts, whole or in pieces: the one masker of backend and command."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Final
from weakref import WeakValueDictionary

from stigmer_api.blocks import GRIDS, Index, Span
from stigmer_api.spellings import SHORTEST, spellings

Json = Any  # what json.dumps takes

MASK: Final = "***"
FIRST: Final = 4  # bytes


def masker_of(values: Iterable[str]) -> Masker:
    """The same one for the same secrets, as long as somebody has it: thousands take a while."""
    wanted = frozenset(values)
    found = _known.get(wanted)
    if found is None:
        found = _known[wanted] = Masker(wanted)
    return found


class Masker:
    """Replaces secret values, in all their spellings, by `***`.

    A text is looked through in blocks of some bytes, and only where one of them belongs to a secret it is
    compared: a megabyte takes some milliseconds, whether there are three secrets or three thousand.
    """

    def __init__(self, values: Iterable[str]) -> None:
        secrets = {value for value in values if len(value.strip()) >= SHORTEST}
        spelled = {form for secret in secrets for form in spellings(secret)}
        self._forms = {form.encode("utf-8", "surrogatepass") for form in spelled}
        self._numeric = any(secret.strip().lstrip("+-")[:1].isdigit() for secret in secrets)
        self._indices = [index for grid in GRIDS if len(index := Index(grid, self._forms))]

    def __bool__(self) -> bool:
        return bool(self._forms)

    def text(self, text: str) -> str:
        """`text` without any secret."""
        return self.replaced(text, lambda secret: MASK)

    def replaced(self, text: str, replacement: Callable[[str], str]) -> str:
        """`text` with something else in place of each secret."""
        if len(text) < SHORTEST or not self._forms:
            return text
        data = _bytes(text)
        spans = joined(self.found(data))
        if not spans:
            return text
        parts: list[str] = []
        position = 0
        for start, end in spans:
            parts += (_text(data[position:start]), replacement(_text(data[start:end])))
            position = end
        return "".join((*parts, _text(data[position:])))

    def json(self, value: Json) -> Json:
        """`value` with every text in it masked, names of fields too."""
        if not self._forms:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.json(key): self.json(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return MASK if self._is_spelled_out(value) else [self.json(item) for item in value]
        if self._numeric and isinstance(value, int | float) and not isinstance(value, bool):
            text = json.dumps(value)
            return value if self.text(text) == text else MASK
        return value

    def unfinished(self, text: str) -> str:
        """`text` masked, without an end that may be the beginning of a secret."""
        return self.stream().feed(text)

    def stream(self) -> StreamMasker:
        return StreamMasker(self)

    def found(self, data: bytes) -> list[Span]:
        """The occurrences of all forms, also overlapping ones."""
        return [span for index in self._indices for span in index.found(data)]

    def tail(self, data: bytes) -> int:
        """Where the longest end of `data` that begins a form starts; its length if there is none."""
        ordered, beginnings, longest = self._beginnings
        for start in range(max(0, len(data) - longest + 1), len(data)):
            if data[start : start + FIRST] in beginnings and self._begins(ordered, data[start:]):
                return start
        return len(data)

    @cached_property
    def _beginnings(self) -> tuple[list[bytes], frozenset[bytes], int]:
        """The forms in order, their first bytes (one to four), and the length of the longest."""
        firsts = {form[:size] for form in self._forms for size in range(1, FIRST + 1)}
        return sorted(self._forms), frozenset(firsts), max(map(len, self._forms), default=0)

    @staticmethod
    def _begins(ordered: list[bytes], end: bytes) -> bool:
        """Whether a form begins with `end` and is longer."""
        at = bisect_left(ordered, end)
        if at < len(ordered) and ordered[at] == end:
            at += 1
        return at < len(ordered) and ordered[at].startswith(end)

    def _is_spelled_out(self, value: list[Json] | tuple[Json, ...]) -> bool:
        """A list of the numbers of letters."""
        if len(value) < SHORTEST or not all(type(each) is int for each in value):
            return False
        text = ",".join(map(str, value))
        return self.text(text) != text


_known: WeakValueDictionary[frozenset[str], Masker] = WeakValueDictionary()


class StreamMasker:
    """Masks a text that arrives in pieces; holds back only what may be the beginning of a secret."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = b""
        self._out = 0  # so many bytes of `_held` are out already
        self._covered = False  # as a mask, not as they are

    def feed(self, chunk: str) -> str:
        """What can be shown now."""
        data = self._held + _bytes(chunk)
        return self._emit(data, self._masker.tail(data))

    def pause(self) -> str:
        """Something else comes next: a few letters need not wait, and still count as a secret's beginning."""
        if len(self._held) >= SHORTEST or self._covered:
            return ""
        rest, self._out = self._held[self._out :], len(self._held)
        return _text(rest)

    def flush(self) -> str:
        """The rest: nothing follows."""
        return self._emit(self._held, len(self._held))

    def _emit(self, data: bytes, until: int) -> str:
        spans = self._masker.found(data)
        if self._covered:
            spans.append((0, self._out))
        parts: list[str] = []
        position = shown = self._out if not self._covered else 0
        masked_until = self._out if self._covered else 0
        for start, end in joined(spans):
            if start >= until:
                break
            parts.append(_text(data[position : max(position, start)]))
            if start or not self._covered:
                parts.append(MASK)
            position, masked_until = max(position, min(end, until)), end
        parts.append(_text(data[position : max(position, until)]))
        self._held = data[until:]
        self._covered = masked_until > until
        self._out = masked_until - until if self._covered else max(shown - until, 0)
        return "".join(parts)


def joined(spans: list[Span]) -> list[Span]:
    """In order, overlapping ones made one; neighbours stay two."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


NO_SECRETS: Final = masker_of(())  # most have none: it is kept, and not made for each anew
