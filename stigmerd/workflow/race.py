"""Runs branches at once; the one that decides ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
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


async def race(
    branches: Mapping[str, Coroutine[Any, Any, BranchEnd]], *, compete: bool
) -> tuple[list[BranchEnd], BranchEnd | None]:
    """How the branches ended, in their order, and the one that decided.

    Without `compete` the first failure decides. With it the first success; when all fail, the first failure.
    """
    ends: dict[str, BranchEnd] = {}
    try:
        decisive = await _first_decisive(branches, ends, compete=compete)
    except ExceptionGroup as group:  # a bug or a full disk, no failed task: as if there were no group
        raise group.exceptions[0] from None
    if decisive is None and compete:
        decisive = next(iter(ends.values()))
    return [ends[name] for name in branches if name in ends], decisive


async def _first_decisive(
    branches: Mapping[str, Coroutine[Any, Any, BranchEnd]], ends: dict[str, BranchEnd], *, compete: bool
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
            branch.cancel()
    return decisive


def _decides(end: BranchEnd, *, compete: bool) -> bool:
    return end.stop or (end.problem is None if compete else end.problem is not None)
