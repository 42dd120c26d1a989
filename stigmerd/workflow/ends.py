"""How a task ended, and how a list of them did."""

from __future__ import annotations

from dataclasses import dataclass

from stigmerd.workflow.model import Value
from stigmerd.workflow.weight import NOTHING, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEnd:
    """How a list of tasks ended."""

    output: Value = None  # of the last task that had one
    weight: Weight = NOTHING  # of the output
    stop: bool = False  # the whole workflow is to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How one task ended. A task without output of its own leaves `$output` as it was."""

    output: Value = None
    weight: Weight | None = None  # of the output, where it is known already
    data: Value = None  # what `$data` keeps, when that is not the output
    merge: bool = False  # the output's members, not the output, go to `$data`
    silent: bool = False  # output is only for the record
    then: str = ""
    stop: bool = False
