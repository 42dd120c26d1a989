"""A few edits of a server; `make soak` makes many."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from tests.soak.servers import Content, ServerEditor, ServerJudge, soak_servers


def test_a_few_edits_of_a_server_are_answered_by_the_new_code() -> None:
    assert "0 stale" in soak_servers(edits=12, seed=1)


class Told:
    """A judge of a loop that does as it is told."""

    def __init__(self, root: Path) -> None:
        self.editor = ServerEditor(root, Random(1))
        self.judge = ServerJudge(self.editor)

    def tell(self, name: str, **more: Any) -> None:
        at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="microseconds")
        self.judge.hear({"event": name, "at": at, **more})

    def run(self, answer: Content) -> None:
        self.tell("run_started")
        self.tell("run_finished", outcome="succeeded", answer="|".join(answer))
        self.tell("watch_ready")


def test_the_judge_lets_pass_what_is_right(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.run(told.editor.now)
    assert told.judge.quiet
    told.editor.script()
    assert not told.judge.quiet
    told.run(told.editor.now)
    assert (told.judge.quiet, told.judge.faults) == (True, [])


def test_the_judge_sees_what_is_old_and_what_is_told_twice(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.run(told.editor.now)
    told.run(told.editor.now)
    assert told.judge.faults == [f"doubled: {told.editor.now}"]
    told.run(("0", "never", "0"))
    assert "stale" in told.judge.faults[-1]
    assert not told.judge.quiet
