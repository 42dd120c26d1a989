"""Does an edit make a difference to what runs?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from devloop.changes.fingerprint import extra_key
from runcmd.events import TargetKind
from runcmd.frozen import Frozen
from runcmd.request import RunRequest, RuntimeVariable
from runcmd.resource import key
from runcmd.synthesis.manifest import Declared, Manifest
from stigmer_api.agent_options import calls_python
from stigmer_api.facts import ResourceKind

if TYPE_CHECKING:
    from stigmer_api.workflow_pb2 import WorkflowSpec

RUN_KINDS = (ResourceKind.AGENT, ResourceKind.WORKFLOW)  # these are among its manifests
CALLED = {"agent": TargetKind.AGENT, "workflow": TargetKind.WORKFLOW}  # in the configuration of a task


class Footprint(Frozen):
    """All that a run of one target depends on."""

    target: str  # its key
    manifests: Mapping[str, str]  # the hashes of it and of all that it calls, by key
    uses: Mapping[str, bytes]  # files that are used while it runs, with hashes of their content
    documents: frozenset[str]  # the hashes of what files with manifests declare besides
    any_file: bool  # it calls the project's own functions, or what it uses cannot be told
    settings: tuple[object, ...]  # message and the like
    env: frozenset[RuntimeVariable]  # their order makes no difference


def footprint(manifest: Manifest, target: str, request: RunRequest) -> Footprint:
    every = {each.key: each for each in manifest.resources}
    called = reach(target, lambda each: (*manifest.dependencies.get(each, ()), *named_by(every.get(each))))
    declared = {each: resource for each, resource in every.items() if each in called}
    uses = [manifest.uses[key] for key in sorted(declared) if key in manifest.uses]
    return Footprint(
        target=target,
        manifests={key: each.hash for key, each in declared.items()},
        uses={named(file, request): digest for each in uses for file, digest in each.files.items()},
        documents=frozenset(each.hash for each in manifest.documents if each.kind not in RUN_KINDS),
        any_file=any(each.everything for each in uses)
        or any(calls_python(each.message.metadata.annotations) for each in declared.values()),
        settings=(
            request.message,
            request.attachments,
            request.input,
            request.models,
            request.limits,
            request.org,
            request.timeout,
        ),
        env=frozenset(request.env),
    )


def named(file: Path, request: RunRequest) -> str:
    """A file as a loop speaks of it."""
    return extra_key(request.project.directory, file) if request.project else str(file)


def reach(target: str, calls: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """The target and what it calls, directly or not."""
    found: set[str] = set()
    ahead = [target]
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += calls(each)
    return frozenset(found)


def named_by(declared: Declared | None) -> Iterator[str]:
    """The keys of agents and workflows that a workflow's tasks call by their names, wherever they are."""
    if declared is None or declared.kind is not TargetKind.WORKFLOW:
        return
    from stigmer_api.values import from_struct

    tasks = cast("WorkflowSpec", declared.message.spec).tasks
    ahead: list[object] = [from_struct(each.task_config) for each in tasks]
    while ahead:
        value = ahead.pop()
        if isinstance(value, dict):
            for name, kind in CALLED.items():
                if isinstance(slug := value.get(name), str):
                    yield key(kind, slug)
            ahead += value.values()
        elif isinstance(value, list):
            ahead += value


def affected(before: Footprint | None, after: Footprint, *, files_differ: bool) -> bool:
    """Must it run again? `files_differ`: some watched file is not as it was for the run before."""
    return before != after or (after.any_file and files_differ)


def environment_differs(before: Footprint | None, after: Footprint) -> bool:
    return before is not None and (before.settings, before.env) != (after.settings, after.env)
