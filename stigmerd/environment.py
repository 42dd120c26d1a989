"""Which variables does an execution see, and which of them are secret?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from stigmer_api.environment_pb2 import EnvironmentSpec, EnvironmentValue
from stigmer_api.executioncontext_pb2 import ExecutionValue

RuntimeEnv = Mapping[str, ExecutionValue]


class MissingVariables(Exception):  # noqa: N818
    """Variables that the agent or workflow declares and nobody gave a value."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"no value for {', '.join(names)}: give one with --env NAME=value (or --secret), "
            "or in an environment of the instance"
        )
        self.names = tuple(names)


class MissingEnvironment(LookupError):  # noqa: N818
    """An instance refers to an environment that is not stored."""


@dataclass(frozen=True, kw_only=True)
class Variables:
    """Names and values; `secrets` holds the names of those that nobody may see."""

    values: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    @property
    def secret_values(self) -> frozenset[str]:
        return frozenset(self.values[name] for name in self.secrets if name in self.values)


def merge(
    env_spec: EnvironmentSpec | None,
    instance_environments: Sequence[EnvironmentSpec],
    runtime_env: RuntimeEnv,
) -> Variables:
    """Defaults, then the instance's environments in order, then what this execution was given.

    A name that any of them calls secret is secret. Raises MissingVariables for declared ones without a value.
    """
    declared = env_spec.data if env_spec is not None else {}
    layers: list[Mapping[str, EnvironmentValue] | RuntimeEnv] = [
        declared,
        *(environment.data for environment in instance_environments),
        runtime_env,
    ]
    variables = overlay(layers)
    missing = sorted(name for name in declared if name not in variables.values)
    if missing:
        raise MissingVariables(missing)
    return variables


def overlay(layers: Iterable[Mapping[str, EnvironmentValue] | RuntimeEnv]) -> Variables:
    """Later layers win; an empty value is no value."""
    values: dict[str, str] = {}
    secrets: set[str] = set()
    for layer in layers:
        for name, entry in layer.items():
            if entry.is_secret:
                secrets.add(name)
            if entry.value:
                values[name] = entry.value
    return Variables(values=values, secrets=frozenset(secrets))
