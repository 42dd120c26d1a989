"""What did this project deploy earlier, and no longer declares?"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runcmd.backend.calls import Backend
from runcmd.deployed.ask import Stored, delete, stored
from runcmd.deployed.at_work import refuse_running
from runcmd.deployed.kinds import AGENT, WORKFLOW, StoredKind
from runcmd.errors import BackendError
from runcmd.events import AppliedChange, Emit, ResourceApplied, TargetKind
from runcmd.resource import key

if TYPE_CHECKING:
    from runcmd.project import Project
    from runcmd.synthesis.manifest import Manifest

# Raises RunError if these shall stay.
Agree = Callable[[Sequence[Stored]], None]
# A workflow goes before the agents that it calls.
KINDS = (WORKFLOW, AGENT)


async def given_up(manifest: Manifest, project: Project, backend: Backend, org: str) -> list[Stored]:
    """Agents and workflows, never those of another project. Raises BackendError: there is no list of them."""
    declared = {each.key for each in manifest.resources}
    found = [each async for each in stored(backend, KINDS, org=org) if _is_ours(each, project)]
    left = [each for each in found if key(TargetKind(each.kind), each.slug) not in declared]
    order = [kind.word for kind in KINDS]
    return sorted(left, key=lambda each: (order.index(each.kind), each.name))


async def refuse_those_at_work(resources: Sequence[Stored], backend: Backend) -> None:
    """Raises TargetError."""
    for each in resources:
        await refuse_running(backend, _kind(each), each.id, each.line)


async def delete_given_up(resources: Sequence[Stored], backend: Backend, emit: Emit) -> None:
    """Raises BackendError, which says what went and what stayed."""
    for place, each in enumerate(resources):
        try:
            await delete(backend, _kind(each), each.id)
        except BackendError as error:
            gone = [f"  {one.line}" for one in resources[:place]]
            details = [*(["Deleted:", *gone] if gone else []), "Not deleted:"]
            details += [f"  {one.line}" for one in resources[place:]]
            raise BackendError(
                f"all is deployed, but {each.line} could not be deleted: {error.message}",
                code=error.code,
                hint=error.hint,
                details=details,
            ) from error
        await emit(
            ResourceApplied(
                kind=TargetKind(each.kind),
                name=each.name,
                slug=each.slug,
                id=each.id,
                change=AppliedChange.DELETED,
            )
        )


def _is_ours(each: Stored, project: Project) -> bool:
    """Deployed from this directory, by this program or by one that is no longer there."""
    if not each.project or os.path.realpath(each.project) != os.path.realpath(project.directory):
        return False
    program = Path(each.program)
    return os.path.realpath(program) == os.path.realpath(project.main) or not program.exists()


def _kind(each: Stored) -> StoredKind:
    return next(kind for kind in KINDS if kind.word == each.kind)
