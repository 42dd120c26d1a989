"""What the secrets of a workflow are taken from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class SecretVariables(Protocol):
    """Variables by name, and the names of those that are secret."""

    @property
    def values(self) -> Mapping[str, str]: ...
    @property
    def secrets(self) -> frozenset[str]: ...
