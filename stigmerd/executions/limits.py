"""How much one execution may store, and how much memory all of them may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stigmerd.workflow.held import MEBIBYTE, in_mebibytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLimits:
    """Limits of one execution, and the memory of all of them."""

    journal_bytes: int = 256 * MEBIBYTE  # the results of its calls, and an agent's conversation
    record_bytes: int = 64 * MEBIBYTE  # of all its records: tasks, messages, tool calls
    signals: int = 1_000  # that wait for a task
    signal_bytes: int = 64 * MEBIBYTE  # of these together
    shared_bytes: int = 1024 * MEBIBYTE  # of memory, for all executions at work


class TooMuch(Exception):  # noqa: N818
    """An execution has reached a limit. The text is the reason for its end."""

    code = "E0702"


def too_many_records(most: int) -> TooMuch:
    return TooMuch(
        f"it reports more than {in_mebibytes(most)} about its tasks, messages and tool calls; "
        "divide the work among several executions"
    )


def too_much_kept(most: int) -> TooMuch:
    return TooMuch(
        f"the results of its calls have more than {in_mebibytes(most)} together; "
        "divide the work among several executions, or let the calls answer with less"
    )


STANDARD: Final = RecordLimits()
