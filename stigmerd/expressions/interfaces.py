"""What a workflow's secrets need: variables, and a masker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from stigmerd.store.json import Json


class SecretVariables(Protocol):
    """Variables by name, and the names of those that are secret."""

    @property
    def values(self) -> Mapping[str, str]: ...
    @property
    def secrets(self) -> frozenset[str]: ...


class TextMasker(Protocol):
    """Knows the secret values."""

    def replaced(self, text: str, replacement: Callable[[str], str]) -> str: ...
    def json(self, value: Json) -> Json: ...
