"""What must a watch loop do about these edits?

The disk is a sequence of moments: each step of an edit (a truncation, a write, a rename) makes the next one.
A moment has a digest: of all files that count, and of which text of itself the program executes. Every run
bears the digest of what its program read, in the description of its workflow. An event is judged by the
moments of its generation's window: from when its `change_seen` was told (less a glance: the disk is read a
little before it is talked about) until the event. What must hold:

**Nothing is missed.** When all is quiet again after some edits
  - the last run has the digest of what is on disk, it succeeded, and its output has the same digest;
  - the files that were told as created and not as deleted are the files that are there;
  - every file that differs from what it was at the last quiet time was named by a `change_seen` since. The
    program reads everything, so that a run for one edit would hide that another one was missed.

**Nothing is stale.** The digest of a run is that of a moment in its window. A program that reads while files
are being written may see some as they were and some as they will be: a torn look. It is let pass (and
counted) if each single file was like that at some moment of the window, for quiet needs another run
afterwards. While git switches branches nobody knows the moments: any look may be torn.
Nothing of a generation is told after the header of a newer one; what a run's output says is what it declared.

**Nothing is doubled.** Two runs in a row with the same digest are one too many, unless the first one gave way
to a third generation, and something else was on disk in between: then A → B → A stopped a run of A for a B
that never came to run, and A has to run again. (Else, A → B → A runs nothing, or B and A.)
A `change_seen` names only files whose content differed since the one before: no touch, no rewrite of the
same, nothing ignored. `not_affected` is right only if the disk was as the last run saw it. No generation
executes twice, and the backend knows of no executions but those that were told.

**Nothing breaks.** A broken edit is told only if a module was half-written in the window. A run is cancelled
only if it was superseded, and then it does not go on to its end. The loop is ready only if the last run is
over. It never pauses, and never loses its backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.soak.look import MODULES, digest

GLANCE_SECONDS = 0.5
LOOP_EVENTS = frozenset(
    {
        "change_seen",
        "edit_broken",
        "not_affected",
        "run_started",
        "run_superseded",
        "target_missing",
        "watch_ending",
        "watch_finished",
        "watch_noted",
        "watch_ready",
    }
)
UNEXPECTED = frozenset({"backend_lost", "leftover_cancelled", "storm_paused", "watch_paused"})

Tree = Mapping[str, str]
Event = Mapping[str, Any]
Looks = Callable[[str], Tree]  # digest → all that made it


@dataclass(slots=True, kw_only=True)
class Moment:
    """What was on disk, and when at most: from the begin of one step to the end of the next."""

    tree: Tree
    since: float
    until: float = float("inf")
    blurred_until: float = 0.0  # other moments came before it that nobody saw
    digest: str = ""

    def __post_init__(self) -> None:
        self.digest = digest(self.tree)

    @property
    def broken(self) -> bool:
        """The program cannot run."""
        return any(f"{name}!" not in self.tree for name in MODULES)


class Disk:
    """Its moments."""

    def __init__(self, at: float, tree: Tree) -> None:
        self._moments = [Moment(tree=tree, since=at)]

    @property
    def now(self) -> Moment:
        return self._moments[-1]

    def step(self, began: float, ended: float, tree: Tree, *, blurred: bool = False) -> None:
        if tree != self.now.tree or blurred:
            self.now.until = ended
            self._moments.append(Moment(tree=tree, since=began, blurred_until=ended if blurred else 0.0))

    def between(self, begin: float, end: float) -> list[Moment]:
        """The oldest first."""
        return [*self._back(begin, end)][::-1]

    def _back(self, begin: float, end: float) -> Iterator[Moment]:
        for moment in reversed(self._moments):
            if moment.until < begin:
                return
            if moment.since <= end:
                yield moment


@dataclass(slots=True, kw_only=True)
class Run:
    """A run, as its events tell it."""

    gen: int
    began: float
    digest: str = ""
    execution: str = ""
    superseded_at: float | None = None
    superseded_by: int = 0  # the generation
    torn: bool = False
    outcome: str = ""

    @property
    def superseded(self) -> bool:
        return self.superseded_at is not None


@dataclass(kw_only=True)
class Judge:
    """Hears the events of a loop, in order, and notes what must not be."""

    disk: Disk
    looks: Looks
    faults: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    broken: int = 0
    unaffected: int = 0
    finished: Event | None = None  # watch_finished

    def __post_init__(self) -> None:
        self._told = files(self.disk.now.tree)
        self._named: set[str] = set()
        self._quiet_tree = self.disk.now.tree
        self._told_at: dict[int, float] = {}
        self._ready = False
        self._ending = False

    def hear(self, event: Event) -> None:
        name = event["event"]
        judge = getattr(self, f"_{name}", None)
        if name in UNEXPECTED:
            self._fault(event, f"unexpected: {dict(event)}")
        elif name not in LOOP_EVENTS and self.runs and event["gen"] < self.runs[-1].gen:
            self._fault(event, f"generation {event['gen']} speaks after the header of {self.runs[-1].gen}")
        if judge:
            judge(event)

    def unquiet(self) -> list[str]:
        """What has yet to happen; nothing, when the loop has seen all that is on disk."""
        now, last = self.disk.now, self.runs[-1] if self.runs else None
        unnamed = sorted(different(self._quiet_tree, now.tree) - self._named)
        checks = {
            "no run has begun": last is None,
            "the last run did not read what is on disk": last is not None and last.digest != now.digest,
            "the last run did not succeed": last is not None and last.outcome != "succeeded",
            "the loop is not ready": not self._ready,
            f"never named: {unnamed}": bool(unnamed),
            f"files told: {sorted(self._told ^ files(now.tree))} differ": self._told != files(now.tree),
        }
        return [text for text, unmet in checks.items() if unmet]

    def quiet(self) -> None:
        """All is quiet: what differs from now on has yet to be named."""
        self._quiet_tree, self._named = self.disk.now.tree, set()

    @property
    def executions(self) -> list[str]:
        return [run.execution for run in self.runs if run.execution]

    # -- events of the loop --------------------------------------------------------------------------

    def _change_seen(self, event: Event) -> None:
        gen, self._ready = event["gen"], False
        moments, blurred = self._window(event, gen - 1)
        self._told_at[gen] = moment_of(event)
        created, deleted = set(event["created"]), set(event["deleted"])
        named = created | deleted | set(event["modified"])
        if wrong := (created & self._told) | (named - created - self._told):
            self._fault(event, f"created what was there, or else what was not: {sorted(wrong)}")
        for path in sorted(named):
            if not blurred and len({moment.tree.get(path) for moment in moments}) < 2:
                self._fault(event, f"{path} did not change")
        self._told = (self._told | created) - deleted
        self._named |= named

    def _run_started(self, event: Event) -> None:
        cause = "change" if self.runs else "start"
        if event["cause"] != cause:
            self._fault(event, f"its cause is {event['cause']}, not {cause}")
        if self.runs and not self.runs[-1].outcome:
            self._fault(event, f"the run of generation {self.runs[-1].gen} is not over")
        self.runs.append(Run(gen=event["gen"], began=moment_of(event)))

    def _run_superseded(self, event: Event) -> None:
        if run := self._run(event):
            run.superseded_at, run.superseded_by = moment_of(event), event["by"]

    def _edit_broken(self, event: Event) -> None:
        self.broken += 1
        moments, blurred = self._window(event)
        if not blurred and not any(moment.broken for moment in moments):
            self._fault(event, f"no module was broken: {event.get('error', '')} {event.get('details', '')}")

    _target_missing = _edit_broken

    def _not_affected(self, event: Event) -> None:
        self.unaffected += 1
        moments, blurred = self._window(event)
        last = self.runs[-1]
        if last.superseded or (not blurred and last.digest not in {moment.digest for moment in moments}):
            self._fault(event, "it is affected")

    def _watch_ready(self, event: Event) -> None:
        self._ready = True
        if self.runs and not self.runs[-1].outcome:
            self._fault(event, f"ready, and the run of generation {self.runs[-1].gen} is not over")

    def _watch_ending(self, event: Event) -> None:
        self._ending = True

    def _watch_finished(self, event: Event) -> None:
        self.finished = event
        if event["left"]:
            self._fault(event, f"left behind: {event['left']}")

    # -- events of a run -----------------------------------------------------------------------------

    def _target_resolved(self, event: Event) -> None:
        if (run := self._run(event)) and not run.digest:
            run.digest = event["description"]
            self._judge_content(event, run)
            if len(self.runs) > 1:
                self._judge_repetition(event, self.runs[-2], run)

    def _judge_content(self, event: Event, run: Run) -> None:
        moments, blurred = self._window(event)
        if run.digest in {moment.digest for moment in moments}:
            return
        run.torn = True
        look = self.looks(run.digest)
        stale = [
            path
            for path in {*look, *(path for moment in moments for path in moment.tree)}
            if look.get(path) not in {moment.tree.get(path) for moment in moments}
        ]
        if stale and not blurred:
            self._fault(event, f"stale: it read {sorted(stale)} as they were not at that time")

    def _judge_repetition(self, event: Event, before: Run, run: Run) -> None:
        if run.digest == before.digest:
            between = self.disk.between(before.began, run.began)
            for_another = before.superseded and before.superseded_by != run.gen
            if not for_another or len({moment.digest for moment in between}) < 2:
                self._fault(event, f"doubled: the run of generation {before.gen} had the same content")

    def _execution_created(self, event: Event) -> None:
        if run := self._run(event):
            if run.execution:
                self._fault(event, f"it executes twice: {run.execution} and {event['execution']}")
            run.execution = event["execution"]

    def _run_finished(self, event: Event) -> None:
        run = self._run(event)
        if run is None:
            return
        if run.outcome:
            self._fault(event, "it ended twice")
        run.outcome = event["outcome"]
        if run.outcome == "succeeded":
            if run.digest not in event["answer"]:
                self._fault(event, f"stale: it executed {event['answer']} instead of {run.digest}")
            if run.superseded_at is not None and moment_of(event) - run.superseded_at > GLANCE_SECONDS:
                self._fault(event, "it was not stopped")
        elif run.outcome != "cancelled" or not (run.superseded or self._ending):
            self._fault(event, f"it ended as {run.outcome}: {event.get('error', '')}")

    def _run(self, event: Event) -> Run | None:
        """None: a generation that has not begun speaks, which becomes a run only with its header."""
        return next((run for run in reversed(self.runs) if run.gen == event["gen"]), None)

    def _window(self, event: Event, gen: int | None = None) -> tuple[list[Moment], bool]:
        """The moments since its generation was told; were there others that nobody saw?"""
        begin = self._told_at.get(gen or event["gen"], float("-inf")) - GLANCE_SECONDS
        moments = self.disk.between(begin, moment_of(event))
        return moments, any(moment.blurred_until >= begin for moment in moments)

    def _fault(self, event: Event, text: str) -> None:
        self.faults.append(f"{event['at'][11:23]} {event['event']} (generation {event['gen']}): {text}")


def files(tree: Tree) -> set[str]:
    return {path for path in tree if not path.endswith("!")}


def different(before: Tree, after: Tree) -> set[str]:
    """The files whose content is not the same."""
    return files({path: "" for path in {*before, *after} if before.get(path) != after.get(path)})


def moment_of(event: Event) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()
