"""Fifty executions at once with one MCP server, beside one alone: processor time, memory, processes.

python benchmarks/agents_at_once.py [COUNT]
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.stigmerd.agents.mcp.lending import COUNTING_SERVER, config
from tests.stigmerd.agents.stage import Stage, scripted, texts

COUNT = 50
SCRIPT = "- call: who\n- call: who\n- say: '{{ result }}'"


async def main(count: int) -> None:
    agent = scripted(SCRIPT)
    made = config(COUNTING_SERVER)
    server = agent.spec.mcp_servers.add(name="counting")
    server.stdio.command, server.stdio.args[:] = made["command"], made["args"]
    with tempfile.TemporaryDirectory(prefix="st", dir="/tmp") as home:
        stage = Stage(Path(home), {})
        await stage.run(agent)  # what is started once does not count
        alone, _ = await measured(stage, agent, 1)
        at_once, processes = await measured(stage, agent, count)
        memory = resident(stage.host.pid or 0)
        await stage.host.aclose()
    print(f"one execution       {1000 * alone:8.1f} ms")
    ratio = at_once / count / alone
    print(f"{count} at once          {1000 * at_once:8.1f} ms  {ratio:6.2f} x of one, for each")
    print(f"processes of the server: {processes}; memory of the agent process: {memory:.0f} MB")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"processor time of the backend's part: {used.ru_utime + used.ru_stime:.1f} s")


async def measured(stage: Stage, agent: object, count: int) -> tuple[float, int]:
    """Seconds, and how many processes of the server answered."""
    began = time.perf_counter()
    executions = await asyncio.gather(*(stage.run(agent) for _ in range(count)))  # type: ignore[arg-type]
    seconds = time.perf_counter() - began
    return seconds, len({texts(execution)[-1] for execution in executions})


def resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))
