"""Deploy what a project declares."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import anyio

from runcmd.backend.address import Address
from runcmd.backend.calls import Backend, has_skill, import_while_waiting
from runcmd.backend.patience import Connect
from runcmd.backend.refusals import RefusedError
from runcmd.connect import connected, organization
from runcmd.errors import BackendError, ProjectError, RunError
from runcmd.events import (
    Action,
    AppliedChange,
    ApplyFinished,
    Emit,
    Outcome,
    ProjectFound,
    ResourceApplied,
    ResourcePlanned,
    RunFinished,
    TargetKind,
)
from runcmd.gather import gather_two
from runcmd.mistakes import Mistake, in_order
from runcmd.plan import DeployStep, Plan, plan_changes
from runcmd.project import ProjectRuntime
from runcmd.resource import KnownResource, key
from runcmd.stream import Run, open_stream
from stigmer_api.messages import copied

if TYPE_CHECKING:
    from runcmd.given_up import Agree
    from runcmd.project import Project
    from runcmd.synthesis.checks import Reference
    from runcmd.synthesis.interfaces import Synthesizer
    from runcmd.synthesis.manifest import Manifest

AT_ONCE = 16  # calls


def open_apply(
    project: Project,
    connect: Connect,
    *,
    org: str = "",
    dry_run: bool = False,
    prune: Agree | None = None,
    synthesizer: Synthesizer | None = None,
) -> AbstractAsyncContextManager[Run]:
    """`stigmer apply` as a stream of events. Without a `synthesizer`, a fresh child runs the program.

    Args:
        prune: what the project deployed earlier and no longer declares is deleted, if this agrees. It is
            asked before anything is changed, and not at all in a dry run.
    """
    return open_stream(partial(_steps, project, connect, org, dry_run, prune, synthesizer))


async def _steps(
    project: Project,
    connect: Connect,
    org: str,
    dry_run: bool,
    prune: Agree | None,
    synthesizer: Synthesizer | None,
    run: Run,
) -> RunFinished:
    # Only `apply` prunes: a run need not wait for what that takes.
    from runcmd.given_up import delete_given_up, given_up, refuse_those_at_work

    ready = prepared(project, connect, org, run.emit, synthesizer=synthesizer)
    async with ready as (manifest, backend, org):
        plan = await planned(manifest, backend, org)
        doomed = await given_up(manifest, project, backend, org) if prune else []
        if dry_run:
            for step in plan.steps:
                await run.emit(
                    ResourcePlanned(kind=step.declared.kind, name=step.declared.name, action=step.action)
                )
            for each in doomed:
                await run.emit(
                    ResourcePlanned(kind=TargetKind(each.kind), name=each.name, action=Action.DELETE)
                )
        else:
            if prune and doomed:
                await refuse_those_at_work(doomed, backend)
                prune(doomed)
            await apply(plan, backend, org, run.emit)
            if doomed:
                await delete_given_up(doomed, backend, run.emit)
    return RunFinished(outcome=Outcome.SUCCEEDED, exit_code=0)


@asynccontextmanager
async def prepared(
    project: Project,
    connect: Connect,
    org: str,
    emit: Emit,
    *,
    manifest: Manifest | None = None,
    synthesizer: Synthesizer | None = None,
) -> AsyncIterator[tuple[Manifest, Backend, str]]:
    """The manifest and a backend, found at the same time. One that is given is not discovered again."""
    if project.runtime is not ProjectRuntime.FILES:
        await emit(ProjectFound(directory=project.directory, name=project.name, file=project.file))
    if manifest is None:
        found, address = await gather_two(
            partial(_discover, project, synthesizer, emit), partial(_connected_beside, connect)
        )
    else:
        found, address = manifest, await connect()
    async with connected(address, connect, emit) as backend:
        org = organization(org, project, address)
        if found.references or found.skills:
            await _look_for_others(found, project, backend, org)
        yield found, backend, org


async def _discover(project: Project, synthesizer: Synthesizer | None, emit: Emit) -> Manifest:
    # Who brings a manifest does not need it, and it is a tenth of what a quick command takes.
    from runcmd.synthesis.discover import discover

    return await discover(project, emit, synthesizer=synthesizer)


async def _connected_beside(connect: Connect) -> Address:
    """While the project's program runs, in a process of its own, there is time for what takes long here."""
    address = await connect()
    await import_while_waiting()
    return address


async def planned(
    manifest: Manifest, backend: Backend, org: str, known: Sequence[KnownResource] | None = None
) -> Plan:
    if known is None:
        known = await backend.known(org, [(each.kind, each.slug) for each in manifest.resources])
    return plan_changes(manifest, known)


async def _look_for_others(manifest: Manifest, project: Project, backend: Backend, org: str) -> None:
    """Raises ProjectError if something is called that is neither declared nor deployed."""
    missing = await _missing(manifest.references, backend, org) if manifest.references else []
    missing += [
        each.mistake()
        for each in manifest.skills
        if not await has_skill(backend, each.slug, each.org, each.version)
    ]
    if missing:
        from runcmd.synthesis.failure import mistaken

        raise mistaken(project, in_order(missing), "E0402")


async def _missing(references: Sequence[Reference], backend: Backend, org: str) -> list[Mistake]:
    known = await backend.known(org, [(each.kind, each.slug) for each in references])
    there = {each.key for each in known}
    slugs = {
        kind: [one.removeprefix(start) for one in there if one.startswith(start)]
        for kind, start in ((kind, key(kind, "")) for kind in TargetKind)
    }
    return [each.mistake(slugs[each.kind]) for each in references if key(each.kind, each.slug) not in there]


async def apply(plan: Plan, backend: Backend, org: str, emit: Emit) -> dict[str, ResourceApplied]:
    """By key. Level by level, each level at once. Raises when one is refused, and says what was deployed."""
    start = time.monotonic()
    applied: dict[str, ResourceApplied] = {}
    for level in plan.levels:
        errors = await _apply_level(level, backend, org, emit, applied)
        if errors:
            raise _partly(plan, applied, errors)
    done = applied.values()
    await emit(
        ApplyFinished(
            agents=sum(each.kind is TargetKind.AGENT for each in done),
            workflows=sum(each.kind is TargetKind.WORKFLOW for each in done),
            changed=sum(each.change is not AppliedChange.UNCHANGED for each in done),
            seconds=time.monotonic() - start,
        )
    )
    return applied


async def _apply_level(
    level: Sequence[DeployStep], backend: Backend, org: str, emit: Emit, applied: dict[str, ResourceApplied]
) -> list[tuple[DeployStep, BackendError]]:
    errors: list[tuple[DeployStep, BackendError]] = []
    room = anyio.CapacityLimiter(AT_ONCE)

    async def one(step: DeployStep) -> None:
        async with room:
            try:
                event = await _apply_step(step, backend, org)
            except BackendError as error:
                errors.append((step, error))
                return
        applied[step.declared.key] = event
        await emit(event)

    async with anyio.create_task_group() as group:
        for step in level:
            group.start_soon(one, step)
    return errors


async def _apply_step(step: DeployStep, backend: Backend, org: str) -> ResourceApplied:
    declared = step.declared
    if step.action is Action.UNCHANGED:
        return ResourceApplied(
            kind=declared.kind,
            name=declared.name,
            slug=declared.slug,
            id=step.id,
            change=AppliedChange.UNCHANGED,
        )
    message = copied(declared.message)
    message.metadata.org = org
    if declared.skills:
        from runcmd.own_skills import push_skills

        await push_skills(declared.skills, message, backend, org)
    reply = await backend.apply(declared.kind, message)
    event = reply.status.audit.spec_audit.event
    created = event == "created" if event else step.action is Action.CREATE
    return ResourceApplied(
        kind=declared.kind,
        name=declared.name,
        slug=reply.metadata.slug or declared.slug,
        id=reply.metadata.id,
        change=AppliedChange.CREATED if created else AppliedChange.UPDATED,
    )


def _partly(
    plan: Plan, applied: dict[str, ResourceApplied], errors: Sequence[tuple[DeployStep, BackendError]]
) -> RunError:
    step, first = errors[0]
    missing = [each.declared for each in plan.steps if each.declared.key not in applied]
    details = [
        f"  {step.declared.kind.value} {step.declared.name}: {error.message}" for step, error in errors
    ]
    if applied:
        details += ["Deployed:", *(f"  {each.kind.value} {each.name}" for each in applied.values())]
    details += ["Not deployed:", *(f"  {each.kind.value} {each.name}" for each in missing)]
    refused = isinstance(first, RefusedError)
    kind = ProjectError if refused else BackendError
    return kind(
        f"could not deploy {step.declared.kind.value} {step.declared.name}: {first.message}",
        code=first.code,
        hint=first.hint or ("fix it in the program that declares it" if refused else ""),
        details=details,
        facts=first.facts,
    )
