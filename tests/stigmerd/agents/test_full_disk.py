"""An agent that has no space to say what it does waits for it, and its tools are not called twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stigmer_api.agentexecution_pb2 import ExecutionPhase
from stigmerd.engine.engine import Engine
from stigmerd.engine.limits import EngineLimits
from tests.stigmerd.agents.stage import Stage, scripted, with_server
from tests.support.poll import until

LONG = "x" * 200_000


class Guests:
    """The stage's host, which outlives the engine of one test."""

    def __init__(self, stage: Stage) -> None:
        self.run = stage.host.run
        self.warm = stage.host.warm

    async def aclose(self) -> None: ...


def nobody(*_: Any) -> Any:
    raise AssertionError("no workflow here")


def limit_pages(stage: Stage, free: int) -> None:
    connection = stage.executions._store._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + free}")  # SQLite's own "disk full"


async def test_it_goes_on_when_there_is_space_again(stage: Stage, tmp_path: Path) -> None:
    script = f"""
- call: {{tool: append, args: {{file: '{tmp_path / "effect"}', text: x}}}}
- say: '{LONG}'
"""
    execution_id = stage.add(with_server(scripted(script)))
    engine = Engine(
        executions=stage.executions,
        starter=nobody,  # type: ignore[arg-type]
        workflows=nobody,
        launcher=nobody,  # type: ignore[arg-type]
        agents=Guests(stage),
        limits=EngineLimits(pause_seconds=0.1),
    )
    async with engine:
        try:
            limit_pages(stage, free=30)
            engine.start(execution_id)
            await until(lambda: engine._running[execution_id].full_disk)  # on a full disk there is no event
        finally:
            limit_pages(stage, free=1_000_000)
        await stage.executions.subscriptions.ended(execution_id)
    status = stage.get(execution_id).status
    assert status.phase == ExecutionPhase.EXECUTION_COMPLETED, status.error
    assert status.messages[-1].content == LONG
    assert (tmp_path / "effect").read_text() == "x"
