"""Does an edit make a difference to what runs?"""

from __future__ import annotations

from collections.abc import Mapping

from runcmd.frozen import Frozen
from runcmd.request import RunRequest, RuntimeVariable
from runcmd.synthesis.manifest import Manifest
from stigmer_api.facts import ACTIVITIES_ANNOTATION


class Footprint(Frozen):
    """All that a run of one target depends on, but for the files that its activities read."""

    target: str  # its key
    manifests: Mapping[str, str]  # the hashes of it and of all that it calls, by key
    activities: bool  # it calls the project's own functions: any file may matter
    settings: tuple[object, ...]  # message and the like
    env: frozenset[RuntimeVariable]  # their order makes no difference


def footprint(manifest: Manifest, target: str, request: RunRequest) -> Footprint:
    called = reach(target, manifest.dependencies)
    declared = {each.key: each for each in manifest.resources if each.key in called}
    return Footprint(
        target=target,
        manifests={key: each.hash for key, each in declared.items()},
        activities=any(
            ACTIVITIES_ANNOTATION in each.message.metadata.annotations for each in declared.values()
        ),
        settings=(request.message, request.org, request.timeout),
        env=frozenset(request.env),
    )


def reach(target: str, dependencies: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """The target and what it calls, directly or not."""
    found: set[str] = set()
    ahead = [target]
    while ahead:
        key = ahead.pop()
        if key not in found:
            found.add(key)
            ahead += dependencies.get(key, ())
    return frozenset(found)


def affected(before: Footprint | None, after: Footprint, *, files_differ: bool) -> bool:
    """Must it run again? `files_differ`: some watched file is not as it was for the run before."""
    return before != after or (after.activities and files_differ)


def environment_differs(before: Footprint | None, after: Footprint) -> bool:
    return before is not None and (before.settings, before.env) != (after.settings, after.env)
