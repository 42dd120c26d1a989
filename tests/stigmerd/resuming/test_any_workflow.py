"""Any workflow that fails anywhere: resumed, it gives what it would have given, and does nothing twice."""

from __future__ import annotations

import random
from itertools import count
from typing import Any

import pytest

from tests.stigmerd.engine.bench import WebServer
from tests.stigmerd.resuming.flow import COMPLETED, FAILED, Flow, output_of
from tests.support.tasks import set_task, task

SEEDS = range(6)
DEEPEST = 3


class Growing:
    """Makes workflows of calls, each to a path of its own, in loops, forks and tries."""

    def __init__(self, chance: random.Random, web: WebServer) -> None:
        self._chance = chance
        self._web = web
        self._names = count()
        self.forked: set[str] = set()  # beginnings of paths whose calls another branch may cut off

    def tasks(self, depth: int = 0, rounds: str = "", forked: bool = False) -> list[dict[str, Any]]:
        return [self._task(depth, rounds, forked) for _ in range(self._chance.randint(1, 3))]

    def _task(self, depth: int, rounds: str, forked: bool) -> dict[str, Any]:
        name = f"t{next(self._names)}"
        kind = (
            self._chance.choice(("call", "call", "set", "for", "fork", "try")) if depth < DEEPEST else "call"
        )
        match kind:
            case "for":
                inner = self.tasks(depth + 1, f"{rounds}/${{ .{name} }}", forked)
                return task(name, "FOR", {"each": name, "in": "2", "do": inner})
            case "fork":
                branches = [
                    {"name": side, "do": self.tasks(depth + 1, rounds, forked=True)} for side in ("l", "r")
                ]
                return task(name, "FORK", {"branches": branches})
            case "try":
                return task(name, "TRY", {"try": self.tasks(depth + 1, rounds, forked)})
            case "set":
                return set_task(name, value="${ [$data | keys[]] | length }")
            case _:
                if forked:
                    self.forked.add(f"/{name}")
                return self._web.call(name, f"/{name}{rounds}", export="${ .path }")


@pytest.mark.parametrize("seed", SEEDS)
async def test_it_is_as_if_it_had_never_failed(flow: Flow, seed: int) -> None:
    chance = random.Random(seed)
    growing = Growing(chance, flow.web)
    tasks = [flow.web.call("begin", "/begin"), *growing.tasks(), flow.web.call("over", "/over")]
    tasks.append(set_task("all", it="${ [$context, $data] }"))
    await flow.apply(*tasks)
    whole = output_of(await flow.run(COMPLETED))
    paths = sorted(flow.web.times)
    assert set(flow.web.times.values()) == {1}
    for path in chance.sample(paths, min(4, len(paths))):
        flow.web.times.clear()
        flow.breaks(path)
        failed = await flow.run(FAILED)
        flow.mended(path)
        resumed, _ = await flow.resume(failed)
        assert output_of(resumed) == whole, path
        assert sorted(flow.web.times) == paths
        for each, times in flow.web.times.items():
            cut_off = any(each == begin or each.startswith(f"{begin}/") for begin in growing.forked)
            assert times == (2 if each == path else 1) or (cut_off and times == 2), (path, each, times)
