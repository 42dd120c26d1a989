"""A workflow as a picture: its tasks with branches, loops, jumps, and what they call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, assert_never

from devloop.cli.graph.picture import Arrow, Box, BoxKind, Frame, Ids, joined
from stigmerd.workflow.model import (
    AgentCall,
    CallActivity,
    For,
    Fork,
    GrpcCall,
    HttpCall,
    Listen,
    Raise,
    RunTask,
    Set,
    Switch,
    Task,
    Try,
    Wait,
)

ON, LEAVE, END = ("", "continue"), "exit", "end"
SHOWN = 42  # characters of a line
SIMPLE = re.compile(r"[\w$.\[\]-]{1,24}")  # what says more in a title than it takes


def picture_of(name: str, tasks: Sequence[Task]) -> Frame:
    """The whole workflow."""
    return _List(Ids(), tasks).frame(f"workflow {name}", whole=True)


class _List:
    """A list of tasks, which go on with the next one unless they say where."""

    def __init__(self, ids: Ids, tasks: Sequence[Task]) -> None:
        self._ids = ids
        self._tasks = tasks
        self._items: list[Box | Frame] = [_item(ids, task) for task in tasks]
        self._arrows: list[Arrow] = []

    def frame(self, title: str, *, whole: bool = False) -> Frame:
        """With a start and an end, if it is the whole workflow."""
        tasks = list(self._items)
        self._end = self._box(BoxKind.END, "end") if whole else None
        start = self._box(BoxKind.START, "start") if whole else None
        if start is not None:
            self._arrow(start.id, tasks[0].id if tasks else self._last(END).id)
        for at, (task, item) in enumerate(zip(self._tasks, tasks, strict=True)):
            self._follow(at, task, item, tasks)
        items = [start] if start is not None else []
        end = [self._end] if whole and self._end is not None else []
        return Frame(
            id=self._ids.new(), title=title, items=(*items, *self._items, *end), arrows=joined(self._arrows)
        )

    def _follow(self, at: int, task: Task, item: Box | Frame, items: Sequence[Box | Frame]) -> None:
        match task.config:
            case Switch(cases=cases):
                for case in cases:
                    self._go(at, item, case.then, items, _case(case))
                if all(case.when for case in cases):
                    self._go(at, item, task.then, items, "else")
            case Raise():
                pass
            case _:
                self._go(at, item, task.then, items, "")

    def _go(self, at: int, item: Box | Frame, then: str, items: Sequence[Box | Frame], label: str) -> None:
        if then in ON:
            if at + 1 < len(items):
                self._arrow(item.id, items[at + 1].id, label)
            elif self._end is not None:
                self._arrow(item.id, self._end.id, label)
            elif label:
                self._arrow(item.id, self._last(LEAVE).id, label)
            return
        names = [task.name for task in self._tasks]
        later = next((i for i in range(at + 1, len(names)) if names[i] == then), None)
        if later is not None:
            self._arrow(item.id, items[later].id, label)
        elif then == LEAVE and not label and self._end is None:
            pass  # what no arrow leads on from ends its list
        elif then in (LEAVE, END):
            self._arrow(item.id, self._last(then).id, label)
        else:
            missing = self._box(BoxKind.FAILURE, then, "there is no such task")
            self._items.append(missing)
            self._arrow(item.id, missing.id, label)

    def _last(self, then: str) -> Box:
        """Where it leaves the list; within another task, `end` ends the whole workflow."""
        if self._end is not None:
            return self._end
        words = "end of the workflow" if then == END else "end of this list"
        for each in self._items:
            if isinstance(each, Box) and each.look is BoxKind.END and each.title == words:
                return each
        box = self._box(BoxKind.END, words)
        self._items.append(box)
        return box

    def _arrow(self, source: str, target: str, label: str = "") -> None:
        self._arrows.append(Arrow(source=source, target=target, label=label))

    def _box(self, look: BoxKind, title: str, about: str = "") -> Box:
        return Box(id=self._ids.new(), look=look, title=title, about=about)


def _item(ids: Ids, task: Task) -> Box | Frame:
    match task.config:
        case For(each=each, items=items, do=do):
            values = _text(items)
            among = f" in {values}" if SIMPLE.fullmatch(values) else ""
            return _List(ids, do).frame(_short(f"{task.name}: for each {each}{among}"))
        case Fork(branches=branches, compete=compete):
            how = "the first to end wins" if compete else "side by side"
            frames = tuple(_List(ids, branch.do).frame(branch.name) for branch in branches)
            return Frame(id=ids.new(), title=_short(f"{task.name}: {how}"), items=frames)
        case Try(do=do, error_name=error, catch=catch):
            body = _List(ids, do).frame("try")
            if catch is None:
                return Frame(id=ids.new(), title=task.name, items=(body,))
            handler = _List(ids, catch).frame(f"catch {error}".strip())
            arrow = Arrow(source=body.id, target=handler.id, label="if it fails", dashed=True)
            return Frame(id=ids.new(), title=task.name, items=(body, handler), arrows=(arrow,))
        case _:
            look, about = _about(task)
            return Box(id=ids.new(), look=look, title=task.name, about=_short(about))


def _about(task: Task) -> tuple[BoxKind, str]:
    match task.config:
        case Set(variables=variables):
            return BoxKind.TASK, f"sets {', '.join(sorted(variables))}"
        case HttpCall(method=method, uri=uri):
            return BoxKind.TASK, f"{method} {_text(uri)}"
        case GrpcCall(service=service, method=method):
            return BoxKind.TASK, f"calls {service}/{method}"
        case AgentCall(agent=agent):
            return BoxKind.AGENT, f"asks the agent {agent}"
        case RunTask(workflow=workflow):
            return BoxKind.WORKFLOW, f"runs the workflow {workflow}"
        case CallActivity(activity=activity):
            return BoxKind.TASK, f"calls {activity}()"
        case Wait(seconds=seconds):
            how_long = f"{seconds:g}" if isinstance(seconds, int | float) else _text(seconds)
            return BoxKind.TASK, f"waits {how_long} s"
        case Listen(all=every, signals=signals):
            return (
                BoxKind.TASK,
                f"waits for {(' and ' if every else ' or ').join(each.id for each in signals)}",
            )
        case Raise(error=error):
            words = _text(error)
            return BoxKind.FAILURE, f"fails with {words}" if SIMPLE.fullmatch(words) else "fails"
        case Switch():
            return BoxKind.CHOICE, ""
        case For() | Fork() | Try():
            return BoxKind.TASK, ""
        case _:
            assert_never(task.config)


def _case(case: Any) -> str:
    return _short(case.name if case.when or case.name == "default" else f"{case.name} (else)")


def _text(value: Any) -> str:
    """Without the signs of an expression: `${ $context["a"].b }` is a.b."""
    text = str(value).strip()
    text = text.removeprefix("${").removesuffix("}").strip() if text.startswith("${") else text
    return re.sub(r'\(?\$context\)?\["([^"]+)"\]', r"\1", text)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
