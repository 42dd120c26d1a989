"""A process of its own with an engine on a file, for a test to kill. Arguments: database, port."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.stigmerd.engine.bench import Bench, WebServer, open_bench, workflow_of
from tests.support.tasks import set_task, task

EXECUTION = f"wex-{0:026}"


async def main() -> None:
    path, web = Path(sys.argv[1]), WebServer(port=int(sys.argv[2]))
    branches = [
        {"name": name, "do": [web.call("x", f"/{name}/1"), web.call("y", f"/{name}/2")]}
        for name in ("left", "right")
    ]
    definition = workflow_of(
        web.call("first", "/first"),
        task(
            "loop",
            "FOR",
            {"in": "6", "do": [web.call("get", "/item/${ .index }"), set_task("s", i="${.index}")]},
        ),
        task("both", "FORK", {"branches": branches}),
        task(
            "guard", "TRY", {"try": [web.call("bad", "/bad")], "catch": {"do": [web.call("mend", "/mend")]}}
        ),
        task("pause", "WAIT", {"seconds": 0.01}),
        set_task("last", paths="${ [.loop[].i, .both.left.path, .guard.path] }"),
    )
    async with open_bench(path) as bench:
        take_up(bench, definition)
        await bench.ended(EXECUTION)


def take_up(bench: Bench, definition: object) -> None:
    bench.workflows[EXECUTION] = definition  # type: ignore[assignment]
    if bench.executions.unfinished():
        bench.engine.recover()
    else:
        bench.engine.start(bench.add(definition))  # type: ignore[arg-type]


if __name__ == "__main__":
    asyncio.run(main())
