"""A made-up loop around `decide`: what may come, in any order, and what must hold whatever the table says.

It knows nothing of the table. Each generation's work is a generator that stops wherever the real one awaits;
chance says whose turn it is, and what comes in between: edits, keys, outages, the end of the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from devloop.loop.state import GenerationState, Happened, LoopAction, Stage, Why
from runcmd.project import OnChange

Decide = Callable[[GenerationState, Happened], tuple[GenerationState, tuple[LoopAction, ...]]]
Turns = Iterator[Callable[[], bool]]  # what is waited for

TARGETS = ("a", "b")
CONTENTS = (0, 1, 2)
BROKEN = 9
ROOM = 3
STEPS = 120
DRAIN = 5000
SETTLED = (Stage.RUNNING, Stage.OVER)


class Made:
    """A generation, and what is known of it without asking its state."""

    def __init__(self, number: int, target: str, content: int, before: list[Made]) -> None:
        self.number = number
        self.target = target
        self.content = content
        self.before = before
        self.state = GenerationState()
        self.cut = False  # what is under way was cancelled
        self.executes = False  # an execution of it is at work
        self.gives_way = False

    @property
    def over(self) -> bool:
        return self.state.stage is Stage.OVER


class MadeUpLoop:
    """Two targets, each in its place. Raises AssertionError for what must not be."""

    def __init__(self, decide: Decide, seed: int, on_change: OnChange) -> None:
        self._decide = decide
        self._random = Random(seed)
        self._on_change = on_change
        self._room = ROOM if on_change is OnChange.KEEP else 1
        self._disk = dict.fromkeys(TARGETS, 0)
        self._number = 0
        self._newest: list[Made] = []
        self._all: list[Made] = []
        self._running: dict[str, list[Made]] = {target: [] for target in TARGETS}
        self._baseline: dict[str, int | None] = dict.fromkeys(TARGETS)  # the content that ran last
        self._reported: dict[str, int] = {}  # the content of which was said that it cannot run
        self._headers = dict.fromkeys(TARGETS, 0)
        self._works: list[tuple[Turns, Callable[[], bool]]] = []
        self._outages = True
        self._stopped = False
        self._draining = False
        self._finishing = False  # a run may come to its end by itself

    def play(self) -> None:
        """Some turns of everybody; then nothing more comes, and all must be as it should be."""
        self._begin()
        for _ in range(STEPS):
            self._turn()
        ends = self._random.random() < 0.3
        self._outages, self._draining = False, True
        if ends:
            self._stop()
        for _ in range(DRAIN):
            if not self._step(finishing=self._on_change is OnChange.QUEUE and not ends):
                break
        if ends:
            assert all(each.over for each in self._all), "the loop ended, and something goes on"
        else:
            self._check_quiet()

    def _turn(self) -> None:
        match self._random.randrange(8):
            case 0:
                self._edit()
            case 1 if self._random.random() < 0.3:
                for each in [each for target in TARGETS for each in self._running[target]]:
                    self._happened(each, Happened.CANCEL)
            case _:
                self._step(finishing=True)

    def _edit(self) -> None:
        target = self._random.choice(TARGETS)
        self._disk[target] = self._random.choice((*CONTENTS, BROKEN))
        self._begin()

    def _begin(self) -> None:
        for each in self._newest:
            self._happened(each, Happened.NEWER)
        self._number += 1
        before, self._newest = self._newest, []
        for target in TARGETS:
            made = Made(self._number, target, self._disk[target], before)
            self._newest.append(made)
            self._all.append(made)
            work = self._live(made)
            self._works.append((work, next(work)))

    def _stop(self) -> None:
        self._stopped = True
        for each in self._all:
            if not each.over:
                self._happened(each, Happened.STOP)

    def _step(self, *, finishing: bool) -> bool:
        """Somebody who can go on does. False: nobody can."""
        self._finishing = finishing
        able = [at for at, (_, waits) in enumerate(self._works) if waits()]
        if not able:
            return False
        at = self._random.choice(able)
        work, _ = self._works[at]
        try:
            self._works[at] = work, next(work)
        except StopIteration:
            del self._works[at]
        self._check_places()
        return True

    def _happened(self, made: Made, what: Happened) -> tuple[LoopAction, ...]:
        made.state, actions = self._decide(made.state, what)
        if LoopAction.CANCEL in actions:
            made.cut = True
        return actions

    # -- what the loop does --------------------------------------------------------------------------

    def _live(self, made: Made) -> Turns:
        try:
            yield lambda: all(each.state.stage in SETTLED for each in made.before)
            yield at_once
            if made.state.why is not None:
                return
            if made.content == BROKEN:
                self._report(made, self._happened(made, Happened.BROKEN))
                return
            if self._on_change is OnChange.QUEUE:
                yield lambda: made.cut or not self._running[made.target]
            if LoopAction.DEPLOY not in self._happened(made, Happened.READY):
                return
            yield from self._until_reachable(made)
        finally:
            if made in self._running[made.target]:
                self._running[made.target].remove(made)
            self._happened(made, Happened.ENDED)

    def _until_reachable(self, made: Made) -> Turns:
        while True:
            lost = yield from self._attempt(made)
            if not lost or LoopAction.RETRY not in self._happened(made, Happened.UNREACHABLE):
                return
            yield at_once
            if LoopAction.DEPLOY not in self._happened(made, Happened.READY):
                return

    def _attempt(self, made: Made) -> Iterator[Callable[[], bool]]:
        """Its value: the backend does not answer."""
        made.cut = False  # what is under way now is another thing
        yield at_once
        if made.cut:
            return False
        if self._away():
            return True
        if self._away():
            self._report(made, self._happened(made, Happened.BROKEN))
            return False
        if self._baseline[made.target] == made.content:
            if LoopAction.REPORT in self._happened(made, Happened.NOT_RUN):
                self._check_left_alone(made)
            return False
        if LoopAction.SUPERSEDE not in self._happened(made, Happened.DEPLOYED):
            return False
        for old in (olds := self._too_many(made)):
            old.gives_way = old.executes  # else it has just come to its end
            self._forget_if(old, self._happened(old, Happened.SUPERSEDE))
        yield lambda: made.cut or all(each.over for each in olds)
        yield at_once
        if made.cut:
            return False
        if self._away():
            return True
        if LoopAction.START in self._happened(made, Happened.FREE):
            yield from self._run(made)
        return False

    def _too_many(self, made: Made) -> list[Made]:
        running = self._running[made.target]
        return running[: max(len(running) - self._room + 1, 0)]

    def _run(self, made: Made) -> Turns:
        target = made.target
        assert made.number > self._headers[target], "a header of an older generation after a newer one"
        assert not made.cut, "it starts, and was cancelled"
        assert not self._stopped, "it starts, and the loop ends"
        assert made in self._newest, "it starts, and something newer is known"
        self._headers[target] = made.number
        self._baseline[target] = made.content
        self._running[target].append(made)
        made.executes = True
        yield lambda: made.cut or self._ends_by_itself()
        yield at_once  # the backend confirms it
        made.executes = False
        lost = self._away()
        self._forget_if(made, self._happened(made, Happened.LOST if lost else Happened.FINISHED))
        yield at_once  # its connection is closed

    def _ends_by_itself(self) -> bool:
        return self._finishing and (self._draining or self._random.random() < 0.1)

    def _away(self) -> bool:
        return self._outages and self._random.random() < 0.1

    def _forget_if(self, made: Made, actions: tuple[LoopAction, ...]) -> None:
        if LoopAction.FORGET in actions and self._headers[made.target] == made.number:
            self._baseline[made.target] = None

    def _report(self, made: Made, actions: tuple[LoopAction, ...]) -> None:
        if LoopAction.REPORT in actions:
            self._reported[made.target] = made.content

    # -- what must hold ------------------------------------------------------------------------------

    def _check_places(self) -> None:
        for target, running in self._running.items():
            executing = [each for each in self._all if each.target == target and each.executes]
            assert len(executing) <= self._room, f"{len(executing)} of {target} run at once"
            for each in running:
                assert each.cut or not each.gives_way, "it was to give way, and was not cancelled"
                assert each.state.why is not Why.OUTDATED, "what runs goes on until something takes its place"

    def _check_quiet(self) -> None:
        """No edit is lost, and the last content wins."""
        for each in self._newest:
            assert each.state.stage in SETTLED, f"generation {each.number} never came to anything"
        for each in self._all:
            stays = each in self._running[each.target] and not each.cut
            assert each.over or stays, f"generation {each.number} never ended"
        for target, content in self._disk.items():
            (newest,) = (each for each in self._newest if each.target == target)
            said = newest.state.why is Why.BROKEN and self._reported.get(target) == content
            ran = newest.state.why in (None, Why.NOT_RUN, Why.FINISHED, Why.LOST)
            assert said or ran, f"the last edit of {target} came to nothing: {newest.state}"
            # What was lost runs once more, which is not the table's to say.
            latest = [each for each in self._all if each.number == self._headers[target]]
            lost = any(each.state.why is Why.LOST for each in latest)
            if not said and not lost:
                assert self._baseline[target] == content, f"{target} runs what is not on disk"

    def _check_left_alone(self, made: Made) -> None:
        """It makes no difference to what ran last, which must not have given way to anything."""
        for each in self._all:
            latest = (each.number, each.target) == (self._headers[made.target], made.target)
            assert not (latest and each.gives_way), f"the run of {made.target} gave way to nothing"


def at_once() -> bool:
    return True
