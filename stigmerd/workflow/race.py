"""Runs branches at once; the one that decides ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from stigmerd.workflow.failure import Problem
from stigmerd.workflow.model import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchEnd:
    """How one branch ended."""

    name: str
    output: Value = None
    stop: bool = False
    problem: Problem | None = None


class GivenUp:
    """The branches of a run that were cancelled because another one had decided."""

    def __init__(self) -> None:
        self._why: dict[str, str] = {}  # by the path of the branch

    def note(self, fork: str, branch: str, by: BranchEnd) -> None:
        if by.problem is not None:
            why = f"given up because {by.name} failed"
        else:
            why = f"given up because {by.name} ended all" if by.stop else f"lost the race to {by.name}"
        self._why[f"{fork}/{branch}/"] = why

    def why(self, key: str) -> str:
        """Why the task was cancelled: by the innermost of these branches, if it is in one."""
        found = [path for path in self._why if key.startswith(path)]
        return self._why[max(found, key=len)] if found else "cancelled"


async def race(
    branches: Mapping[str, Coroutine[Any, Any, BranchEnd]],
    *,
    compete: bool,
    given_up: Callable[[str, BranchEnd], None],
) -> tuple[list[BranchEnd], BranchEnd | None]:
    """How the branches ended, in their order, and the one that decided.

    Without `compete` the first failure decides. With it the first success; when all fail, the first failure.
    `given_up(name, by)` is called before a branch is cancelled because another one has decided.
    """
    ends: dict[str, BranchEnd] = {}
    try:
        decisive = await _first_decisive(branches, ends, compete, given_up)
    except ExceptionGroup as group:  # a bug or a full disk, no failed task: as if there were no group
        raise group.exceptions[0] from None
    if decisive is None and compete:
        decisive = next(iter(ends.values()))
    return [ends[name] for name in branches if name in ends], decisive


async def _first_decisive(
    branches: Mapping[str, Coroutine[Any, Any, BranchEnd]],
    ends: dict[str, BranchEnd],
    compete: bool,
    given_up: Callable[[str, BranchEnd], None],
) -> BranchEnd | None:
    decisive: BranchEnd | None = None
    async with asyncio.TaskGroup() as group:
        names = {group.create_task(branch): name for name, branch in branches.items()}
        running = set(names)
        while running and decisive is None:
            finished, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for branch in sorted(finished, key=list(names).index):
                ends[names[branch]] = branch.result()
            decisive = next((end for end in ends.values() if _decides(end, compete=compete)), None)
        for branch in running:
            assert decisive is not None, "else all have finished"
            given_up(names[branch], decisive)
            branch.cancel()
    return decisive


def _decides(end: BranchEnd, *, compete: bool) -> bool:
    return end.stop or (end.problem is None if compete else end.problem is not None)
