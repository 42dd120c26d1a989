"""The client's environment: model variables of the shell that starts an execution, kept in memory only.

The shell that the backend happened to be started from says nothing about models; that of each execution
does, and comes this way. Their names are journalled, so that a restarted backend can say what was lost; their
values never are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from stigmer_api.client_env import PLACE, is_for_models, is_secret

JOURNAL_KEY: Final = "services/handed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEnv:
    """Variables of the client by name; only their names, once a restart has lost the values."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    place: Mapping[str, str] = field(default_factory=dict)  # where it finds programs
    names: tuple[str, ...] = ()  # of `values`, also after a restart, when the values are gone

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(each for name, each in self.values.items() if is_secret(name))

    @property
    def lost(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in self.values)


def client_env_of(values: Mapping[str, str]) -> ClientEnv:
    """Of a client's variables those that are meant to come this way."""
    taken = {name: value for name, value in values.items() if value and is_for_models(name)}
    place = {name: values[name] for name in PLACE if values.get(name)}
    return ClientEnv(values=taken, place=place, names=tuple(sorted(taken)))


NOTHING: Final = ClientEnv()
