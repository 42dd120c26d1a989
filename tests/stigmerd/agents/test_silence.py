"""A process that stands still when an execution in it is cancelled."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

from stigmer_api.agent_pb2 import Agent
from stigmer_api.agentexecution_pb2 import ExecutionPhase
from stigmerd.agents.silence import pulse_of, replace_if_silent
from tests.stigmerd.agents.stage import Stage, agent, scripted, with_server
from tests.support.poll import until
from tests.support.providers.answers import Hold, Say
from tests.support.providers.server import fake


def waiting(file: Path) -> Agent:
    """Its call is under way when there is a file."""
    script = f"- call: {{tool: wait, args: {{seconds: 60, file: '{file}'}}}}\n- say: done"
    return with_server(scripted(script))


async def test_a_stopped_process_is_replaced_and_what_had_no_effect_goes_on(
    stage: Stage, tmp_path: Path
) -> None:
    await stage.host.warm()
    stopped, released, files = stage.host.pid, threading.Event(), [tmp_path / "one", tmp_path / "two"]
    assert stopped is not None
    held = Hold(released)
    with fake("openai", [held, Say("too late")], "Here I am.") as provider:
        asking = stage.add(agent(), env=provider.env)
        calling, cancelled = (stage.add(waiting(file)) for file in files)
        tasks = {each: asyncio.create_task(stage.host.run(each)) for each in (asking, calling, cancelled)}
        await until(held.reached.is_set)
        await until(lambda: all(file.exists() for file in files))
        os.kill(stopped, signal.SIGSTOP)
        tasks[cancelled].cancel()
        with suppress(asyncio.CancelledError):
            await tasks[cancelled]
        await asyncio.gather(tasks[asking], tasks[calling])
        released.set()
    assert stage.host.pid not in (None, stopped)
    status = stage.get(asking).status
    assert [message.content for message in status.messages] == ["hello", "Here I am."]
    assert status.phase == ExecutionPhase.EXECUTION_COMPLETED
    status = stage.get(calling).status
    assert status.error == (
        "the agent process was stopped (SIGSTOP), and an execution in it was cancelled; "
        "the execution was in it [E0832]"
    )


class Answers:
    """A process that says that it is alive when it is asked."""

    pid, busy, alive, given_up, heard_at = os.getpid(), 1, True, False, 1.0

    def send(self, message: dict[str, str]) -> None:
        assert message == {"type": "ping"}
        self.heard_at += 1

    async def give_up(self, reason: str) -> None:
        raise AssertionError(reason)


async def test_one_that_answers_stays() -> None:
    await replace_if_silent(Answers())  # type: ignore[arg-type]


def test_a_process_that_is_gone_has_no_pulse() -> None:
    assert pulse_of(2**31 - 1) is None
    mine = pulse_of(os.getpid())
    assert mine is not None
    assert mine.cpu_seconds > 0
