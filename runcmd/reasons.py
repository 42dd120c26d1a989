"""Why something failed, taken apart: in which task, what kind of failure, what it says, in which file."""

from __future__ import annotations

import re

from runcmd.frozen import Frozen
from stigmer_api.bodies import in_short
from stigmer_api.error_codes import split_code, with_code

TRACEBACK = "Traceback (most recent call last):\n"
TASK = re.compile(r"(?P<step>task (?P<task>.+?) (?:failed|was cancelled)): ")
CALLED = re.compile(r"(?P<step>(?:agent|workflow) .+? (?:failed|was cancelled)) \([aw]ex[-_]\w+\): ")
RAISED = re.compile(r"the activity .+? raised (?P<type>[\w.]+): ")
FRAME = re.compile(r'^ *File "(?P<file>.+)", line (?P<line>\d+)', re.MULTILINE)
LONGEST_LINE = 300


class FailureReason(Frozen):
    """Why a task or an execution failed."""

    tasks: tuple[str, ...] = ()  # that failed, from the outermost execution downwards
    steps: tuple[str, ...] = ()  # how it came up: `task ask failed`, `agent poet failed`
    type: str = ""  # of an exception: `ValueError`
    message: str = ""
    code: str = ""  # of an expected failure: `E0706`
    frames: str = ""  # of a traceback, without its first and last line
    file: str = ""  # of the last frame
    line: int | None = None

    @property
    def said(self) -> str:
        """What happened, wherever it did."""
        return f"{self.type}: {self.message}" if self.type else self.message

    @property
    def full(self) -> str:
        """How it came to that, and what happened, on as many lines as it takes."""
        text = with_code(": ".join((*self.steps, self.said)), self.code)
        return f"{text}\n{self.frames}" if self.frames else text

    @property
    def place(self) -> str:
        """`main.py:9`, or nothing."""
        return f"{self.file.rpartition('/')[2]}:{self.line}" if self.file else ""

    @property
    def one_line(self) -> str:
        """Task, type, message and place."""
        words = " ".join(self.said.split())
        if len(words) > LONGEST_LINE:
            words = f"{words[: LONGEST_LINE - 1]}…"
        where = f"task {' › '.join(self.tasks)} failed: " if self.tasks else ""
        who = "".join(f"{each}: " for each in self.steps[-1:] if each.startswith("agent "))
        return f"{where}{who}{words}" + (f" ({self.place})" if self.place else "")

    @property
    def facts(self) -> dict[str, str]:
        """For machines: what is known of `task`, `type`, `file` and `line`."""
        known = {
            "task": "/".join(self.tasks),
            "type": self.type,
            "file": self.file,
            "line": "" if self.line is None else str(self.line),
        }
        return {name: value for name, value in known.items() if value}


def reason(text: str) -> FailureReason:
    """What the text of a failure tells; at the least it is a message."""
    text, code = split_code(text)
    tasks, steps, left = [], [], text
    while found := TASK.match(left) or CALLED.match(left):
        if task := found.groupdict().get("task"):
            tasks.append(task)
        steps.append(found["step"])
        left = left[found.end() :]
    raised = RAISED.match(left)
    kind = raised["type"] if raised else ""
    message, frames = _traceback(left[raised.end() :] if raised else left, kind)
    last = list(FRAME.finditer(frames))[-1:]
    return FailureReason(
        tasks=tuple(tasks),
        steps=tuple(steps),
        type=kind,
        message=_once(in_short(message)),
        code=code,
        frames=frames,
        file=last[0]["file"] if last else "",
        line=int(last[0]["line"]) if last else None,
    )


def _traceback(text: str, kind: str) -> tuple[str, str]:
    """The message, and the frames without the last line, which says the message again."""
    message, _, traceback = text.partition(TRACEBACK)
    message = message.strip()
    if not traceback:
        return message, ""
    message = message.removesuffix(":")
    return message, traceback.rstrip().removesuffix(f"{kind}: {message}" if kind else message).rstrip()


def _once(text: str) -> str:
    """A title that its detail repeats: `out of coffee: out of coffee`."""
    middle = len(text) // 2 - 1
    halves = text[:middle], text[middle : middle + 2], text[middle + 2 :]
    return halves[0] if halves[1] == ": " and halves[0] == halves[2] else text
