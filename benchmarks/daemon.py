"""How long from the start of the backend to its first answer, and from nothing to the end of a first run?"""

from __future__ import annotations

import os
import time
from pathlib import Path

import grpc
from measure import percentile, table
from start import PROGRAM

from stigmer_api import devloop_pb2, devloop_pb2_grpc
from stigmerd.daemon import client
from stigmerd.daemon.place import DaemonPlace
from tests.support.world import new_world

ROUNDS = 10
GOAL_MS = 400


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    answers, runs = [], []
    for number in range(ROUNDS + 1):
        cold, whole = first_answer(), first_run()
        if number:
            answers.append(cold)
            runs.append(whole)
    table({"cold start → first answer": answers, "no backend, `stigmer run` in a project": runs})
    print(f"goal: first answer at most {GOAL_MS} ms (p50 {percentile(answers, 50):.0f})")


def first_answer() -> float:
    with new_world() as world:
        place = DaemonPlace.of(Path(world.data))
        start = time.perf_counter()
        running = client.ensure(place)
        with grpc.insecure_channel(running.address) as channel:
            devloop_pb2_grpc.DaemonStub(channel).describe(devloop_pb2.DescribeRequest())
        return 1000 * (time.perf_counter() - start)


def first_run() -> float:
    with new_world() as world:
        project = world.project(PROGRAM)
        start = time.perf_counter()
        done = world.run("run", "-o", "quiet", cwd=project)
        assert done.code == 0, done.text
        return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
