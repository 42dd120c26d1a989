"""Disks and events that never were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.soak.disk import VARIABLES, Disk, of_program
from tests.soak.look import digest
from tests.soak.losses import Loss
from tests.soak.model import Judge
from tests.soak.runs import EXIT_BACKEND

START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
ALWAYS_THERE = {
    "main.py": "m",
    "module.py": "n",
    "main.py!": "0",
    "module.py!": "0",
    "Stigmer.yaml": "y",
    ".env": "e",
    VARIABLES: "X=1",
}


def tree(**files: str) -> dict[str, str]:
    return {**ALWAYS_THERE, **files}


def with_variables(content: Mapping[str, str], variables: str | None) -> dict[str, str]:
    """None: the file says nothing that can be understood."""
    others = {path: each for path, each in content.items() if path != VARIABLES}
    said = {} if variables is None else {VARIABLES: variables}
    return {**others, ".env": f"file of {variables}", **said}


A, B, C = tree(a="1", b="1"), tree(a="2", b="1"), tree(a="2", b="2")


class Story:
    """A loop that does as it is told, a tenth of a second between any two things."""

    def __init__(self, *, queue: bool = False) -> None:
        self.looks: dict[str, Mapping[str, str]] = {}
        self.disk = Disk(START, A)
        self.judge = Judge(disk=self.disk, looks=self.looks.__getitem__, queue=queue)
        self._now = START
        self.run(1, A, cause="start")
        self.tell("watch_ready", 1)
        assert not self.judge.unquiet()
        self.judge.quiet()

    def save(self, content: Mapping[str, str], *, blurred: bool = False) -> None:
        self._now += 0.1
        self.disk.step(self._now, self._now + 0.001, content, blurred=blurred)

    def lose(self, seconds: float = 0.0) -> None:
        """The backend, for so long at least."""
        self._now += 0.1
        self.judge.losses.all.append(Loss(self._now, self._now + seconds))
        self._now += seconds

    def wait(self) -> None:
        self._now += 10

    def tell(self, name: str, gen: int, **more: Any) -> None:
        self._now += 0.1
        at = datetime.fromtimestamp(self._now, UTC).isoformat(timespec="microseconds")
        self.judge.hear({"event": name, "gen": gen, "at": at, **more})

    def see(
        self, gen: int, *modified: str, created: tuple[str, ...] = (), deleted: tuple[str, ...] = ()
    ) -> None:
        self.tell("change_seen", gen, created=created, modified=modified, deleted=deleted, held=False)

    def begin(self, gen: int, content: Mapping[str, str], *, cause: str = "change") -> None:
        program = of_program(content)
        self.looks[digest(program)] = program
        self.tell("run_started", gen, cause=cause)
        self.tell("target_resolved", gen, description=digest(program))
        self.tell("execution_created", gen, execution=f"wex-{gen}")

    def end(self, gen: int, outcome: str, content: Mapping[str, str] = A, exit_code: int = 0) -> None:
        variables = dict(each.split("=") for each in content.get(VARIABLES, "").split())
        env = {name: {"value": value} for name, value in variables.items()}
        answer = json.dumps({"digest": digest(of_program(content)), "env": env})
        self.tell("run_finished", gen, outcome=outcome, exit_code=exit_code, answer=answer)

    def lose_sight(self, gen: int) -> None:
        """The run ends; its execution may go on."""
        self.end(gen, "error", exit_code=EXIT_BACKEND)

    def run(self, gen: int, content: Mapping[str, str], *, cause: str = "change") -> None:
        self.begin(gen, content, cause=cause)
        self.end(gen, "succeeded", content)

    def faults(self) -> str:
        return "\n".join(self.judge.faults)
