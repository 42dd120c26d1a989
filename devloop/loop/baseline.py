"""What ran last of a target, and whether a newer version makes a difference to that."""

from __future__ import annotations

from dataclasses import field, replace
from enum import Enum

from devloop.changes.files import Files
from devloop.changes.fingerprint import Fingerprint, difference
from devloop.loop.events import Cause
from devloop.loop.footprint import Footprint, affected, environment_differs, footprint
from devloop.loop.target import declared_key, is_declared
from runcmd.frozen import Frozen
from runcmd.request import RunRequest
from runcmd.resolve import Candidate
from runcmd.resource import key
from runcmd.synthesis.manifest import Manifest


class Verdict(Enum):
    """What a version of the project comes to."""

    RUN = "run"
    UNAFFECTED = "unaffected"  # the target is as it was
    MISSING = "missing"  # the code no longer declares the target


class Baseline(Frozen):
    """What the next version is compared with."""

    files: Fingerprint = field(default_factory=Files)  # as they were deployed
    target: Candidate | None = None  # that ran last
    declared: bool = False  # the code declares it; else only the backend has it
    chosen: str = ""  # the key of what ran or was chosen last
    footprint: Footprint | None = None  # of what ran last; None: whatever comes next makes a difference

    def accepted(self, files: Fingerprint) -> Baseline:
        """These files are deployed."""
        return replace(self, files=files)

    def watched_too(self, files: Fingerprint) -> Baseline:
        """What is watched only from now on is as it was deployed."""
        missing = {path: state for path, state in files.items() if path not in self.files}
        return replace(self, files=Files.of(self.files).changed(missing)) if missing else self

    def started(self, target: Candidate, manifest: Manifest, request: RunRequest) -> Baseline:
        """This target runs."""
        chosen = key(target.kind, target.slug)
        return replace(
            self,
            target=target,
            declared=is_declared(chosen, manifest),
            chosen=chosen,
            footprint=footprint(manifest, chosen, request),
        )

    def forgotten(self) -> Baseline:
        """Nothing runs, or nobody knows what became of it."""
        return replace(self, footprint=None)


def judge(
    baseline: Baseline, cause: Cause, files: Fingerprint, request: RunRequest, manifest: Manifest
) -> tuple[Verdict, Cause]:
    """Does a change run again? And why, as the header says it."""
    if baseline.target is None:
        return Verdict.RUN, cause
    by_instance = bool(baseline.target.instance)
    target = declared_key(request, manifest, baseline.chosen, instance=by_instance)
    if target is None and baseline.declared:
        return Verdict.MISSING, cause
    after = footprint(manifest, target or baseline.chosen, request)
    files_differ = bool(difference(baseline.files, files))
    if not affected(baseline.footprint, after, files_differ=files_differ):
        return Verdict.UNAFFECTED, cause
    return Verdict.RUN, Cause.ENVIRONMENT if environment_differs(baseline.footprint, after) else cause
