"""An input that somebody gives to a task, in place of the one that its code makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from stigmerd.workflow.model import (
    AgentCall,
    CallActivity,
    Config,
    For,
    Given,
    GrpcCall,
    HttpCall,
    RunTask,
    Task,
    Value,
    Wait,
)

# What the input of each kind is. All other tasks, and a call without one, work on the values of the workflow.
INPUTS: Final = {
    HttpCall.KIND: "the body of the request",
    GrpcCall.KIND: "the request",
    AgentCall.KIND: "the message",
    RunTask.KIND: "the input of the workflow",
    CallActivity.KIND: "the input of the activity",
    For.KIND: "the list that it goes over",
    Wait.KIND: "the seconds",
}


class BadGiven(ValueError):  # noqa: N818
    """The text says why this task cannot be given this input."""


def with_input(task: Task, value: Value) -> Task:
    """The task with this input. Raises BadGiven."""
    config = _config(task.config, value)
    if config is not None:
        return replace(task, config=config)
    if not isinstance(value, Mapping):
        raise BadGiven(
            f"the input of {task.name}, a {task.kind} task, is an object: values that it sees by their names"
        )
    return with_values(task, value)


def input_of_body(task: Task, value: Value) -> Mapping[str, Value]:
    """What the first task of its body sees: the item of a round, else values by name. Raises BadGiven."""
    if isinstance(task.config, For):
        return {"item": value, task.config.each: value}
    if not isinstance(value, Mapping):
        raise BadGiven(
            f"the input of a part of {task.name}, a {task.kind} task, is an object: values by their names"
        )
    return value


def with_values(task: Task, values: Mapping[str, Value]) -> Task:
    """As if tasks before it had given these."""
    return replace(task, given={**(task.given or {}), **values}) if values else task


def _config(config: Config, value: Value) -> Config | None:
    """None: it has no input of its own."""
    given = Given(value=value)
    match config:
        case HttpCall(body=body) if body is not None:
            return replace(config, body=given)
        case GrpcCall(request=request) if request is not None:
            return replace(config, request=given)
        case AgentCall():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            return replace(config, message=Given(value=text))
        case RunTask() | CallActivity() if config.input is not None:
            return replace(config, input=given)
        case For():
            if isinstance(value, bool) or not isinstance(value, list | dict | int):
                raise BadGiven("the input of a FOR task is a list, an object or a whole number")
            return replace(config, items=given)
        case Wait():
            return replace(config, seconds=given)
    return None
