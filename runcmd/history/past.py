"""An execution of the history, and what a user may ask it for."""

from __future__ import annotations

from datetime import datetime

from runcmd.events import Phase, TargetKind
from runcmd.frozen import Frozen


class PastExecution(Frozen):
    """One line of the history."""

    execution: str
    kind: TargetKind
    target: str  # the name of the agent or workflow; its id where the name is not known
    phase: Phase
    started_at: str  # RFC 3339; empty: not started
    seconds: float | None
    created_at: str = ""
    ended_at: str = ""
    parent: str = ""  # the execution that started it
    parent_task: str = ""  # and the task of that
    nested: int = 0  # executions that it started
    session: str = ""  # an agent's
    message: str = ""  # the beginning
    error: str = ""  # the beginning
    resumed_from: str = ""  # the execution that it goes on with
    resumed_at: str = ""  # and the tasks that ran first
    resumed_by: tuple[str, ...] = ()  # those that went on with it
    only_task: str = ""  # the one task that it ran
    values_of: str = ""  # the execution whose values that task had
    asks: int = 0  # questions that wait for an answer, of executions that it started too


class Wanted(Frozen):
    """All that is set must hold."""

    id_prefix: str = ""  # with or without `aex-`, `wex-`
    phases: tuple[Phase, ...] = ()  # one of these
    target: str = ""  # id, slug or name of the agent or workflow
    target_part: str = ""  # a part of the name or slug of that, any case
    since: datetime | None = None  # created then or later
    text: str = ""  # a part of its message, an answer, its output or an error, any case
    top_only: bool = False  # without those that another one started
    parents: tuple[str, ...] = ()  # one of these started it
