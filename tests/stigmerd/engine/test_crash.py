"""Killed at any moment, an execution goes on; what is recorded as done is not done again."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from stigmer_api.values import from_struct
from stigmerd.executions.log import Executions
from stigmerd.store.store import Store
from stigmerd.store.vault import Vault
from tests.stigmerd.engine.bench import WebServer, as_json, tasks_of
from tests.support.paths import PYTHONPATH

EXECUTION = f"wex-{0:026}"
PATHS = {f"loop[{n}]/get": f"/item/{n}" for n in range(6)} | {
    "first": "/first",
    "both/left/x": "/left/1",
    "both/left/y": "/left/2",
    "both/right/x": "/right/1",
    "both/right/y": "/right/2",
    "guard/try/bad": "/bad",
    "guard/catch/mend": "/mend",
}
KILLS = 4


async def child(database: Path, port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.stigmerd.engine.crashing",
        str(database),
        str(port),
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
    )


def recorded(database: Path) -> set[str]:
    store = Store.open(database)
    keys = Executions(store, Vault.open(database.parent)).journal(EXECUTION).keys()
    store.close()
    return {key.removeprefix("task/") for key in keys}


@pytest.mark.parametrize("seed", [1])
async def test_killed_again_and_again(tmp_path: Path, web: WebServer, seed: int) -> None:
    chance = random.Random(seed)
    web.answers["/bad"] = as_json("no", status=404)
    database = tmp_path / "db"
    done: Counter[str] = Counter()
    for _ in range(KILLS):
        process = await child(database, web.port)
        for _ in range(chance.randint(1, 4)):
            await web.arrived.acquire()
        await asyncio.sleep(chance.random() * 0.005)  # sleeps: the random moment
        process.kill()
        await process.wait()
        for key in recorded(database) & PATHS.keys():
            assert done.setdefault(key, web.times[PATHS[key]]) == web.times[PATHS[key]], key
    process = await child(database, web.port)
    assert await process.wait() == 0
    assert all(web.times[PATHS[key]] == times for key, times in done.items())
    assert all(1 <= web.times[path] <= KILLS + 1 for path in PATHS.values())
    assert len(done) >= KILLS / 2
    store = Store.open(database)
    ended = Executions(store, Vault.open(database.parent)).get(EXECUTION)
    store.close()
    assert ended.status.phase == 3, ended.status.error
    assert from_struct(ended.status.output) == {"paths": [0, 1, 2, 3, 4, 5, "/left/2", "/mend"]}  # type: ignore[union-attr]
    states = tasks_of(ended)  # type: ignore[arg-type]
    assert states.pop("guard/try/bad") == "FAILED"
    assert set(states.values()) == {"COMPLETED"}
