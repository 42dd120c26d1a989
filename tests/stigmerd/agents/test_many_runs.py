"""Many executions with a real provider's library: descriptors and memory stay what they are."""

from __future__ import annotations

from pathlib import Path

from tests.stigmerd.agents.stage import Stage, agent, texts
from tests.support.providers.server import fake

RUNS = 300
WARM = 30
MOST_MEMORY_KIB = 30_000  # what was asked for once, and the libraries' own caches


async def test_300_runs(stage: Stage) -> None:
    with fake("openai") as openai, fake("anthropic") as anthropic:
        seen: dict[int, tuple[int, int]] = {}
        for number in range(RUNS):
            env = (openai if number % 2 else anthropic).env
            texts(await stage.run(agent(), env=env))
            if number in (WARM, RUNS - 1):
                assert stage.host.pid is not None
                seen[number] = descriptors(stage.host.pid), memory_kib(stage.host.pid)
        assert (openai.connections, anthropic.connections) == (1, 1)
    (before, memory_before), (after, memory_after) = seen.values()
    assert after <= before + 2
    assert memory_after - memory_before < MOST_MEMORY_KIB


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
