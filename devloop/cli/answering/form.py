"""The fields of a form that a server wants to be filled in: how each is asked for, and what may be typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

YES: Final = frozenset({"y", "yes", "true", "1"})
NO: Final = frozenset({"n", "no", "false", "0"})
FORMATS: Final = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+"), "an address such as anne@example.com"),
    "uri": (re.compile(r"[A-Za-z][\w+.-]*:\S+"), "an address such as https://example.com"),
    "date": (re.compile(r"\d{4}-\d\d-\d\d"), "a date such as 2026-12-24"),
    "date-time": (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*"), "a time such as 2026-12-24T18:00:00Z"),
}


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One line to type."""

    name: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def prompt(self) -> str:
        """`nights, how long you stay [2]: `"""
        about = self.schema.get("description", "")
        title = self.schema.get("title") or self.name
        words = f"{title}, {about}" if about else str(title)
        chosen = f" ({'/'.join(self._shown())})" if self._choices() else ""
        if self.schema.get("type") == "boolean":
            chosen = " (y/n)"
        if "default" in self.schema:
            return f"{words}{chosen} [{_plain(self.schema['default'])}]: "
        return f"{words}{chosen}{'' if self.required else ' (may be empty)'}: "

    def parsed(self, text: str) -> Any:
        """None: it is left out. Raises ValueError, with a sentence."""
        if not text:
            if "default" in self.schema:
                return self.schema["default"]
            if self.required:
                raise ValueError(f"{self.name} is needed")
            return None
        match self.schema.get("type"):
            case "boolean":
                if text.lower() not in YES | NO:
                    raise ValueError("y or n")
                return text.lower() in YES
            case "integer" | "number":
                return self._number(text)
            case "array":
                return [self._chosen(each.strip()) for each in text.split(",") if each.strip()]
        return self._chosen(text) if self._choices() else self._text(text)

    def _choices(self) -> Sequence[tuple[str, Any]]:
        """What is shown for a value, and the value."""
        of = self.schema.get("items", {}) if self.schema.get("type") == "array" else self.schema
        if titled := of.get("oneOf") or of.get("anyOf"):
            return [(str(each.get("title", each["const"])), each["const"]) for each in titled]
        values = of.get("enum", ())
        return list(zip(map(str, of.get("enumNames", values)), values, strict=False))

    def _shown(self) -> list[str]:
        return [shown for shown, _ in self._choices()]

    def _chosen(self, text: str) -> Any:
        for shown, value in self._choices():
            if text.casefold() in (shown.casefold(), str(value).casefold()):
                return value
        raise ValueError(f"one of {', '.join(self._shown())}")

    def _number(self, text: str) -> int | float:
        whole = self.schema["type"] == "integer"
        try:
            number = int(text) if whole else float(text)
        except ValueError:
            raise ValueError(f"a {'whole ' if whole else ''}number") from None
        if number < self.schema.get("minimum", number):
            raise ValueError(f"at least {self.schema['minimum']}")
        if number > self.schema.get("maximum", number):
            raise ValueError(f"at most {self.schema['maximum']}")
        return number

    def _text(self, text: str) -> str:
        if len(text) < self.schema.get("minLength", 0):
            raise ValueError(f"at least {self.schema['minLength']} characters")
        if len(text) > self.schema.get("maxLength", len(text)):
            raise ValueError(f"at most {self.schema['maxLength']} characters")
        pattern, words = FORMATS.get(self.schema.get("format", ""), (None, ""))
        if pattern is not None and not pattern.fullmatch(text):
            raise ValueError(words)
        return text


def fields_of(details: str) -> Iterator[FormField]:
    """Of a question, in their order. What is no form has none."""
    try:
        known = json.loads(details or "{}")
        schema = known.get("schema", {})
        required = set(schema.get("required", ()))
        properties = dict(schema.get("properties", {}))
        order = {name: number for number, name in enumerate(known.get("order", ()))}
    except (ValueError, AttributeError, TypeError):
        return
    for name, of_field in sorted(properties.items(), key=lambda each: order.get(each[0], len(order))):
        if isinstance(of_field, dict):
            yield FormField(name=name, schema=of_field, required=name in required)


def problem_in(details: str) -> str:
    """What was wrong with the answer before."""
    try:
        return str(json.loads(details or "{}").get("problem", ""))
    except (ValueError, AttributeError):
        return ""


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "y" if value else "n"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
