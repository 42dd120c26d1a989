"""Keeps secret values out of everything that an execution says."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from stigmerd.records import Json, MessageSet, Record

MASK = "***"
SHORTEST_SECRET = 4  # a shorter value is part of too many innocent words
# Fields of records and of status messages that repeat what somebody said.
SPOKEN = frozenset({"input", "output", "error", "content", "metadata", "args", "result"})
SHORTEST_INNER_BASE64 = 8  # what is left of a value inside other base64 text may be short enough to be a word


class Masker:
    """Replaces secret values, and their JSON, URL and base64 forms, by `***`."""

    def __init__(self, values: Iterable[str]) -> None:
        secrets = {value for value in values if len(value.strip()) >= SHORTEST_SECRET}
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self._by_first: dict[str, list[str]] = {}
        for form in self._forms:
            self._by_first.setdefault(form[0], []).append(form)
        self._numeric = any(secret.strip().lstrip("+-")[:1].isdigit() for secret in secrets)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def text(self, text: str) -> str:
        """`text` without any secret."""
        return self.replaced(text, lambda secret: MASK)

    def replaced(self, text: str, replacement: Callable[[str], str]) -> str:
        """`text` with something else in place of each secret."""
        spans = _joined(self._found(text))
        if not spans:
            return text
        parts: list[str] = []
        position = 0
        for start, end in spans:
            parts += (text[position:start], replacement(text[start:end]))
            position = end
        return "".join((*parts, text[position:]))

    def json(self, value: Json) -> Json:
        """`value` with every text in it masked, names of fields too."""
        if not self._forms:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.json(key): self.json(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(item) for item in value]
        if self._numeric and isinstance(value, int | float) and not isinstance(value, bool):
            text = json.dumps(value)
            return value if self.text(text) == text else MASK
        return value

    def unfinished(self, text: str) -> str:
        """`text` masked, without an end that may be the beginning of a secret."""
        return self.stream().feed(text)

    def stream(self) -> StreamMasker:
        return StreamMasker(self)

    def _found(self, text: str) -> list[tuple[int, int]]:
        """Every occurrence of every form, also the overlapping ones."""
        spans: list[tuple[int, int]] = []
        for form in self._forms:
            start = text.find(form)
            while start >= 0:
                spans.append((start, start + len(form)))
                start = text.find(form, start + 1)
        return spans

    def _tail(self, text: str) -> int:
        """Where the longest end of `text` that begins a form starts; its length if there is none."""
        longest = len(self._forms[0]) - 1 if self._forms else 0
        for start in range(max(0, len(text) - longest), len(text)):
            for form in self._by_first.get(text[start], ()):
                if len(form) > len(text) - start and form.startswith(text[start:]):
                    return start
        return len(text)


class StreamMasker:
    """Masks a text that arrives in pieces; holds back only what may be the beginning of a secret."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = ""
        self._covered = 0  # so many characters of `_held` belong to a secret whose mask is out already

    def feed(self, chunk: str) -> str:
        """What can be shown now."""
        text = self._held + chunk
        return self._emit(text, self._masker._tail(text))

    def flush(self) -> str:
        """The rest: nothing follows."""
        return self._emit(self._held, len(self._held))

    def _emit(self, text: str, until: int) -> str:
        spans = self._masker._found(text)
        if self._covered:
            spans.append((0, self._covered))
        parts: list[str] = []
        position = 0
        covered = max(self._covered - until, 0)
        for start, end in _joined(spans):
            if start >= until:
                break
            parts.append(text[position:start])
            if start or not self._covered:
                parts.append(MASK)
            position = min(end, until)
            covered = max(end - until, 0)
        parts.append(text[position:until])
        self._held = text[until:]
        self._covered = covered
        return "".join(parts)


def mask_record(record: Record, masker: Masker) -> Record:
    """What it says is masked; which task, message or state it is about is not."""
    if not masker:
        return record
    values = {name: getattr(record, name) for name in record.__slots__}
    for name in values.keys() & SPOKEN:
        values[name] = masker.json(values[name])
    if isinstance(record, MessageSet) and not record.complete:
        values["content"] = masker.unfinished(record.content)
    return type(record)(**values)


def mask_message(message: Message, masker: Masker) -> None:
    """The same for a status, in place."""
    if masker:
        _mask_fields(message, masker, spoken=False)


def _mask_fields(message: Message, masker: Masker, *, spoken: bool) -> None:
    for field, value in message.ListFields():
        says = spoken or field.name in SPOKEN
        items = value.values() if _is_map(field) else value if field.is_repeated else [value]
        if field.message_type is not None:
            for item in items:
                if isinstance(item, Message):
                    _mask_fields(item, masker, spoken=says)
        elif says and field.type == field.TYPE_STRING and not field.is_repeated:
            setattr(message, field.name, masker.text(value))


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type is not None and field.message_type.GetOptions().map_entry)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, overlapping ones made one; neighbours stay two."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _forms(secret: str) -> Iterator[str]:
    for value in {secret, secret.strip()}:
        yield value
        yield from _json_forms(value)
        yield from _url_forms(value)
        yield from _base64_forms(value)


def _json_forms(value: str) -> Iterator[str]:
    """In JSON, and in JSON inside JSON."""
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]


def _url_forms(value: str) -> Iterator[str]:
    encoded = value.encode("utf-8", "surrogatepass")
    for form in (quote(encoded), quote(encoded, safe=""), quote_plus(encoded)):
        yield form
        yield _lower_escapes(form)


def _lower_escapes(form: str) -> str:
    head, *rest = form.split("%")
    return "%".join((head, *(part[:2].lower() + part[2:] for part in rest)))


def _base64_forms(value: str) -> Iterator[str]:
    """By itself, and inside longer text (`user:password`), where it may begin at any of three places."""
    raw = value.encode("utf-8", "surrogatepass")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode("ascii").rstrip("=")
        for before in range(3):
            whole = encode(b"\0" * before + raw).decode("ascii").rstrip("=")
            first = (before * 8 + 5) // 6  # the characters that also hold bits of the text before
            last = (before + len(raw)) * 8 // 6  # the one behind also holds bits of the text after
            if last - first >= SHORTEST_INNER_BASE64:
                yield whole[first:last]
