"""What the original does with executions: merges whole lists, tells its subscribers, and loses some of it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from tests.support.original.resources import Resources, StepFailed

PENDING, IN_PROGRESS, COMPLETED, FAILED, CANCELLED = range(1, 6)
TERMINAL = (COMPLETED, FAILED, CANCELLED)
BUFFERED = 100  # updates for a slow subscriber; what comes then is dropped
LISTS = ("messages", "tool_calls", "sub_agent_executions", "tasks")
SCALARS = ("error", "started_at", "completed_at", "temporal_workflow_id")


class Executions:
    """Both kinds. There is nothing to stop one: not in this API."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._subscribers: dict[str, list[queue.Queue[Any]]] = {}
        self._lock = threading.Lock()
        self.subscribed = threading.Semaphore(0)  # released whenever somebody is registered
        self.cut: list[
            grpc.StatusCode
        ] = []  # how the next subscriptions end, after what is stored; OK: in silence
        self.bare = False  # what is stored is sent without its status first

    def create(self, kind: str, request: Any) -> Any:
        row = self._resources.create(kind, request)
        row.status.phase = PENDING
        return row

    def update_status(self, kind: str, execution_id: str, news: Any) -> Any:
        """Lists are replaced, never appended to; a phase may even go back."""
        with self._resources.lock:
            row = self._resources.get(kind, execution_id, "LoadExistingExecution")
            status = row.status
            for name in LISTS:
                if getattr(news, name, None):
                    status.ClearField(name)
                    getattr(status, name).MergeFrom(getattr(news, name))
            for name in SCALARS:
                if getattr(news, name, ""):
                    setattr(status, name, getattr(news, name))
            if kind == "WorkflowExecution" and news.HasField("output"):
                status.output.CopyFrom(news.output)
            if kind == "AgentExecution" and news.todos:
                status.ClearField("todos")
                for key, todo in news.todos.items():
                    status.todos[key].CopyFrom(todo)
            status.phase = news.phase or status.phase
            copy = type(row).FromString(row.SerializeToString())
        with self._lock:
            for subscriber in self._subscribers.get(execution_id, []):
                if subscriber.qsize() < BUFFERED:
                    subscriber.put(copy)
        return copy

    def subscribe(
        self, kind: str, execution_id: str, gone: Callable[[Callable[[], None]], object]
    ) -> Iterator[Any]:
        """What is stored, then each update. Of one that is over: what is stored, and then nothing, for ever.

        `gone` takes what is called when the subscriber is gone.
        """
        if not execution_id:
            raise StepFailed(
                "LoadInitialExecution", grpc.StatusCode.INVALID_ARGUMENT, "execution id is required"
            )
        with self._resources.lock:
            row = self._resources.get(kind, execution_id, "LoadInitialExecution")
            stored = type(row).FromString(row.SerializeToString())
        if self.bare:
            yield type(row)(metadata=row.metadata, kind=row.kind)
        yield stored
        if self.cut:
            if (code := self.cut.pop(0)) is not grpc.StatusCode.OK:
                raise StepFailed("StreamUpdates", code, "the stream broke")
            return
        updates: queue.Queue[Any] = queue.Queue()
        with self._lock:
            self._subscribers.setdefault(execution_id, []).append(updates)
        self.subscribed.release()
        gone(lambda: updates.put(None))
        while (update := updates.get()) is not None:
            yield update
            if update.status.phase in TERMINAL:
                return
