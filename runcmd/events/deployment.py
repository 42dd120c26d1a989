"""What a run says before it executes: the project, its program, the backend, the target."""

from __future__ import annotations

from pathlib import Path

from runcmd.events.states import Action, AppliedChange, TargetKind
from runcmd.frozen import Frozen


class ProjectFound(Frozen):
    """A Stigmer.yaml was read."""

    directory: Path
    name: str
    file: Path


class SynthesisStarted(Frozen):
    """The project's program is being run to learn what it declares."""

    main: Path


class SynthesisLasted(Frozen):
    """The project's program runs for a while already."""

    main: Path
    seconds: float


class ProgramWrote(Frozen):
    """The project's program printed something during synthesis. Emitted as it is printed, in whole lines."""

    stream: str  # "stdout" or "stderr"
    text: str


class SynthesisFinished(Frozen):
    """The project's manifest is known."""

    agents: int
    workflows: int
    seconds: float


class ManifestsLoaded(Frozen):
    """The files that --file names were read."""

    files: tuple[str, ...]
    resources: int  # that they declare


class ManifestApplied(Frozen):
    """The backend has what a document of a file declares."""

    resource: str  # its kind, "AgentInstance" say
    name: str
    slug: str
    id: str
    change: AppliedChange
    source: str  # the file
    document: int  # its number there, from 1


class BackendConnected(Frozen):
    """The backend is reachable."""

    address: str
    started: bool  # by us, just now


class ResourcePlanned(Frozen):
    """What applying would do to a resource."""

    kind: TargetKind
    name: str
    action: Action


class ResourceApplied(Frozen):
    """The backend has this agent or workflow as the code declares it, or no longer, as the code does not."""

    kind: TargetKind
    name: str
    slug: str
    id: str
    change: AppliedChange


class ApplyFinished(Frozen):
    """The whole project is deployed."""

    agents: int
    workflows: int
    changed: int  # of them, created or updated
    seconds: float


class TargetResolved(Frozen):
    """The one agent or workflow that this run executes."""

    kind: TargetKind
    name: str
    slug: str
    id: str
    description: str
    instance: str = ""  # the id of the instance by which it runs; empty: the one that it has by itself
    how: str  # "given", "only", "default", "chosen"
