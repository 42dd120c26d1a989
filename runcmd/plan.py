"""What must change in the backend, and in which order?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from runcmd.errors import ProjectError
from runcmd.events import Action
from runcmd.frozen import Frozen
from runcmd.resource import KnownResource

if TYPE_CHECKING:
    from runcmd.synthesis.manifest import Declared, Manifest


class DeployStep(Frozen):
    """What to do about one resource."""

    declared: Declared
    action: Action
    id: str  # empty: the backend does not have it


class Plan(Frozen):
    """Steps by depth: those of one level need only those of the levels before."""

    levels: tuple[tuple[DeployStep, ...], ...]

    @property
    def steps(self) -> tuple[DeployStep, ...]:
        return tuple(step for level in self.levels for step in level)


def plan_changes(manifest: Manifest, known: Sequence[KnownResource]) -> Plan:
    """Compares what the code says with what the backend has."""
    there = {each.key: each for each in known}
    steps = {declared.key: _step(declared, there.get(declared.key)) for declared in manifest.resources}
    return Plan(
        levels=tuple(
            tuple(steps[key] for key in level) for level in levels(tuple(steps), manifest.dependencies)
        )
    )


def _step(declared: Declared, known: KnownResource | None) -> DeployStep:
    if known is None:
        return DeployStep(declared=declared, action=Action.CREATE, id="")
    action = Action.UNCHANGED if known.hash == declared.hash else Action.UPDATE
    return DeployStep(declared=declared, action=action, id=known.id)


def levels(keys: Sequence[str], dependencies: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], ...]:
    """Kahn's algorithm, level by level; within a level the order of `keys` is kept."""
    waiting = {key: set(dependencies.get(key, ())) for key in keys}
    result: list[tuple[str, ...]] = []
    while waiting:
        ready = tuple(key for key in waiting if waiting[key].isdisjoint(waiting))
        if not ready:
            raise ProjectError(
                f"the dependencies form a cycle: {' → '.join(_circle(waiting))}",
                code="E0311",
                hint="remove one of them",
            )
        result.append(ready)
        for key in ready:
            del waiting[key]
    return tuple(result)


def _circle(waiting: Mapping[str, Collection[str]]) -> list[str]:
    path = [next(iter(waiting))]
    while True:
        following = next(need for need in sorted(waiting[path[-1]]) if need in waiting)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
