"""What must a watch loop do about these edits?

The disk is a sequence of moments: each step of an edit (a truncation, a write, a rename) makes the next one.
A moment has a content: a digest of all files that count, and of which text of itself the program executes;
and the variables that its environment file gives. Every run bears the digest of what its program read, in
the description of its workflow; what it executes says the digest again, and the variables that it got. An
event is judged by the moments of its generation's window: from when its `change_seen` was told (less a
glance: the disk is read a little before it is talked about) until the event. What must hold:

**Nothing is missed.** When all is quiet again after some edits
  - the last run has the content of what is on disk, it succeeded, and its output says the same;
  - the files that were told as created and not as deleted are the files that are there;
  - every file that differs from what it was at the last quiet time was named by a `change_seen` since. The
    program reads everything, so that a run for one edit would hide that another one was missed.

**Nothing is stale.** The content of a run is that of a moment in its window. A program that reads while files
are being written may see some as they were and some as they will be: a torn look. It is let pass (and
counted) if each single file was like that at some moment of the window, for quiet needs another run
afterwards. The environment file is one of them: its variables are all of one moment. While git switches
branches nobody knows the moments: any look may be torn. Git leaves the environment file alone.
Nothing of a generation is told after the header of a newer one; what a run's output says is what it declared.
No run begins after a newer change was told: the newest content wins.

**Nothing is doubled.** Two runs in a row with the same content are one too many, unless the first one gave
way to a third generation, and something else was on disk in between: then A → B → A stopped a run of A for a
B that never came to run, and A has to run again. (Else, A → B → A runs nothing, or B and A.) Variables count
as the execution got them: a comment in the environment file, or another order, runs nothing.
A `change_seen` names only files whose content differed since the one before: no touch, no rewrite of the
same, nothing ignored. `not_affected` is right only if the disk was as the last run saw it. No generation
executes twice, and the backend knows of no executions but those that were told (`executions.py`).

**Nothing breaks.** A broken edit is told only if a module was half-written in the window, or a variable had
no value, or the environment file was away. A run is cancelled only if it was superseded, and then it does not
go on to its end. The loop is ready only if the last run is over. It never pauses. A run that begins because
of its variables has others than the one before.

**A project that is away is only away.** It is said to be gone only if it was, and to be back if it was said
to be gone, or was replaced. What was away and is as before was no change: nothing was deleted, nothing runs.

**What came through a pipe stays.** Where the variables did, later edits of their file make no difference, and
one remark says that they are kept.

**A queue stops nothing.** With `--on-change queue` no run is ever superseded; each goes on to its end, and
the newest content runs then, once. All that is above holds as well.

**A lost backend costs one run at the most.** The backend is killed, stopped, or kept away: a loss.
  - What only a loss explains is told only in the time of one: that a run reconnects, that it loses sight of
    its execution, that a superseded one could not be cancelled, that an execution was left over.
  - It is said once: one `backend_lost` and one `backend_back` for a loss at the most, in turn, and the latter
    before the next run begins; a run tries to find its execution again so many times and no more.
  - A run that has lost sight of its execution runs once more: only then may the same content come again, with
    the backend as its cause, or for a change that came meanwhile. (A second loss may cost that one, too.)
  - Executions that were lost sight of are cancelled before another one begins (`executions.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.soak.disk import Disk, Moment, Tree, different, files
from tests.soak.losses import ATTEMPTS, GLANCE_SECONDS, Losses
from tests.soak.runs import EXIT_BACKEND, Event, Run, executed, moment_of

LOOP_EVENTS = frozenset(
    {
        "backend_back",
        "backend_lost",
        "change_seen",
        "edit_broken",
        "leftover_cancelled",
        "not_affected",
        "project_back",
        "project_gone",
        "run_started",
        "run_superseded",
        "target_missing",
        "watch_ending",
        "watch_finished",
        "watch_noted",
        "watch_ready",
    }
)
PROJECT_FILE = "Stigmer.yaml"
UNEXPECTED = frozenset({"storm_paused", "watch_paused"})

Looks = Callable[[str], Tree]  # digest → all that made it


@dataclass(kw_only=True)
class Judge:
    """Hears the events of a loop, in order, and notes what must not be."""

    disk: Disk
    looks: Looks
    queue: bool = False
    losses: Losses = field(default_factory=Losses)
    faults: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)  # remarks
    broken: int = 0
    unaffected: int = 0
    finished: Event | None = None  # watch_finished

    def __post_init__(self) -> None:
        self._told = files(self.disk.now.tree)
        self._named: set[str] = set()
        self._quiet_tree = self.disk.now.tree
        self._told_at: dict[int, float] = {}
        self._newest = 0  # generation that a change was told for
        self._lost_at = float("-inf")  # when a run lost sight; what it brings about has no `change_seen`
        self._ready = False
        self._ending = False
        self._gone = False
        self._place_at = 0.0  # when the project was last said to be gone or back

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
            "the last run had other variables": last is not None and last.variables != now.variables,
            "the loop is not ready": not self._ready,
            "the project is said to be gone": self._gone,
            f"never named: {unnamed}": bool(unnamed),
            f"files told: {sorted(self._told ^ files(now.tree))} differ": self._told != files(now.tree),
        }
        return [text for text, unmet in checks.items() if unmet]

    def quiet(self) -> None:
        """All is quiet: what differs from now on has yet to be named."""
        self._quiet_tree, self._named = self.disk.now.tree, set()

    # -- events of the loop --------------------------------------------------------------------------

    def _change_seen(self, event: Event) -> None:
        gen, self._ready = event["gen"], False
        moments, blurred = self._window(event, gen - 1)
        self._told_at[gen] = moment_of(event)
        self._newest = gen
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
        before = self.runs[-1] if self.runs else None
        causes = {"change", "environment"} if before else {"start"}
        if before and before.lost:
            causes.add("backend")
        if event["cause"] not in causes:
            self._fault(event, f"its cause is {event['cause']}, not one of {sorted(causes)}")
        if before and not before.outcome:
            self._fault(event, f"the run of generation {before.gen} is not over")
        if event["gen"] < self._newest:
            self._fault(event, f"it begins although a change was told for generation {self._newest}")
        if self.losses.open:
            self._fault(event, "it begins although the backend is said to be lost")
        self.runs.append(Run(gen=event["gen"], began=moment_of(event), cause=event["cause"]))

    def _run_superseded(self, event: Event) -> None:
        if self.queue:
            self._fault(event, "a queue stops no run")
        if run := self._run(event):
            run.superseded_at, run.superseded_by = moment_of(event), event["by"]

    def _edit_broken(self, event: Event) -> None:
        self.broken += 1
        moments, blurred = self._window(event)
        if not blurred and not any(moment.broken for moment in moments):
            self._fault(event, f"nothing was broken: {event.get('error', '')} {event.get('details', '')}")

    _target_missing = _edit_broken

    def _not_affected(self, event: Event) -> None:
        self.unaffected += 1
        moments, blurred = self._window(event)
        last = self.runs[-1]
        seen = any(
            moment.digest == last.digest and last.variables in (None, moment.variables) for moment in moments
        )
        if last.superseded or last.lost or not (seen or blurred):
            self._fault(event, "it is affected")

    def _project_gone(self, event: Event) -> None:
        moments = self.disk.between(self._place_at - GLANCE_SECONDS, moment_of(event))
        if self._gone or all(PROJECT_FILE in moment.tree for moment in moments):
            self._fault(event, "the project is there, or was gone already")
        self._gone, self._ready, self._place_at = True, False, moment_of(event)

    def _project_back(self, event: Event) -> None:
        if not (self._gone or event["replaced"]):
            self._fault(event, "it was neither gone nor replaced")
        self._gone, self._place_at = False, moment_of(event)

    def _watch_noted(self, event: Event) -> None:
        self.noted.append(event["text"])

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

    # -- events of the backend -----------------------------------------------------------------------

    def _backend_lost(self, event: Event) -> None:
        self._ready = False
        if wrong := self.losses.lost(moment_of(event)):
            self._fault(event, wrong)

    def _backend_back(self, event: Event) -> None:
        if wrong := self.losses.back(moment_of(event)):
            self._fault(event, wrong)

    def _leftover_cancelled(self, event: Event) -> None:
        run = next((run for run in self.runs if run.execution == event["execution"]), None)
        begin = run.began if run else 0
        if (run and run.outcome not in ("error", "detached")) or not self._losses_since(begin, event):
            self._fault(event, f"it was not left over: {event['execution']}")
        if event["outcome"] != "confirmed":
            self._fault(event, f"{event['execution']} is {event['outcome']}")

    def _reconnecting(self, event: Event) -> None:
        if run := self._run(event):
            run.reconnecting += 1
            losses = self._losses_since(run.began, event)
            if run.reconnecting > losses * ATTEMPTS:
                self._fault(event, f"it reconnects {run.reconnecting} times for {losses} losses")

    def _losses_since(self, begin: float, event: Event) -> int:
        return self.losses.between(begin, moment_of(event))

    # -- events of a run -----------------------------------------------------------------------------

    def _target_resolved(self, event: Event) -> None:
        if (run := self._run(event)) and not run.digest:
            run.digest = event["description"]
            moments, blurred = self._window(event)
            run.possible = frozenset(moment.variables for moment in moments) - {None}
            if len(run.possible) == 1:
                (run.variables,) = run.possible
            self._judge_content(event, run, moments, blurred)
            self._judge_repetition(event, run)

    def _judge_content(self, event: Event, run: Run, moments: list[Moment], blurred: bool) -> None:
        if run.digest in {moment.digest for moment in moments}:
            return
        run.torn = True
        look = self.looks(run.digest)
        stale = [
            path
            for path in {*look, *(path for moment in moments for path in moment.program)}
            if look.get(path) not in {moment.tree.get(path) for moment in moments}
        ]
        if stale and not blurred:
            self._fault(event, f"stale: it read {sorted(stale)} as they were not at that time")

    def _judge_repetition(self, event: Event, run: Run) -> None:
        """Once the variables of both are known; those of a run that was stopped may stay unknown."""
        before = self.runs[self.runs.index(run) - 1] if run is not self.runs[0] else None
        if before is None or None in (before.variables, run.variables):
            return
        first = before.superseded and before.superseded_by != run.gen  # for a third one
        compared = not before.lost and not (before.superseded and first)
        if compared and (run.cause == "environment") is not (before.variables != run.variables):
            self._fault(event, f"its cause is {run.cause}: {before.variables} became {run.variables}")
        if run.content == before.content and not before.lost:
            between = {moment.content for moment in self.disk.between(before.began, run.began)}
            if not first or len(between) < 2:
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
        losses = self._losses_since(run.began, event)
        if run.outcome == "succeeded":
            self._judge_answer(event, run)
            late = run.superseded_at is not None and moment_of(event) - run.superseded_at > GLANCE_SECONDS
            if late and not losses:
                self._fault(event, "it was not stopped")
        elif losses and run.outcome == "error" and event["exit_code"] == EXIT_BACKEND:
            run.lost, self._lost_at = True, moment_of(event)
        elif not (run.superseded or self._ending) or run.outcome not in (
            ("cancelled", "detached") if losses else ("cancelled",)
        ):
            self._fault(event, f"it ended as {run.outcome}: {event.get('error', '')}")

    def _judge_answer(self, event: Event, run: Run) -> None:
        seen, variables = executed(event["answer"])
        if seen != run.digest:
            self._fault(event, f"stale: it executed {event['answer']} instead of {run.digest}")
        if variables not in run.possible:
            self._fault(event, f"stale: it got {variables}, not one of {run.might_have_got}")
        known, run.variables = run.variables is not None, variables
        if not known:
            self._judge_repetition(event, run)

    def _run(self, event: Event) -> Run | None:
        """None: a generation that has not begun speaks, which becomes a run only with its header."""
        return next((run for run in reversed(self.runs) if run.gen == event["gen"]), None)

    def _window(self, event: Event, gen: int | None = None) -> tuple[list[Moment], bool]:
        """The moments since its generation was told; were there others that nobody saw?"""
        begin = self._told_at.get(gen or event["gen"], self._lost_at) - GLANCE_SECONDS
        moments = self.disk.between(begin, moment_of(event))
        return moments, any(moment.blurred_until > max(begin, 0) for moment in moments)

    def _fault(self, event: Event, text: str) -> None:
        self.faults.append(f"{event['at'][11:23]} {event['event']} (generation {event['gen']}): {text}")
