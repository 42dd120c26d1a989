"""What an execution told beside its status."""

from __future__ import annotations

from stigmer_api.agentexecution_pb2 import AgentExecution
from stigmer_api.devloop_pb2 import Note, TokenUsage
from tests.stigmerd.agents.stage import Stage


async def told(stage: Stage, execution: AgentExecution) -> tuple[list[Note], TokenUsage]:
    """What it told, and what models used. Without waits that are told only where a machine is slow."""
    watching = stage.executions.subscriptions.watch_closely(execution.metadata.id, 0)
    notes: list[Note] = []
    usage = TokenUsage()
    async for sight in watching:
        notes += sight.notes
        usage = sight.usage
    assert [note.number for note in notes] == list(range(1, len(notes) + 1))
    slow = ("agent_process", "answer")
    return [note for note in notes if note.wait.on not in slow and note.wait_over.on not in slow], usage


def kinds(notes: list[Note]) -> list[str | None]:
    return [note.WhichOneof("about") for note in notes]
