"""What is under way: tasks, agents, their calls and messages, each below what it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from devloop.render.live.growing import GrowingText


class What(Enum):
    """What a node stands for. The value is the word for it on the screen."""

    RUN = ""
    TASK = "Task"
    TOOL = "Tool"
    SUB_AGENT = "Sub-agent"
    AGENT = "Agent"
    WORKFLOW = "Workflow"
    MESSAGE = "Message"
    THINKING = "Thinking"
    WAITING = "Waiting"


class Node:
    """One thing that is under way, and what is under way below it."""

    __slots__ = (
        "at_work", "children", "hint", "note", "parts", "passed", "path", "since", "state", "until",
        "what", "words",
    )  # fmt: skip

    def __init__(self, what: What, path: str, since: float, state: str = "running") -> None:
        self.what = what
        self.path = path  # of a task; else its name
        self.since = since
        self.state = state
        self.note = ""
        self.hint = ""  # what somebody can do
        self.until: float | None = None  # when it goes on
        self.words: GrowingText | None = None  # that it says, as far as they are no lines yet
        self.parts: int | None = None  # how many items or branches it has; None: it is no FOR and no FORK
        self.passed = 0  # items of a loop that are over
        self.at_work: dict[str, int] = {}  # how many tasks of each branch that began are under way
        self.children: dict[str, Node] = {}

    @property
    def text(self) -> str:
        """What it says, as far as that is drawn."""
        return self.words.rest if self.words is not None else ""

    def grow(self, more: str) -> None:
        """It says more."""
        if self.words is None:
            self.words = GrowingText()
        self.words.feed(more)

    @property
    def done(self) -> int:
        """How many of its parts are over."""
        return self.passed + sum(not tasks for tasks in self.at_work.values())

    def below(self) -> Iterator[Node]:
        """All that is under way below it."""
        for each in self.children.values():
            yield each
            yield from each.below()


class Execution:
    """An execution at work: the run's own, or one that another one started."""

    def __init__(self, node: Node, place: Node | None = None, execution: str = "") -> None:
        self.node = node
        self._place = place
        self._id = execution
        self.tasks: dict[str, Node] = {}
        self.calls: dict[str, Node] = {}
        self._parents: dict[str, tuple[Node, str]] = {}

    def begin_task(self, path: str, now: float, parts: int | None) -> Node:
        """Puts it below the task that it is a part of."""
        node = Node(What.TASK, path, now)
        node.parts = parts
        parent, part = self._parent(path)
        if part:
            _go_on_to(parent, part)
        self.tasks[path] = parent.children[path] = node
        self._parents[path] = (parent, part)
        return node

    def end_task(self, path: str) -> None:
        """It is over, and whatever was left below it."""
        if (node := self.tasks.pop(path, None)) is None:
            return
        for each in node.below():
            self.tasks.pop(each.path, None)
        parent, part = self._parents.pop(path)
        parent.children.pop(path, None)
        if part in parent.at_work:
            parent.at_work[part] -= 1

    def begin_nested(self, origin: str, execution: str, node: Node) -> Execution:
        """An execution that a task or a call of this one started."""
        place = self.tasks.get(origin) or self.calls.get(origin) or self.node
        place.children[execution] = node
        return Execution(node, place, execution)

    def end(self) -> None:
        """It is over; the run's own is below nothing."""
        if self._place is not None:
            self._place.children.pop(self._id, None)

    def begin_wait(self, task: str, on: str, node: Node) -> None:
        """A task waits for it, or an agent."""
        (self.tasks.get(task) or self.node).children[f" {on}"] = node

    def end_wait(self, task: str, on: str) -> None:
        (self.tasks.get(task) or self.node).children.pop(f" {on}", None)

    def begin_call(self, call: str, node: Node) -> None:
        """A tool call, a sub-agent, a message: what an agent does."""
        self.calls[call] = self.node.children[call] = node

    def end_call(self, call: str) -> None:
        self.calls.pop(call, None)
        self.node.children.pop(call, None)

    def _parent(self, path: str) -> tuple[Node, str]:
        """The nearest task above, and the part of it: `loop` and `[2]` for `loop[2]/x`."""
        above = path
        while "/" in above:
            above = above.rpartition("/")[0]
            for outer in (above, above.rpartition("[")[0] if above.endswith("]") else above):
                if found := self.tasks.get(outer):
                    return found, _part_of(path, outer)
        return self.node, ""


def _part_of(path: str, outer: str) -> str:
    """`[2]` of `loop[2]/x`, `left` of `fork/left/x`."""
    return path[len(outer) :].lstrip("/").partition("/")[0]


def _go_on_to(parent: Node, part: str) -> None:
    """A loop does one item after the other; branches go on side by side."""
    if not part.startswith("["):
        parent.at_work[part] = parent.at_work.get(part, 0) + 1
    elif (number := part[1:-1]).isdigit():
        parent.passed = max(parent.passed, int(number))
