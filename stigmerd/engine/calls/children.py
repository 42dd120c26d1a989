"""AGENT_CALL and RUN: another execution is started, and its end awaited."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from stigmer_api.agentexecution_pb2 import AgentExecution, MessageType
from stigmer_api.facts import PARENT_ANNOTATION, PHASE_CANCELLED, PHASE_COMPLETED
from stigmer_api.workflowexecution_pb2 import WorkflowExecution
from stigmerd.engine.interfaces import Call, CallContext, CallTools
from stigmerd.executions.records import Ended
from stigmerd.resources.rpc_error import RpcError
from stigmerd.store.json import Json
from stigmerd.workflow.failure import failed, nested_too_deep

MOST_ANCESTORS: Final = 16
OUTPUT: Final = "output"  # in the metadata of a message: what it says has a declared form
FENCED: Final = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.S)


class Children:
    """Executions that others wait for: started here, stopped when nobody waits for them any more."""

    def __init__(self, tools: CallTools) -> None:
        self._executions, self._engine = tools.executions, tools.engine

    def start(self, store: Callable[[], str], key: str, context: CallContext, what: str) -> str:
        """`store` gives its id, after a crash the same one. Raises TaskFailed."""
        try:
            child = store()
        except RpcError as refusal:
            raise failed("configuration", f"cannot start {what}", str(refusal), status=404) from None
        context.reporter.noted(key, execution_id=child)
        context.reporter.flush()
        self._engine.start(child)
        return child

    async def end_of(self, child: str, seconds: float | None) -> AgentExecution | WorkflowExecution:
        """Raises TimeoutError once the child has been stopped, TaskFailed when it was deleted."""
        try:
            async with asyncio.timeout(seconds):
                return await self._executions.subscriptions.ended(child)
        except TimeoutError:
            await self._engine.stop_child(child, "it took longer than the workflow allows")
            raise
        except KeyError:
            raise failed("child", f"{child} was deleted", status=410) from None
        except asyncio.CancelledError:
            await self._engine.stop_child(child, "the workflow that started it was cancelled")
            raise


class AgentCalls(Call):
    def __init__(self, tools: CallTools) -> None:
        self._executions, self._launcher, self._children = tools.executions, tools.launcher, Children(tools)

    async def __call__(self, key: str, arguments: Mapping[str, Json], context: CallContext) -> Json:
        slug, tokens = arguments["agent"], context.tokens
        # Secrets that the message or the environment speak of are secrets of the agent's execution too.
        secrets = tokens.used(arguments["message"])
        self._executions.secrets.carry(context.execution_id, secrets.values())
        secret_env = {name for name, value in arguments["env"].items() if tokens.holds(value)}
        store = partial(
            self._launcher.agent,
            slug=slug,
            org=context.org,
            message=tokens.reveal(arguments["message"]),
            env={**secrets, **tokens.reveal(arguments["env"])},
            secret_env=frozenset(secrets) | secret_env,
            model=arguments["model"],
            scope=arguments["scope"],
            temperature=arguments["temperature"],
            timeout_seconds=arguments["timeout_seconds"],
            parent=context.execution_id,
            key=key,
        )
        child = self._children.start(store, key, context, f"agent {slug}")
        seconds = arguments["timeout_seconds"]
        try:
            ended = await self._children.end_of(child, _time_left(key, seconds, context))
        except TimeoutError:
            title = f"agent {slug} took longer than the {seconds:g} s of its config.timeout ({child})"
            raise failed("timeout", title, status=408) from None
        assert isinstance(ended, AgentExecution)
        if ended.status.phase != PHASE_COMPLETED:
            raise _child_failed(f"agent {slug}", child, ended)
        return agent_result(child, ended)


class RunCalls(Call):
    def __init__(self, tools: CallTools) -> None:
        self._executions, self._launcher, self._children = tools.executions, tools.launcher, Children(tools)

    async def __call__(self, key: str, arguments: Mapping[str, Json], context: CallContext) -> Json:
        slug, child_input, tokens = arguments["workflow"], arguments["input"], context.tokens
        if tokens.adds(child_input):
            raise failed(
                "configuration",
                "a secret variable cannot be part of a child workflow's input",
                f"give it to the workflow {slug} by an environment",
                status=400,
            )
        if self._depth(context.execution_id) >= MOST_ANCESTORS:
            raise failed(
                "limit", f"workflows that run workflows, more than {MOST_ANCESTORS} deep", f"at {slug}"
            )
        store = partial(
            self._launcher.workflow,
            slug=slug,
            org=context.org,
            input=tokens.reveal(child_input),
            parent=context.execution_id,
            key=key,
        )
        child = self._children.start(store, key, context, f"workflow {slug}")
        ended = await self._children.end_of(child, None)
        assert isinstance(ended, WorkflowExecution)
        if ended.status.phase != PHASE_COMPLETED:
            raise _child_failed(f"workflow {slug}", child, ended)
        ends = [each for each in self._executions.records(child) if isinstance(each, Ended)]
        return ends[-1].output if ends else None  # as it was: the status holds objects only

    def _depth(self, execution_id: str) -> int:
        """How many executions started one another down to this one."""
        depth = 0
        while parent := self._executions.get(execution_id).metadata.annotations.get(PARENT_ANNOTATION, ""):
            execution_id = parent.partition("/")[0]
            depth += 1
        return depth


def agent_result(execution_id: str, execution: AgentExecution) -> Json:
    """The reply, and its members where it is a JSON object; `output` is one of a declared form."""
    replies = [
        each for each in execution.status.messages if each.type == MessageType.MESSAGE_AI and each.content
    ]
    last = replies[-1] if replies else None
    text = last.content if last is not None else ""
    value = _json_in(text)
    members = value if isinstance(value, dict) else {}
    declared = {"output": value} if last is not None and OUTPUT in last.metadata else {}
    return {"text": text, "response": text, **declared, **members, "execution_id": execution_id}


def _json_in(text: str) -> Json:
    """None where it is none."""
    fenced = FENCED.fullmatch(text)
    try:
        return json.loads(fenced[1] if fenced else text)
    except RecursionError:
        raise nested_too_deep("the agent's reply") from None
    except ValueError:
        return None


def _time_left(key: str, seconds: float | None, context: CallContext) -> float | None:
    return context.journal.left(f"{key}#until", seconds) if seconds else None


def _child_failed(what: str, child: str, ended: AgentExecution | WorkflowExecution) -> Exception:
    word = "was cancelled" if ended.status.phase == PHASE_CANCELLED else "failed"
    kind = "agent" if isinstance(ended, AgentExecution) else "workflow"
    return failed(kind, f"{what} {word} ({child})", ended.status.error)
